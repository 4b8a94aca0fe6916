"""Presets grant what their documentation says, and no more than their level."""

import pytest

from harbor_operator.api.base import LocalRef
from harbor_operator.api.robot import Permission, Preset, ProjectAccess
from harbor_operator.core.permissions import PRESETS, grants_of, registry_actions
from harbor_operator.core.tenancy import AccessLevel, Grant, level_of

PROJECT = LocalRef(name="team")


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
