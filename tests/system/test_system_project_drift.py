"""What somebody changes in Harbor is put right and told; a fight about it slows down and ends."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
import pytest_asyncio

from harbor_operator.api.project import PROJECTS
from harbor_operator.core.project.drift import FIGHT, MEMORY, SLOW_PACE
from harbor_operator.engine.drift import LOOK_SECONDS
from testbed.harbor import HarborSimulator
from testbed.harbor.scanners import METADATA_KEY as SCANNER_KEY
from testbed.harbor.state import HarborState, Project
from testbed.tools.waiting import until
from tests.support.cluster import PATIENCE, condition, is_ready, status_of
from tests.support.custom_resources import Json
from tests.support.every_setting import (
    SETTINGS,
    TENANT,
    every_setting,
    lacking,
    make_header,
    prepare_harbor,
)
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERIOD = timedelta(minutes=1)
CONNECTION = {"tenants": [TENANT], "driftCheckPeriod": "1m"}
"""The shortest that the API allows."""

Change = Callable[[HarborState, Project], None]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def _furnished(world: SystemWorld) -> None:
    await prepare_harbor(world)


def make_public(_: HarborState, project: Project) -> None:
    project.metadata["public"] = "true"


def switch_scans_off(_: HarborState, project: Project) -> None:
    project.metadata["auto_scan"] = "false"


def block_nothing(_: HarborState, project: Project) -> None:
    project.metadata["prevent_vul"] = "false"


def tolerate_more(_: HarborState, project: Project) -> None:
    project.allowlist.items.append("CVE-2099-9")


def raise_quota(state: HarborState, project: Project) -> None:
    quota = state.quota_of(project.project_id)
    assert quota is not None
    quota.hard = -1


def forget_scanner(_: HarborState, project: Project) -> None:
    del project.metadata[SCANNER_KEY]


def demote_alice(state: HarborState, project: Project) -> None:
    for member in state.members.values():
        if member.project_id == project.project_id and member.role_id == 4:
            member.role_id = 5


def lose_rules(state: HarborState, project: Project) -> None:
    kept = state.retentions[int(project.metadata["retention_id"])]
    kept.policy.rules = []


def lose_policy(state: HarborState, project: Project) -> None:
    """The trap: the project goes on naming a policy that is gone."""
    del state.retentions[int(project.metadata["retention_id"])]


def protect_no_tag(state: HarborState, project: Project) -> None:
    for row in state.immutable_rules.values():
        if row.project_id == project.project_id:
            row.rule.disabled = True


def recolour(state: HarborState, project: Project) -> None:
    for label in state.labels.values():
        if (label.project_id, label.name) == (project.project_id, "tier-1"):
            label.color = "#000000"


def call_for_something_else(state: HarborState, project: Project) -> None:
    for hook in state.webhooks.values():
        if hook.project_id == project.project_id:
            hook.policy.event_types = ["PULL_ARTIFACT"]


CHANGES: Mapping[str, tuple[Change, str]] = {
    "visibility": (make_public, "visibility"),
    "scanning": (switch_scans_off, "scanning"),
    "pullRestrictions": (block_nothing, "pullRestrictions"),
    "allowedCVEs": (tolerate_more, "pullRestrictions"),
    "storageQuota": (raise_quota, "storageQuota"),
    "scanner": (forget_scanner, "scanning"),
    "members": (demote_alice, "members"),
    "immutableTags": (protect_no_tag, "immutableTags"),
    "retention": (lose_rules, "retention"),
    "labels": (recolour, "labels"),
    "webhooks": (call_for_something_else, "webhooks"),
}
"""How somebody changes each setting in Harbor, and how the Event names its block."""
BLOCKS_IN_ORDER = tuple(dict.fromkeys(block for _, block in CHANGES.values()))


async def make_project(team: Team, name: str, spec: Json) -> None:
    """A project at rest."""
    await team.project(name, **spec)
    await team.ready(PROJECTS, name)


async def repairs(team: Team, name: str) -> list[str]:
    """Which blocks each Event about drift names."""
    body = await team.world.cluster.get(team.path(PROJECTS, name))
    events = await team.world.cluster.events_of(body)
    return [
        event["note"].rpartition(": ")[2].rstrip(".")
        for event in events
        if event["reason"] == "DriftCorrected"
    ]


async def tells(team: Team, name: str, *expected: str, within: float = PATIENCE) -> None:
    """Wait for the Events about drift, which are posted in the background."""

    async def is_told() -> bool:
        return len(await repairs(team, name)) >= len(expected)

    await until(is_told, within=within)
    assert await repairs(team, name) == list(expected)


def change(team: Team, name: str, *changes: Change) -> None:
    """Somebody changes a project in Harbor."""
    for make in changes:
        make(team.world.harbor.state, team.in_harbor(name))


@pytest.mark.parametrize("setting", CHANGES)
async def test_drift_is_put_right_with_an_event_that_names_its_block(
    team: Team, setting: str
) -> None:
    make, block = CHANGES[setting]
    await make_header(team)
    await make_project(team, "web", SETTINGS[setting].spec)
    change(team, "web", make)

    await team.look_again(PROJECTS, "web")

    assert await lacking(team, "web", setting) == {}
    await tells(team, "web", block)


async def test_a_policy_that_vanished_is_made_anew(team: Team) -> None:
    await make_project(team, "web", SETTINGS["retention"].spec)
    change(team, "web", lose_policy)

    await team.look_again(PROJECTS, "web")

    assert await lacking(team, "web", "retention") == {}
    await tells(team, "web", "retention")


async def test_what_a_new_spec_changes_is_no_drift(team: Team) -> None:
    await make_project(team, "web", {"scanning": {"onPush": False}})

    await team.change(PROJECTS, "web", scanning={"onPush": True})
    body = await team.ready(PROJECTS, "web")

    assert await repairs(team, "web") == []
    assert status_of(body, "lastDriftTime") is None


async def fight(team: Team, name: str) -> None:
    """Somebody changes a project back after every repair, until that is called a fight."""
    for number in range(FIGHT):
        change(team, name, switch_scans_off)
        await team.look_again(PROJECTS, name)
        assert team.in_harbor(name).metadata["auto_scan"] == "true", number


def go_on(harbor: HarborSimulator, period: timedelta) -> None:
    """Let Harbor's clock go forward."""
    harbor.clock.offset_seconds += period.total_seconds() + 1


