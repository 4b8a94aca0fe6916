"""Permissions that a Harbor does not know, and what a message proposes instead."""

import pytest

from harbor_operator.core.grants import SYSTEM, placed
from harbor_operator.core.permissions import PRESETS
from harbor_operator.core.robot.catalogue import HARBOR_2_16, Catalogue
from harbor_operator.core.tenancy import Grant


def test_every_preset_asks_for_what_harbor_knows() -> None:
    problems = [HARBOR_2_16.problem(placed("team", grants)) for grants in PRESETS.values()]

    assert problems == [None] * len(PRESETS)


@pytest.mark.parametrize(
    ("place", "grant", "problem"),
    [
        pytest.param(
            "team",
            ("repositry", "pull"),
            "spec.access: Harbor has no resource repositry to grant here; near it are repository.",
            id="a resource with a slip",
        ),
        pytest.param(
            "team",
            ("repository", "puul"),
            "spec.access: Harbor has no action puul on repository to grant here; near it are pull.",
            id="an action with a slip",
        ),
        pytest.param(
            "team",
            ("log", "zzz"),
            "spec.access: Harbor has no action zzz on log to grant here; there are list.",
            id="an action that is near nothing",
        ),
        pytest.param(
            SYSTEM,
            ("zzz", "list"),
            "spec.system: Harbor has no resource zzz to grant here; there are audit-log, catalog,"
            " garbage-collection, jobservice-monitor, label and others.",
            id="a resource that is near nothing",
        ),
        pytest.param(
            SYSTEM,
            ("repository", "pull"),
            "spec.system: Harbor has no resource repository to grant here; near it are registry.",
            id="a project's resource on the system",
        ),
    ],
)
def test_the_message(place: str, grant: Grant, problem: str) -> None:
    assert HARBOR_2_16.problem(placed(place, {grant})) == problem


@pytest.mark.parametrize(
    ("known", "named"),
    [
        pytest.param(
            ["tag1", "tag2", "tag3", "tag4", "tag5", "tag6"],
            "near it are tag6, tag5, tag4, tag3, tag2.",
            id="near ones, the nearest first",
        ),
        pytest.param(["b", "a", "d", "c", "e"], "there are a, b, c, d, e.", id="all there are"),
    ],
)
def test_as_many_names_as_a_person_reads(known: list[str], named: str) -> None:
    harbor = Catalogue(frozenset((name, "list") for name in known), system=frozenset())

    problem = harbor.problem(placed("team", {("tag0", "list")}))

    assert problem == f"spec.access: Harbor has no resource tag0 to grant here; {named}"


def test_what_one_harbor_lists_counts_there() -> None:
    older = Catalogue(project=frozenset({("repository", "pull")}), system=frozenset())

    assert older.problem(placed("team", {("repository", "pull")})) is None
    assert older.problem(placed("team", {("repository", "push")})) is not None
