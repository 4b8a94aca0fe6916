"""Harbor's own schedules and upstream registries, kept by a connection."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from harbor_operator.api.project import PROJECTS
from testbed.harbor.policy_state import JobSchedule, UpstreamRegistry, Vendor
from tests.support.cluster import NAMESPACES, Check, condition, encoded, is_ready, status_of
from tests.support.custom_resources import Json
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION = {
    "tenants": [
        {"namespaces": {"names": ["team-*"]}, "proxyCacheRegistries": ["*"]},
    ],
}
CANARY = "Canary-Upstream-Password-2Jm"
SECRETS = f"{NAMESPACES}/default/secrets"
LOGIN = {"credentialsSecretRef": {"namespace": "default", "name": "hub"}}
HUB = {"name": "hub", "type": "docker-hub", "url": "https://hub.example.com"}
COLLECTION = {"garbageCollection": {"schedule": "0 2 * * 0", "deleteUntagged": True}}
SCANS = {"scanAll": {"schedule": "0 4 * * *"}}


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def cleared(world: SystemWorld) -> AsyncIterator[None]:
    """Take out of the connection and of Harbor what a test has put there."""
    yield
    world.harbor.core.unreachable.clear()
    await state(world, registries=None, maintenance=None)
    await world.at_rest()
    world.harbor.state.registries.clear()
    world.harbor.state.schedules.clear()
    await world.cluster.delete(f"{SECRETS}/hub")


async def state(world: SystemWorld, **spec: object) -> None:
    """Change fields of the connection's spec."""
    await world.cluster.merge(world.connection_path, {"spec": spec})


async def settled(world: SystemWorld, reason: str = "Succeeded") -> Json:
    """Wait until Synced speaks of the present spec with this reason; Ready is True all the same."""
    body = await world.cluster.seen(world.connection_path, is_synced_for(reason))
    assert is_ready(body), body["status"]
    return body


def is_synced_for(reason: str) -> Check:
    """A check whether Synced has this reason in the object's present generation."""

    def check(body: Json) -> bool:
        found = condition(body, "Synced") or {}
        generation = body["metadata"]["generation"]
        return (found.get("reason"), found.get("observedGeneration")) == (reason, generation)

    return check


async def look_again(world: SystemWorld) -> Json:
    """Ask for a reconcile now, and wait until it has been made."""
    # The log grows with every request, so its length never serves twice.
    token = str(world.plane.audit.mark())
    annotations = {"harbor-operator.dev/reconcile-requested-at": token}
    await world.cluster.merge(world.connection_path, {"metadata": {"annotations": annotations}})
    return await world.cluster.seen(
        world.connection_path, lambda body: status_of(body, "lastHandledReconcileAt") == token
    )


async def store_login(world: SystemWorld, password: str) -> None:
    """Create the Secret with Harbor's login at the upstream registry."""
    login = {"username": "puller", "password": password}
    body = {
        "metadata": {"name": "hub"},
        "type": "kubernetes.io/basic-auth",
        "stringData": login,
    }
    await world.cluster.create(SECRETS, body)


def schedule(world: SystemWorld, vendor: Vendor) -> JobSchedule | None:
    """The schedule of a job in Harbor."""
    rows = world.harbor.state.schedules.values()
    return next((row for row in rows if row.vendor is vendor), None)


def upstream(world: SystemWorld, name: str = "hub") -> UpstreamRegistry | None:
    """A registry in Harbor."""
    rows = world.harbor.state.registries.values()
    return next((row for row in rows if row.name == name), None)


async def secret_in_harbor(world: SystemWorld, password: str) -> None:
    """Wait until Harbor logs in to the registry with this password."""

    def has_it(_: Json) -> bool:
        found = upstream(world)
        return found is not None and found.access_secret == password

    await world.cluster.seen(world.connection_path, has_it)


async def drift_events(world: SystemWorld, body: Json) -> list[str]:
    """What Events say was put right."""
    await world.at_rest()
    events = await world.cluster.events_of(body)
    return [event["note"] for event in events if event["reason"] == "DriftCorrected"]


async def test_stated_schedules_are_set_and_all_others_left_alone(world: SystemWorld) -> None:
    foreign: dict[str, Any] = {
        "schedule": {"type": "Daily", "cron": "0 0 0 * * *"},
        "parameters": {"audit_retention_hour": 24, "include_event_types": "pull_artifact"},
    }
    assert await world.ask_harbor("POST", "/system/purgeaudit/schedule", foreign) == 201

    await state(world, maintenance=COLLECTION)
    await settled(world)

    collection, purge = (
        schedule(world, vendor) for vendor in (Vendor.GARBAGE_COLLECTION, Vendor.PURGE_AUDIT_LOG)
    )
    assert collection is not None
    assert (collection.cron, collection.parameters["delete_untagged"]) == ("0 0 2 * * 0", True)
    assert purge is not None
    assert (purge.type, purge.cron) == ("Daily", "0 0 0 * * *")
    assert schedule(world, Vendor.SCAN_ALL) is None