async def looked_at(team: Team, name: str) -> Json:
    """A project after one more look."""
    await team.look_again(PROJECTS, name)
    return await team.world.cluster.get(team.path(PROJECTS, name))


async def test_a_fight_is_told_and_slows_down_and_ends(team: Team) -> None:
    await make_project(team, "web", SETTINGS["scanning"].spec)
    await fight(team, "web")
    told = await team.ready(PROJECTS, "web", lambda body: condition(body, "DriftFight") is not None)
    change(team, "web", switch_scans_off)

    waiting = await looked_at(team, "web")
    left = team.in_harbor("web").metadata["auto_scan"]
    go_on(team.world.harbor, SLOW_PACE)
    await team.look_again(PROJECTS, "web")
    repaired = team.in_harbor("web").metadata["auto_scan"]
    go_on(team.world.harbor, MEMORY)
    over = await looked_at(team, "web")

    assert (condition(told, "Synced") or {})["status"] == "True"
    assert is_ready(waiting)
    assert (condition(waiting, "Ready") or {})["reason"] == "RepeatedDrift"
    assert (condition(waiting, "Synced") or {})["status"] == "False"
    assert (left, repaired) == ("false", "true")
    assert condition(over, "DriftFight") is None
    assert (condition(over, "Synced") or {})["status"] == "True"
    assert status_of(over, "repairs") is None


async def test_drift_is_found_within_the_period_whatever_block_it_is_in(team: Team) -> None:
    await make_header(team)
    await make_project(team, "whole", every_setting())
    await make_project(team, "paged", SETTINGS["scanning"].spec)
    await make_project(team, "hidden", SETTINGS["labels"].spec)
    change(team, "whole", *(make for make, _ in CHANGES.values()))
    change(team, "paged", switch_scans_off)
    change(team, "hidden", recolour)
    changed = await lacking(team, "whole")

    soon = PERIOD.total_seconds() + 3 * LOOK_SECONDS
    await tells(team, "whole", ", ".join(BLOCKS_IN_ORDER), within=soon)
    await tells(team, "paged", "scanning")
    await tells(team, "hidden", "labels", within=soon)
    for name in ("whole", "paged", "hidden"):
        await team.ready(PROJECTS, name, lambda body: bool(status_of(body, "lastDriftTime")))
    assert set(changed) == set(CHANGES)
    assert await lacking(team, "whole") == {}
