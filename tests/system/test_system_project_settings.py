"""Every setting of a project, from the spec to what Harbor shows, and not one write too many."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import condition, decoded, has_reason, status_of
from tests.support.custom_resources import Json
from tests.support.every_setting import (
    ADDRESS,
    OTHER_SCANNER,
    REGISTRY,
    SCANNER,
    SETTINGS,
    TENANT,
    every_setting,
    lacking,
    make_header,
    prepare_harbor,
)
from tests.support.namespaces import temporary_namespace
from tests.support.other_login import connected_as_bot
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEFAULTS: Json = {
    "scanning": {"onPush": True},
    "pullRestrictions": {"blockSeverity": "Critical", "requireCosignSignature": True},
    "immutableTags": [{"tags": "v*"}],
}
CONNECTION = {
    "tenants": [
        TENANT,
        {**TENANT, "namespaces": {"names": ["lab-*"]}, "projectDefaults": DEFAULTS},
    ]
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def _furnished(world: SystemWorld) -> None:
    await prepare_harbor(world)


@pytest_asyncio.fixture(loop_scope="module")
async def lab(world: SystemWorld) -> AsyncIterator[Team]:
    """A namespace whose tenant rule has defaults."""
    async with temporary_namespace(world.plane, prefix="lab") as namespace:
        owner = Team(world, namespace)
        yield owner
        await owner.clear()


async def written_by(team: Team, name: str) -> int:
    """How many writes one more look at a project sends to Harbor."""
    before = team.world.harbor.requests.writes
    await team.look_again(PROJECTS, name)
    return team.world.harbor.requests.writes - before


async def roles(team: Team, name: str) -> dict[str, int]:
    """The members of a project as Harbor shows them."""
    project = team.in_harbor(name).project_id
    listed = await team.world.read_harbor(f"/projects/{project}/members")
    return {member["entity_name"]: member["role_id"] for member in listed}


async def add_member(team: Team, name: str, user: str) -> None:
    """Somebody makes a user a developer, past the operator."""
    body = {"role_id": 2, "member_user": {"username": user}}
    project = team.in_harbor(name).project_id
    assert await team.world.ask_harbor("POST", f"/projects/{project}/members", body) == 201


@pytest.mark.parametrize("block", SETTINGS)
async def test_each_block_is_applied_to_a_new_project(team: Team, block: str) -> None:
    await make_header(team)

    await team.project("web", **SETTINGS[block].spec)

    await team.ready(PROJECTS, "web")
    assert await lacking(team, "web", block) == {}


async def test_a_project_with_all_blocks_is_applied_once_and_then_left_alone(team: Team) -> None:
    await make_header(team)
    await team.project("web", **every_setting())
    body = await team.ready(PROJECTS, "web")
    assert await lacking(team, "web") == {}
    before = team.world.plane.audit.mark()

    written = [await written_by(team, "web") for _ in range(2)]

    assert written == [0, 0]
    assert (condition(body, "Synced") or {})["status"] == "True"
    assert set(team.world.operator_writes(before, team.namespace)) == {
        ("patch", "harborprojects.harbor-operator.dev/status")
    }


async def test_all_blocks_are_applied_to_a_project_that_is_there(team: Team) -> None:
    await make_header(team)
    await team.project("web")
    await team.ready(PROJECTS, "web")

    await team.change(PROJECTS, "web", **every_setting())
    await team.ready(PROJECTS, "web")

    assert await lacking(team, "web") == {}
    assert await written_by(team, "web") == 0


async def test_a_list_that_is_empty_removes_and_one_that_is_absent_does_not(team: Team) -> None:
    await team.project("web", labels=[{"name": "old"}], immutableTags=[{"tags": "v*"}])
    await team.ready(PROJECTS, "web")

    await team.change(PROJECTS, "web", labels=[], immutableTags=None)
    await team.ready(PROJECTS, "web")

    project = team.in_harbor("web").project_id
    labels = await team.world.read_harbor(f"/labels?scope=p&project_id={project}")
    rules = await team.world.read_harbor(f"/projects/{project}/immutabletagrules")
    assert [label["name"] for label in labels] == ["harbor-operator.dev/owner"]
    assert len(rules) == 1


async def test_a_member_who_left_the_spec_goes_and_a_stranger_stays(team: Team) -> None:
    await team.project("web", **SETTINGS["members"].spec)
    body = await team.ready(PROJECTS, "web")
    await add_member(team, "web", "bob")

    await team.change(PROJECTS, "web", members=[])
    await team.ready(PROJECTS, "web")

    assert status_of(body, "managedMembers") == ["User/alice"]
    assert await roles(team, "web") == {"admin": 1, "bob": 2}


@pytest_asyncio.fixture(loop_scope="module")
async def by_bot(world: SystemWorld) -> AsyncIterator[str]:
    """A connection whose login is another administrator than Harbor's first."""
    async with connected_as_bot(world, "by-bot", **CONNECTION) as connection:
        yield connection


async def test_exact_removes_strangers_but_nobody_who_is_needed(team: Team, by_bot: str) -> None:
    members = SETTINGS["members"].spec["members"]
    await team.project(
        "web", connectionRef={"name": by_bot}, members=members, membersPolicy="Exact"
    )
    await team.ready(PROJECTS, "web")
    for user in ("bob", "admin"):
        await add_member(team, "web", user)
    before = await roles(team, "web")

    await team.look_again(PROJECTS, "web")

    assert before == {"bot": 1, "admin": 2, "alice": 4, "bob": 2}
    assert await roles(team, "web") == {"bot": 1, "admin": 2, "alice": 4}


