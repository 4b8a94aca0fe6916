"""What is said of a manifest without a server; that it is the server's verdict, `Server` checks."""

from collections.abc import Iterator
from typing import Any

import pytest

from harbor_operator.api.cel import CelError, compiled, evaluate
from harbor_operator.api.crds import KINDS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.api.schema import structural_schema
from harbor_operator.api.validation import problems_of
from tests.support.custom_resources import Json, manifest

ACCESS = {"projectRef": {"name": "web"}, "preset": "Pull"}

PROBLEMS: dict[str, tuple[Json, list[str]]] = {
    "nothing": ({}, []),
    "an unknown field": (
        {"labels": [{"name": "a", "colour": "red"}]},
        ["spec.labels.0.colour: there is no such field"],
    ),
    "a field of Python's": ({"project_name": "a"}, ["spec.project_name: there is no such field"]),
    "a word for a switch": (
        {"scanning": {"onPush": "true"}},
        ["spec.scanning.onPush: Input should be a valid boolean"],
    ),
    "neither of two types": (
        {"storageQuota": True},
        ["spec.storageQuota: Input should be a valid integer or: Input should be a valid string"],
    ),
    "a broken rule of a list": (
        {"labels": [{"name": "a"}, {"name": "a"}]},
        ["spec.labels: each name may be listed once"],
    ),
    "a member twice": (
        {"members": [{"kind": "User", "name": "a", "role": "Guest"}] * 2},
        ["spec.members.1: User/a is listed already"],
    ),
    "two problems": (
        {"projectName": "7", "retention": {"rules": [{"keep": {}}]}},
        [
            "spec.projectName: digits alone are a project's id for Harbor, add a letter",
            (
                "spec.retention.rules.0.keep: give exactly one of mostRecentlyPushed,"
                " mostRecentlyPulled, pushedWithinDays, pulledWithinDays and all"
            ),
        ],
    ),
}


def rules_in(node: Any) -> Iterator[str]:  # noqa: ANN401 -- any part of a schema
    """Every rule of a schema."""
    if isinstance(node, dict):
        yield from (rule["rule"] for rule in node.get("x-kubernetes-validations", ()))
        for value in node.values():
            yield from rules_in(value)


@pytest.mark.parametrize(("spec", "problems"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_a_problem_is_told_with_its_field(spec: Json, problems: list[str]) -> None:
    assert problems_of(PROJECTS, manifest(PROJECTS, "web", spec)) == problems


def test_an_object_without_a_spec_is_told() -> None:
    assert problems_of(PROJECTS, manifest(PROJECTS, "web", None)) == ["spec: it has to be given"]


def test_a_name_that_kubernetes_refuses_is_told() -> None:
    body = manifest(ROBOTS, "My_Robot", {"access": [ACCESS], "robotName": "my"})

    assert problems_of(ROBOTS, body) == [
        "metadata.name: small letters, digits, '-' and '.', a letter or digit first and last"
    ]


def test_what_may_not_change_is_told() -> None:
    before = manifest(PROJECTS, "web", {"connectionRef": {"name": "default"}})
    after = manifest(PROJECTS, "web", {"connectionRef": {"name": "other"}})

    assert problems_of(PROJECTS, after, before) == [
        "spec.connectionRef: connectionRef is immutable: create another object instead"
    ]


def test_a_default_of_the_server_is_no_change() -> None:
    before = manifest(PROJECTS, "web", {"connectionRef": {"name": "default"}})

    assert problems_of(PROJECTS, manifest(PROJECTS, "web", {}), before) == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_every_rule_can_be_read(kind: Any) -> None:  # noqa: ANN401 -- any kind
    stated = [*rules_in(structural_schema(kind.spec)), *(rule.rule for rule in kind.rules)]

    assert stated
    for rule in stated:
        compiled(rule)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        pytest.param("1 + 2 * 3 == 7 && !(2 < 1)", True, id="what binds most goes first"),
        pytest.param("self.a - 1 in [1, 2] ? 'y' : 'n'", "y", id="a choice"),
        pytest.param("has(self.b) || has(self.a)", True, id="presence"),
        pytest.param("self.l.all(e, e > 1) || self.l.exists_one(e, e == 1)", True, id="macros"),
        pytest.param("self.l.filter(e, e >= 2).size()", 1, id="a filter"),
        pytest.param("'a\\'b'.matches('^a.b$')", True, id="a quote in a text"),
        pytest.param("'ab\n'.matches('b$')", False, id="a dollar is the end"),
        pytest.param("duration('90m').getMinutes() > 60", True, id="a duration"),
        pytest.param("quantity('1Ki').compareTo(quantity('1024')) == 0", True, id="a quantity"),
        pytest.param("type(self.a) == int && int(self.a) == 2", True, id="a type"),
    ],
)
def test_a_rule_is_evaluated(rule: str, value: object) -> None:
    assert evaluate(rule, self={"a": 2, "l": [1, 2]}) == value


@pytest.mark.parametrize(
    "rule",
    ["self.a +", "self.a ==", "(1", "1 2", "self.", "ip('::1')", "self.a.trim()", "#", "self.b"],
)
def test_a_rule_that_is_not_understood_is_an_error(rule: str) -> None:
    with pytest.raises(CelError):
        evaluate(rule, self={"a": 2})