async def test_a_second_look_writes_nothing(world: SystemWorld) -> None:
    await store_login(world, CANARY)
    purge = {"auditLogPurge": {"schedule": "0 5 * * *", "retentionHours": 2160}}
    await state(world, maintenance={**COLLECTION, **purge}, registries=[{**HUB, **LOGIN}])
    await settled(world)
    mark, written = await world.at_rest(), world.harbor.requests.writes

    await look_again(world)

    assert world.harbor.requests.writes == written
    assert world.operator_writes(mark) == [
        ("patch", "clusterharborconnections.harbor-operator.dev/status")
    ]


async def test_drift_is_put_right_and_told(world: SystemWorld) -> None:
    await state(world, maintenance=COLLECTION, registries=[HUB])
    body = await settled(world)
    before = await drift_events(world, body)
    assert (
        await world.ask_harbor("PUT", "/system/gc/schedule", {"schedule": {"type": "None"}}) == 200
    )
    made = upstream(world)
    assert made is not None
    assert await world.ask_harbor("DELETE", f"/registries/{made.id}") == 200

    await look_again(world)

    collection, again = schedule(world, Vendor.GARBAGE_COLLECTION), upstream(world)
    assert collection is not None
    assert collection.cron == "0 0 2 * * 0"
    assert again is not None
    assert again.id != made.id
    told = (await drift_events(world, body))[len(before) :]
    assert ["garbageCollection" in told[0], "registries.hub" in told[1]] == [True, True]


async def test_scans_without_a_scanner_are_no_trouble_for_others(
    world: SystemWorld, team: Team
) -> None:
    await state(world, maintenance={**SCANS, **COLLECTION})
    body = await settled(world, "InvalidSpec")

    assert "no scanner is configured" in (condition(body, "Synced") or {})["message"]
    assert schedule(world, Vendor.GARBAGE_COLLECTION) is not None
    await team.project("web")
    await team.ready(PROJECTS, "web")
    await team.clear()


async def test_a_registry_follows_its_secret(world: SystemWorld) -> None:
    await state(world, registries=[{**HUB, **LOGIN}])
    await settled(world, "CredentialsMissing")
    assert upstream(world) is None

    await store_login(world, "first")
    await secret_in_harbor(world, "first")
    first = await settled(world)
    told = await drift_events(world, first)
    await world.cluster.merge(f"{SECRETS}/hub", {"data": encoded(password=CANARY)})
    await secret_in_harbor(world, CANARY)
    second = await world.cluster.seen(
        world.connection_path,
        lambda body: status_of(body, "registries") != status_of(first, "registries"),
    )

    made = upstream(world)
    assert made is not None
    (reported,) = status_of(second, "registries")
    assert (made.access_key, reported["id"]) == ("puller", made.id)
    assert CANARY not in str(second)
    assert await drift_events(world, second) == told


async def test_an_unhealthy_registry_leaves_the_connection_ready(world: SystemWorld) -> None:
    world.harbor.core.unreachable.add(HUB["url"])
    await state(world, registries=[HUB])
    body = await settled(world, "InvalidSpec")
    assert "registries.hub" in (condition(body, "Synced") or {})["message"]

    world.harbor.core.unreachable.clear()
    await look_again(world)

    assert upstream(world) is not None
    await settled(world)


async def test_a_proxy_cache_waits_for_its_registry_which_outlives_it(
    world: SystemWorld, team: Team
) -> None:
    await team.project("cache", proxyCache={"registry": "hub"})
    await team.ready(PROJECTS, "cache", is_waiting_for_registry)

    await state(world, registries=[HUB])
    await team.ready(PROJECTS, "cache")
    made = upstream(world)
    assert made is not None
    assert team.in_harbor("cache").registry_id == made.id

    await state(world, registries=[])
    body = await settled(world, "InUse")
    assert [row["name"] for row in status_of(body, "registries")] == ["hub"]
    await team.clear()
    assert (
        await world.ask_harbor("DELETE", f"/projects/{team.in_harbor('cache').project_id}") == 200
    )
    await look_again(world)
    await settled(world)
    assert upstream(world) is None


def is_waiting_for_registry(body: Json) -> bool:
    """Whether a project says that Harbor has no registry of the name that it states."""
    return (condition(body, "Ready") or {}).get("reason") == "WaitingForRegistry"