async def test_an_unknown_user_holds_up_nothing_else(team: Team) -> None:
    await make_header(team)
    spec = every_setting()
    nobody = {"kind": "User", "name": "nobody", "role": "Guest"}
    await team.project("web", **{**spec, "members": [*spec["members"], nobody]})
    await team.robot("ci", "web")

    body = await team.ready(PROJECTS, "web", has_reason("MemberNotFound", stalled=True))

    await team.ready(ROBOTS, "ci")
    assert await lacking(team, "web") == {}
    assert "nobody" in (condition(body, "Ready") or {})["message"]
    assert "username" in decoded(await team.secret("ci"))


async def test_users_and_groups_of_an_identity_provider_become_members_once_they_are_known(
    world: SystemWorld, team: Team
) -> None:
    await world.control_harbor("PUT", "/configuration", {"auth_mode": "oidc_auth"})
    members = [
        {"kind": "User", "name": "carol", "role": "Developer"},
        {"kind": "Group", "name": "devs", "groupType": "OIDC", "role": "Guest"},
    ]
    await team.project("web", members=members)
    await team.ready(PROJECTS, "web", has_reason("MemberNotFound", stalled=True))
    before = await roles(team, "web")

    login = {"username": "carol", "email": "carol@example.com", "groups": ["devs"]}
    await world.control_harbor("POST", "/logins", login)
    await team.look_again(PROJECTS, "web")

    await team.ready(PROJECTS, "web")
    assert before == {"admin": 1, "devs": 3}
    assert await roles(team, "web") == {"admin": 1, "devs": 3, "carol": 2}
    assert await written_by(team, "web") == 0
    await world.control_harbor("PUT", "/configuration", {"auth_mode": "db_auth"})


async def test_a_scanner_that_nobody_registered_is_told_with_those_that_are(team: Team) -> None:
    await team.project("web", scanning={"scanner": "Grype", "onPush": True})

    body = await team.ready(PROJECTS, "web", has_reason("ScannerNotFound", stalled=True))

    message = (condition(body, "Ready") or {})["message"]
    assert f"{OTHER_SCANNER}, {SCANNER}" in message
    assert team.in_harbor("web").metadata["auto_scan"] == "true"


async def test_a_proxy_cache_is_made_of_a_registry_and_keeps_harbor_s_own_retention(
    team: Team,
) -> None:
    await team.project("web", proxyCache={"registry": REGISTRY, "bandwidthKBps": 500})
    await team.ready(PROJECTS, "web")

    seen = await team.world.read_harbor(f"/projects/{team.in_harbor('web').project_id}")
    assert seen["registry_id"] == 1
    assert seen["metadata"]["proxy_speed_kb"] == "500"
    assert seen["metadata"]["retention_id"].isdecimal()
    assert await written_by(team, "web") == 0


async def test_a_proxy_cache_waits_for_its_registry(world: SystemWorld, team: Team) -> None:
    registry, state = REGISTRY, world.harbor.state
    kept, state.registries = state.registries, {}
    await team.project("web", proxyCache={"registry": registry})
    await team.ready(PROJECTS, "web", has_reason("WaitingForRegistry", stalled=False))
    assert state.project_named(team.harbor_name("web")) is None

    state.registries = kept
    await team.look_again(PROJECTS, "web")

    await team.ready(PROJECTS, "web")
    assert team.in_harbor("web").registry_id == 1


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"proxyCache": {"registry": "other"}}, "AccessNotAllowed"),
        ({"storageQuota": "6Gi"}, "AccessNotAllowed"),
    ],
    ids=["registry", "quota"],
)
async def test_a_ceiling_is_told_before_anything_is_written(
    team: Team, spec: dict[str, Any], reason: str
) -> None:
    written = team.world.harbor.requests.writes

    await team.project("web", **spec)

    await team.ready(PROJECTS, "web", has_reason(reason, stalled=True))
    assert team.world.harbor.requests.writes == written


async def test_a_webhook_to_a_host_that_is_not_allowed_is_not_made_and_all_else_is(
    team: Team,
) -> None:
    elsewhere = {"name": "out", "events": ["PUSH_ARTIFACT"], "address": "https://evil.example/x"}
    allowed = {"name": "ci", "events": ["PUSH_ARTIFACT"], "address": ADDRESS}

    await team.project("web", webhooks=[elsewhere, allowed], **SETTINGS["labels"].spec)

    await team.ready(PROJECTS, "web", has_reason("AccessNotAllowed", stalled=True))
    project = team.in_harbor("web").project_id
    hooks = await team.world.read_harbor(f"/projects/{project}/webhook/policies")
    assert [hook["name"] for hook in hooks] == ["ci"]
    assert await lacking(team, "web", "labels") == {}


async def test_defaults_fill_what_a_project_leaves_out_and_are_shown(lab: Team) -> None:
    await lab.project(
        "web", scanning={"sbomOnPush": True}, pullRestrictions={"blockSeverity": "Low"}
    )

    body = await lab.ready(PROJECTS, "web")

    seen = lab.in_harbor("web").metadata
    assert (seen["auto_scan"], seen["severity"]) == ("true", "low")
    assert seen["enable_content_trust_cosign"] == "true"
    assert status_of(body, "resolvedDefaults") == [
        {"field": "scanning.onPush", "value": "true"},
        {"field": "pullRestrictions.requireCosignSignature", "value": "true"},
        {"field": "immutableTags", "value": "tags: v*"},
    ]
    assert await written_by(lab, "web") == 0
