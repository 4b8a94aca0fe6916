"""What a namespace may give its robots, place by place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harbor_operator.core.grants import ALL_PROJECTS, SYSTEM, PlacedGrant, placed
from harbor_operator.core.namespaces import Selection
from harbor_operator.core.robot.catalogue import HARBOR_2_16
from harbor_operator.core.robot.rights import NamedProject, ProjectState, Rights, state_of
from harbor_operator.core.tenancy import AccessLevel, TenantRule, level_of

PULL: frozenset[PlacedGrant] = placed("team", {("repository", "pull")})
READY = ProjectState.READY


def rule(level: AccessLevel) -> TenantRule:
    return TenantRule(Selection(names=("team",)), ("team", "team.*"), max_access=level)


def named(name: str, allowed: AccessLevel | None, *, shared: bool = False) -> NamedProject:
    return NamedProject(name, READY, name, allowed, shared)


PUSHING = rule(AccessLevel.PULL_PUSH)


@pytest.mark.parametrize(
    ("rights", "place", "expected"),
    [
        pytest.param(Rights("team", None), "team", None, id="nothing without a tenant rule"),
        pytest.param(
            Rights("team", PUSHING, (named("team", AccessLevel.PULL),)),
            "team",
            AccessLevel.PULL,
            id="as much as a named project allows",
        ),
        pytest.param(
            Rights("team", PUSHING, (named("team", None),)),
            "team",
            None,
            id="nothing in a named project that allows nothing, whatever its name",
        ),
        pytest.param(
            Rights("team", PUSHING, (named("x", AccessLevel.PULL_PUSH), named("x", None))),
            "x",
            None,
            id="the least of two objects for one project",
        ),
        pytest.param(
            Rights("team", PUSHING),
            "team.x",
            AccessLevel.PULL_PUSH,
            id="an own project by its name",
        ),
        pytest.param(
            Rights("team", PUSHING), "shop", None, id="a project of others that is not named"
        ),
        pytest.param(
            Rights("team", rule(AccessLevel.PROJECT)), SYSTEM, None, id="the system below System"
        ),
        pytest.param(
            Rights("team", rule(AccessLevel.PROJECT)),
            ALL_PROJECTS,
            None,
            id="all projects below System",
        ),
        pytest.param(
            Rights("team", rule(AccessLevel.SYSTEM)),
            ALL_PROJECTS,
            AccessLevel.SYSTEM,
            id="all projects with System",
        ),
    ],
)
def test_what_is_permitted_at_a_place(
    rights: Rights, place: str, expected: AccessLevel | None
) -> None:
    assert rights.permitted(place) is expected


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        pytest.param(PULL, None, id="less than is permitted"),
        pytest.param(placed("team", {("repository", "push")}), None, id="as much as is permitted"),
        pytest.param(placed("team", {("tag", "list")}), "team", id="more than is permitted"),
        pytest.param(
            PULL | placed("shop", {("repository", "pull")}), "shop", id="at another place"
        ),
        pytest.param(PULL | placed(SYSTEM, {("catalog", "read")}), SYSTEM, id="in the system"),
        pytest.param(frozenset(), None, id="nothing at all"),
    ],
)
def test_where_grants_exceed(grants: frozenset[PlacedGrant], expected: str | None) -> None:
    rights = Rights("team", PUSHING, (named("team", AccessLevel.PULL_PUSH),))

    assert rights.exceeded_at(grants) == expected


@given(
    st.sampled_from(AccessLevel),
    st.none() | st.sampled_from(AccessLevel),
    st.sets(st.sampled_from(sorted(HARBOR_2_16.project)), min_size=1),
)
def test_nothing_is_let_through_above_the_rule_or_the_sharing(
    ceiling: AccessLevel, allowed: AccessLevel | None, grants: set[tuple[str, str]]
) -> None:
    least = None if allowed is None else min(allowed, ceiling)
    rights = Rights("team", rule(ceiling), (named("shop", least, shared=True),))

    exceeded = rights.exceeded_at(placed("shop", grants))

    permitted = least is not None and level_of(grants) <= least
    assert (exceeded is None) is permitted


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        pytest.param([], READY, id="no project is named"),
        pytest.param([READY, READY], READY, id="all are Ready"),
        pytest.param([READY, ProjectState.NOT_READY], ProjectState.NOT_READY, id="one is not"),
        pytest.param(
            [ProjectState.NOT_READY, ProjectState.MISSING, READY],
            ProjectState.MISSING,
            id="one is not there",
        ),
    ],
)
def test_the_state_of_several_projects(states: list[ProjectState], expected: ProjectState) -> None:
    assert state_of([NamedProject("x", state) for state in states]) is expected
