"""A robot account said as a HarborRobot's spec."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harbor_operator.api.robot import ROBOTS, RobotSpec
from harbor_operator.api.validation import spec_problems
from harbor_operator.core.grants import ALL_PROJECTS, SYSTEM, Level, PlacedGrant, placed
from harbor_operator.core.permissions import PRESETS, level_in_harbor
from harbor_operator.core.robot.catalogue import HARBOR_2_16
from harbor_operator.core.robot.facts import HarborRobot
from harbor_operator.core.robot.statement import statement_of
from harbor_operator.core.specs import desired_robot, placed_grants
from harbor_operator.core.tenancy import NEVER_EXPIRES
from tests.support.robots import PULL, PULL_PUSH, robot

REFS = {"team": {"name": "team"}, "web": {"name": "web", "namespace": "shop"}}
NAMES = {("team", "team"): "team", ("shop", "web"): "web"}
LIST_PROJECTS: frozenset[PlacedGrant] = frozenset({(SYSTEM, "project", "list")})
OF_THE_SYSTEM = replace(robot(), level=Level.SYSTEM)

STATED: dict[str, tuple[HarborRobot, dict[str, Any]]] = {
    "a preset": (robot(), {"access": [{"projectRef": {"name": "team"}, "preset": "Pull"}]}),
    "each permission": (
        replace(robot(), grants=PULL | {("team", "tag", "list"), ("team", "tag", "create")}),
        {
            "access": [
                {
                    "projectRef": {"name": "team"},
                    "permissions": [
                        {"resource": "repository", "actions": ["pull"]},
                        {"resource": "tag", "actions": ["create", "list"]},
                    ],
                }
            ]
        },
    ),
    "several projects and the system": (
        replace(OF_THE_SYSTEM, grants=PULL_PUSH | {("web", "repository", "pull")} | LIST_PROJECTS),
        {
            "access": [
                {"projectRef": {"name": "team"}, "preset": "PullPush"},
                {"projectRef": {"name": "web", "namespace": "shop"}, "preset": "Pull"},
            ],
            "system": [{"resource": "project", "actions": ["list"]}],
        },
    ),
    "all projects": (
        replace(OF_THE_SYSTEM, grants=frozenset({(ALL_PROJECTS, "repository", "pull")})),
        {"access": [{"allProjects": True, "preset": "Pull"}]},
    ),
}


@pytest.mark.parametrize(("account", "fields"), STATED.values(), ids=STATED.keys())
def test_what_it_may_do_is_stated(account: HarborRobot, fields: dict[str, Any]) -> None:
    statement = statement_of(account, "ci", REFS)

    assert statement.notes == ()
    assert statement.fields == {"robotName": "ci", "lifetimeDays": 90, **fields}


def test_one_that_never_expires_and_is_disabled_is_stated() -> None:
    account = replace(robot(), lifetime_days=NEVER_EXPIRES, disabled=True)

    fields = statement_of(account, "ci", REFS).fields

    assert (fields["lifetimeDays"], fields["disabled"]) == ("Never", True)


@pytest.mark.parametrize(
    ("grants", "note"),
    [
        (frozenset(), "it may do nothing, which no spec asks for"),
        (
            PULL | {("b", "tag", "list"), ("a", "tag", "list")},
            "it may use projects without a manifest here: a, b",
        ),
    ],
    ids=["no permission", "projects of others"],
)
def test_what_no_spec_can_ask_for_is_noted(grants: frozenset[PlacedGrant], note: str) -> None:
    statement = statement_of(replace(OF_THE_SYSTEM, grants=grants), "ci", REFS)

    assert (statement.fields, statement.notes) == ({}, (note,))


def test_one_of_the_system_for_one_project_becomes_one_of_the_project() -> None:
    statement = statement_of(OF_THE_SYSTEM, "ci", REFS)

    assert statement.fields["access"] == [{"projectRef": {"name": "team"}, "preset": "Pull"}]
    assert statement.notes == (
        "it is one of the system; a HarborRobot for one project makes one of the project",
    )


def test_a_lifetime_beyond_what_a_spec_may_say_is_noted() -> None:
    statement = statement_of(replace(robot(), lifetime_days=4000), "ci", REFS)

    assert "lifetimeDays" not in statement.fields
    assert statement.notes == ("its lifetime of 4000 days is not stated",)


_granted = st.sampled_from([*PRESETS.values()]) | st.frozensets(
    st.sampled_from(sorted(HARBOR_2_16.project)), min_size=1, max_size=12
)
_places = st.dictionaries(st.sampled_from(["team", "web", ALL_PROJECTS]), _granted, min_size=1)
_of_system = st.frozensets(st.sampled_from(sorted(HARBOR_2_16.system)), max_size=4)


@given(_places, _of_system, st.sampled_from([1, 90, 3650, NEVER_EXPIRES]))
def test_whatever_it_may_do_its_statement_is_valid_and_asks_for_the_same(
    places: dict[str, frozenset[tuple[str, str]]], system: frozenset[tuple[str, str]], days: int
) -> None:
    grants = frozenset().union(*(placed(place, granted) for place, granted in places.items()))
    account = replace(robot(), grants=grants | placed(SYSTEM, system), lifetime_days=days)

    fields = statement_of(account, "ci", REFS).fields

    assert spec_problems(RobotSpec, fields) == []
    body = {"metadata": {"name": "ci", "namespace": "team"}, "spec": fields}
    stated = ROBOTS.parse(body)
    desired = desired_robot(stated, None, timedelta(minutes=30), NAMES)
    assert desired.lifetime_days == days
    alone = level_in_harbor(stated.spec) is Level.PROJECT
    assert placed_grants(stated.spec, "team", NAMES) == account.grants
    assert alone is (len(places) == 1 and not system and ALL_PROJECTS not in places)
