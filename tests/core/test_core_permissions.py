"""Presets grant what their documentation says, and no more than their level."""

from typing import Any

import pytest

from harbor_operator.api.access import Permission, Preset, ProjectAccess
from harbor_operator.api.base import ProjectRef
from harbor_operator.api.robot import RobotSpec
from harbor_operator.core.grants import ALL_PROJECTS, SYSTEM, Level, placed
from harbor_operator.core.permissions import (
    PRESETS,
    PULL,
    PUSH,
    grants_of,
    is_pull_only,
    level_in_harbor,
    registry_access,
    registry_actions,
)
from harbor_operator.core.tenancy import AccessLevel, Grant, level_of

PROJECT = ProjectRef(name="team")


def access(preset: Preset) -> ProjectAccess:
    return ProjectAccess(project_ref=PROJECT, preset=preset)


def test_every_preset_is_in_the_table() -> None:
    assert set(PRESETS) == set(Preset)


@pytest.mark.parametrize(
    ("preset", "level"),
    [
        pytest.param(Preset.PULL, AccessLevel.PULL, id="Pull"),
        pytest.param(Preset.PULL_PUSH, AccessLevel.PULL_PUSH, id="PullPush"),
        pytest.param(Preset.PUSH, AccessLevel.PULL_PUSH, id="Push"),
        pytest.param(Preset.SCAN, AccessLevel.PROJECT, id="Scan"),
        pytest.param(Preset.READ_METADATA, AccessLevel.PROJECT, id="ReadMetadata"),
        pytest.param(Preset.MAINTAIN, AccessLevel.PROJECT, id="Maintain"),
    ],
)
def test_the_level_that_a_preset_needs(preset: Preset, level: AccessLevel) -> None:
    assert level_of(grants_of(access(preset))) is level


@pytest.mark.parametrize(
    ("preset", "actions"),
    [
        pytest.param(Preset.PULL, {"pull"}, id="Pull"),
        pytest.param(Preset.PULL_PUSH, {"pull", "push"}, id="PullPush"),
        pytest.param(Preset.PUSH, {"pull", "push"}, id="Push, which implies pull"),
        pytest.param(Preset.SCAN, {"pull"}, id="Scan"),
        pytest.param(Preset.READ_METADATA, set(), id="ReadMetadata"),
        pytest.param(Preset.MAINTAIN, {"pull", "push"}, id="Maintain"),
    ],
)
def test_what_the_token_service_is_expected_to_answer(preset: Preset, actions: set[str]) -> None:
    assert registry_actions(grants_of(access(preset))) == actions


@pytest.mark.parametrize(
    ("preset", "grant"),
    [
        pytest.param(Preset.READ_METADATA, ("repository", "pull"), id="ReadMetadata cannot pull"),
        pytest.param(Preset.SCAN, ("repository", "push"), id="Scan cannot push"),
        pytest.param(Preset.PULL_PUSH, ("tag", "delete"), id="PullPush cannot delete tags"),
        pytest.param(Preset.PUSH, ("repository", "pull"), id="Push states no pull"),
    ],
)
def test_what_a_preset_leaves_out(preset: Preset, grant: Grant) -> None:
    assert grant not in grants_of(access(preset))


def test_stated_permissions_are_taken_as_they_are() -> None:
    stated = ProjectAccess(
        project_ref=PROJECT,
        permissions=(
            Permission(resource="artifact", actions=("list", "read")),
            Permission(resource="tag", actions=("create",)),
        ),
    )

    granted = grants_of(stated)

    assert granted == {("artifact", "list"), ("artifact", "read"), ("tag", "create")}


def test_of_the_system_a_robot_that_pushes_pulls_only_where_it_is_said() -> None:
    pushing = access(Preset.PUSH)

    assert grants_of(pushing) == {PUSH}
    assert grants_of(pushing, Level.SYSTEM) == {PULL, PUSH}
    assert registry_actions({PUSH}, Level.SYSTEM) == {"push"}


def test_what_a_token_gives_by_project_leaves_out_what_is_none() -> None:
    grants = (
        placed("team", {PULL})
        | placed("shop", {("tag", "list")})
        | placed(ALL_PROJECTS, {PULL})
        | placed(SYSTEM, {("catalog", "read")})
    )

    given = registry_access(grants, Level.SYSTEM)

    assert given == {"team": {"pull"}, "shop": frozenset()}


OTHER = ProjectAccess(project_ref=ProjectRef(name="shop"), preset=Preset.PULL)
EVERYWHERE = ProjectAccess(all_projects=True, preset=Preset.PULL)
CATALOG = (Permission(resource="catalog", actions=("read",)),)


@pytest.mark.parametrize(
    ("spec", "level", "pull_only"),
    [
        pytest.param({"access": (access(Preset.PULL),)}, Level.PROJECT, True, id="one project"),
        pytest.param({"access": (access(Preset.PULL), OTHER)}, Level.SYSTEM, True, id="two"),
        pytest.param({"access": (EVERYWHERE,)}, Level.SYSTEM, True, id="all projects"),
        pytest.param(
            {"access": (access(Preset.PULL),), "system": CATALOG},
            Level.SYSTEM,
            False,
            id="one project and the system",
        ),
        pytest.param({"system": CATALOG}, Level.SYSTEM, False, id="the system alone"),
        pytest.param(
            {"access": (access(Preset.PUSH), OTHER)}, Level.SYSTEM, False, id="one that pushes"
        ),
    ],
)
def test_to_whom_harbor_reckons_a_robot_and_whether_it_only_pulls(
    spec: dict[str, Any], level: Level, *, pull_only: bool
) -> None:
    stated = RobotSpec(**spec)

    assert level_in_harbor(stated) is level
    assert is_pull_only(stated) is pull_only
