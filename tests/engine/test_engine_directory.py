"""Who refers to whom."""

from typing import Any

import pytest

from harbor_operator.core.namespaces import Namespace, Selection
from harbor_operator.engine.directory import Directory, Entry, made_by, references_of, targets_of
from harbor_operator.engine.objects import ObjectId

DEFAULT = ObjectId("ClusterHarborConnection", "", "default")
SPARE = ObjectId("ClusterHarborConnection", "", "spare")
PROJECT = ObjectId("HarborProject", "team", "app")
ROBOT = ObjectId("HarborRobot", "team", "ci")
PULL_SECRET = ObjectId("HarborPullSecret", "team", "pull")
SHOPS, SHOP = Selection(names=("shop-*",)), Namespace("shop-a")
CHILD = ObjectId("HarborRobot", "team", "pull-robot")


def entry(*references: ObjectId, selects: bool = False, uid: str = "uid-1") -> Entry:
    return Entry(uid=uid, references=frozenset(references), targets=SHOPS if selects else None)


@pytest.mark.parametrize(
    ("object_id", "spec", "expected"),
    [
        pytest.param(DEFAULT, {"url": "https://harbor"}, set(), id="a connection names nobody"),
        pytest.param(PROJECT, {}, {DEFAULT}, id="a project names a connection"),
        pytest.param(
            PROJECT, {"connectionRef": {"name": "spare"}}, {SPARE}, id="another than the default"
        ),
        pytest.param(
            ROBOT,
            {"connectionRef": {"name": "spare"}, "access": [{"projectRef": {"name": "app"}}]},
            {SPARE, PROJECT},
            id="a robot names a connection and a project of its namespace",
        ),
        pytest.param(
            PULL_SECRET, {"robotRef": {"name": "ci"}}, {ROBOT}, id="a pull secret names a robot"
        ),
        pytest.param(
            PULL_SECRET,
            {"projectRefs": [{"name": "app"}]},
            {PROJECT, CHILD},
            id="or projects, and the robot that is made for them",
        ),
    ],
)
def test_whom_a_spec_names(
    object_id: ObjectId, spec: dict[str, Any], expected: set[ObjectId]
) -> None:
    assert references_of(object_id, spec) == expected


@pytest.mark.parametrize(
    ("object_id", "spec", "expected"),
    [
        pytest.param(PULL_SECRET, {"projectRefs": [{"name": "app"}]}, {CHILD}, id="for projects"),
        pytest.param(PULL_SECRET, {"robotRef": {"name": "ci"}}, set(), id="not for a robot"),
        pytest.param(PROJECT, {}, set(), id="and by no other kind"),
    ],
)
def test_what_the_operator_makes_for_a_spec(
    object_id: ObjectId, spec: dict[str, Any], expected: set[ObjectId]
) -> None:
    assert made_by(object_id, spec) == expected


def test_putting_gives_what_was_known_before() -> None:
    directory, first, second = Directory(), entry(DEFAULT), entry(SPARE)

    assert directory.put(PROJECT, first) is None
    assert directory.put(PROJECT, second) is first
    assert directory.get(PROJECT) is second


def test_the_referrers_of_an_object_are_all_that_name_it() -> None:
    directory = Directory()
    directory.put(PROJECT, entry(DEFAULT))
    directory.put(ROBOT, entry(DEFAULT, PROJECT))
    directory.put(PULL_SECRET, entry(ROBOT))

    assert set(directory.referrers(DEFAULT)) == {PROJECT, ROBOT}
    assert directory.referrers(PROJECT) == [ROBOT]
    assert directory.referrers(PULL_SECRET) == []


def test_an_object_that_is_not_there_yet_has_referrers() -> None:
    directory = Directory()
    directory.put(ROBOT, entry(PROJECT))

    assert directory.referrers(PROJECT) == [ROBOT]


def test_an_object_that_names_another_one_now_no_longer_refers_to_the_first() -> None:
    directory = Directory()
    directory.put(PROJECT, entry(DEFAULT))
    directory.put(PROJECT, entry(SPARE))

    assert directory.referrers(DEFAULT) == []
    assert directory.referrers(SPARE) == [PROJECT]


def test_an_object_that_is_gone_refers_to_nobody() -> None:
    directory = Directory()
    directory.put(ROBOT, entry(PROJECT, selects=True))
    directory.drop(ROBOT)

    assert directory.get(ROBOT) is None
    assert directory.referrers(PROJECT) == []
    assert directory.selecting(SHOP) == []
    assert directory.uids() == frozenset()


def test_dropping_what_is_not_there_changes_nothing() -> None:
    directory = Directory()
    directory.put(ROBOT, entry(PROJECT))
    directory.drop(PULL_SECRET)

    assert directory.referrers(PROJECT) == [ROBOT]


def test_those_that_select_a_namespace_are_known_until_they_no_longer_do() -> None:
    directory = Directory()
    directory.put(PULL_SECRET, entry(ROBOT, selects=True))
    directory.put(ROBOT, entry(PROJECT))

    selecting = directory.selecting(SHOP)
    directory.put(PULL_SECRET, entry(ROBOT))

    assert selecting == [PULL_SECRET]
    assert directory.selecting(SHOP) == []


def test_those_that_select_others_are_not_concerned() -> None:
    directory = Directory()
    directory.put(PULL_SECRET, entry(ROBOT, selects=True))

    assert directory.selecting(Namespace("other")) == []


@pytest.mark.parametrize(
    ("object_id", "spec", "expected"),
    [
        pytest.param(
            PULL_SECRET, {"targets": {"namespaces": {"names": ["shop-*"]}}}, SHOPS, id="by name"
        ),
        pytest.param(PULL_SECRET, {}, None, id="its own alone"),
        pytest.param(PULL_SECRET, {"targets": {"namespaces": 7}}, None, id="unreadable"),
        pytest.param(ROBOT, {"targets": {"namespaces": {"names": ["a"]}}}, None, id="a robot"),
    ],
)
def test_targets(object_id: ObjectId, spec: dict[str, Any], expected: Selection | None) -> None:
    assert targets_of(object_id, spec) == expected


def test_the_uids_are_those_of_all_objects() -> None:
    directory = Directory()
    directory.put(PROJECT, entry(uid="uid-a"))
    directory.put(ROBOT, entry(uid="uid-b"))
    directory.put(ROBOT, entry(uid="uid-c"))

    assert directory.uids() == {"uid-a", "uid-c"}
