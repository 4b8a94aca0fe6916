"""The audit log tells who did what, to those who may read it."""

import json
from collections.abc import AsyncIterator

import pytest

from testbed.harbor import HarborSimulator
from tests.support.fake_registry import FakeRegistry
from tests.support.image import push
from tests.support.simulated_harbor import SimulatedHarbor, running

API = "/api/v2.0"
LOG = f"{API}/auditlog-exts"
PURGE = f"{API}/system/purgeaudit/schedule"


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team", public=True)
        await push(harbor.admin, "team/app", "1")
        yield harbor


async def entries(harbor: SimulatedHarbor, query: str = "", path: str = LOG) -> list[str]:
    """Who did what to what, newest first."""
    rows = json.loads((await harbor.admin("GET", f"{path}?page_size=100&{query}")).text)
    return [f"{row['username']} {row['operation']} {row['resource']}" for row in rows]


async def purge(harbor: SimulatedHarbor, **parameters: object) -> None:
    body = {"schedule": {"type": "Manual"}, "parameters": parameters}
    await harbor.admin("POST", PURGE, body)


async def test_pulls_are_told_by_tag_or_digest_and_also_of_strangers(
    harbor: SimulatedHarbor,
) -> None:
    robot = await harbor.create_robot("team", "puller")
    pulled = await robot("GET", "/v2/team/app/manifests/1")
    digest = pulled.headers["Docker-Content-Digest"]
    await robot("GET", f"/v2/team/app/manifests/{digest}")
    await robot("HEAD", "/v2/team/app/manifests/1")
    scope = "service=harbor-registry&scope=repository:team/app:pull"
    token = (await harbor.anonymous("GET", f"/service/token?{scope}")).field("token")
    bearer = {"Authorization": f"Bearer {token}"}
    await harbor.anonymous("GET", "/v2/team/app/manifests/1", headers=bearer)

    pulls = await entries(harbor, "q=operation%3Dpull")

    assert pulls == [
        "anonymous pull team/app:1",
        f"robot$team+puller pull team/app@{digest}",
        "robot$team+puller pull team/app:1",
    ]


async def test_a_robot_that_logs_in_leaves_no_line(harbor: SimulatedHarbor) -> None:
    robot = await harbor.create_robot("team", "puller")

    await robot("GET", "/service/token?service=harbor-registry&account=x")
    await robot("GET", "/v2/")

    assert not [line for line in await entries(harbor) if line.startswith("robot$")]


async def test_a_push_and_tags_are_told(harbor: SimulatedHarbor) -> None:
    tags = f"{API}/projects/team/repositories/app/artifacts/1/tags"
    await harbor.admin("POST", tags, {"name": "2"})
    await harbor.admin("DELETE", f"{tags}/2")

    lines = json.loads((await harbor.admin("GET", f"{LOG}?sort=id")).text)

    told = [(row["operation_description"].partition("@")[0], row["resource"]) for row in lines]
    assert told == [
        ("create project: team", "team"),
        ("push artifact: team/app", "team/app:1"),
        ("create tag: team/app:2", "team/app:2"),
        ("delete tag: team/app:2", "team/app:2"),
    ]


async def test_a_user_reads_what_the_projects_allow(harbor: SimulatedHarbor) -> None:
    body = {"username": "alice", "password": "Passw0rd", "email": "a@example.com"}
    await harbor.admin("POST", f"{API}/users", {**body, "realname": "Alice", "comment": ""})
    alice = harbor.anonymous.signed_in("alice", "Passw0rd")
    nothing = await alice("GET", LOG)
    members = f"{API}/projects/team/members"

    await harbor.admin("POST", members, {"role_id": 1, "member_user": {"username": "alice"}})

    shown = json.loads((await alice("GET", LOG)).text)
    assert nothing.text == "[]"
    assert {row["resource_type"] for row in shown} == {"project", "artifact", "member"}
    assert (await harbor.anonymous("GET", LOG)).status == 401
    assert (await alice("GET", f"{LOG}/events")).status == 403


async def test_events_are_switched_off_by_their_names(harbor: SimulatedHarbor) -> None:
    listed = json.loads((await harbor.admin("GET", f"{LOG}/events")).text)
    off = {"disabled_audit_log_event_types": "pull_artifact, create_project"}
    await harbor.admin("PUT", f"{API}/configurations", off)
    before = await entries(harbor)

    await harbor.admin("GET", "/v2/team/app/manifests/1")
    await harbor.create_project("other")

    assert {"event_type": "pull_artifact"} in listed
    assert await entries(harbor) == before


async def test_nothing_is_kept_without_the_database(harbor: SimulatedHarbor) -> None:
    await harbor.control("PUT", "/configuration", {"skip_audit_log_database": True})
    before = await entries(harbor)

    await harbor.admin("GET", "/v2/team/app/manifests/1")

    assert await entries(harbor) == before


async def test_a_purge_takes_what_is_old_and_named(harbor: SimulatedHarbor) -> None:
    await harbor.admin("GET", "/v2/team/app/manifests/1")
    harbor.simulator.clock.offset_seconds = 3 * 3600
    await harbor.admin("GET", "/v2/team/app/manifests/1")
    before = await entries(harbor)

    await purge(harbor, audit_retention_hour=2, include_event_types="pull_artifact", dry_run=True)
    tried = await entries(harbor)
    await purge(harbor, audit_retention_hour=2, include_event_types="pull_artifact")
    purged = await entries(harbor)
    await purge(harbor, audit_retention_hour=2, include_event_types="other")

    assert tried == before
    assert purged == [
        "admin pull team/app:1",
        "admin create team/app:1",
        "admin create team",
    ]
    assert await entries(harbor) == ["admin pull team/app:1", "admin create team/app:1"]
