"""Against the simulator: scanners, upstream registries, schedules and quotas."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from harbor_operator.harbor import HarborClient, NewRegistry, RegistryChange, ScheduleKind
from harbor_operator.harbor.errors import Conflict, InvalidRequest, PreconditionFailed
from testbed.harbor import HarborSimulator
from tests.support.api_caller import ApiCaller

HUB = NewRegistry(
    "hub",
    "docker-hub",
    "https://hub.example.com",
    description="upstream",
    access_key="bot",
    access_secret=SecretStr("s3cret"),
)
GARBAGE = {"delete_untagged": True, "workers": 2}
PURGE = {"audit_retention_hour": 48, "include_event_types": "create_artifact"}


@pytest.fixture
async def scanner(caller: ApiCaller) -> str:
    body = {"name": "own", "url": "https://scanner.example.com"}
    reply = await caller("POST", "/api/v2.0/scanners", body)
    return reply.headers["Location"].rpartition("/")[2]


async def test_a_project_has_no_scanner_until_harbor_has_one(
    admin: HarborClient, ship: int
) -> None:
    assert await admin.scanners.of_project(ship) is None
    assert await admin.scanners.candidates(ship) == []


async def test_a_scanner_is_chosen_among_the_candidates(
    admin: HarborClient, ship: int, scanner: str
) -> None:
    (candidate,) = await admin.scanners.candidates(ship)

    await admin.scanners.choose(ship, candidate.uuid)

    chosen = await admin.scanners.of_project(ship)
    assert chosen is not None
    assert (chosen.uuid, chosen.name) == (scanner, "own")


async def test_a_choice_of_no_scanner_is_accepted_and_means_the_default(
    admin: HarborClient, ship: int, scanner: str
) -> None:
    await admin.scanners.choose(ship, "nope")

    chosen = await admin.scanners.of_project(ship)
    assert chosen is not None
    assert (chosen.uuid, chosen.is_default) == (scanner, True)


async def test_a_registry_endpoint_is_found_with_its_secret_masked(admin: HarborClient) -> None:
    number = await admin.registries.create(HUB)

    endpoint = await admin.registries.find("hub")

    assert endpoint is not None
    assert (endpoint.id, endpoint.type, endpoint.url) == (number, HUB.type, HUB.url)
    assert (endpoint.description, endpoint.credential.access_key) == ("upstream", "bot")
    assert endpoint.credential.has_secret
    assert "s3cret" not in endpoint.credential.access_secret.get_secret_value()
    assert await admin.registries.find("hu") is None


async def test_a_moved_endpoint_forgets_its_secret_unless_it_comes_along(
    admin: HarborClient,
) -> None:
    number = await admin.registries.create(HUB)

    await admin.registries.update(number, RegistryChange(url="https://other.example.com"))
    moved = await admin.registries.find("hub")
    await admin.registries.update(number, RegistryChange(access_secret=SecretStr("new")))
    supplied = await admin.registries.find("hub")

    assert moved is not None
    assert (moved.url, moved.description) == ("https://other.example.com", "upstream")
    assert not moved.credential.has_secret
    assert supplied is not None
    assert supplied.credential.has_secret


async def test_a_taken_name_of_an_endpoint_is_a_conflict(admin: HarborClient) -> None:
    await admin.registries.create(HUB)

    with pytest.raises(Conflict):
        await admin.registries.create(replace(HUB, url="https://other.example.com"))


async def test_an_upstream_that_does_not_answer_is_refused(admin: HarborClient) -> None:
    with pytest.raises(InvalidRequest):
        await admin.registries.create(replace(HUB, url="http://127.0.0.1:1", insecure=True))


async def test_an_endpoint_stays_while_a_proxy_cache_uses_it(admin: HarborClient) -> None:
    number = await admin.registries.create(HUB)
    cache = await admin.projects.create("cache", metadata={}, registry_id=number)

    project = await admin.projects.get_by_id(cache)
    assert project is not None
    assert project.registry_id == number
    assert "retention_id" in project.metadata
    with pytest.raises(PreconditionFailed):
        await admin.registries.delete(number)
    await admin.projects.delete(cache)
    await admin.registries.delete(number)
    assert await admin.registries.list() == []


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (ScheduleKind.GARBAGE_COLLECTION, GARBAGE),
        (ScheduleKind.SCAN_ALL, {}),
        (ScheduleKind.AUDIT_LOG_PURGE, PURGE),
    ],
    ids=["collection", "scans", "purge"],
)
@pytest.mark.usefixtures("scanner")
async def test_a_schedule_is_set_changed_and_dropped(
    admin: HarborClient, kind: ScheduleKind, parameters: dict[str, object]
) -> None:
    assert await admin.schedules.get(kind) is None

    await admin.schedules.set(kind, "0 0 4 * * *", parameters, exists=False)
    first = await admin.schedules.get(kind)
    await admin.schedules.set(kind, "0 0 5 * * *", parameters, exists=True)
    second = await admin.schedules.get(kind)
    await admin.schedules.clear(kind)

    assert first is not None
    assert (first.type, first.cron) == ("Custom", "0 0 4 * * *")
    assert parameters.items() <= dict(first.parameters).items()
    assert second is not None
    assert second.cron == "0 0 5 * * *"
    assert await admin.schedules.get(kind) is None


async def test_scans_cannot_be_scheduled_without_a_scanner(admin: HarborClient) -> None:
    with pytest.raises(PreconditionFailed):
        await admin.schedules.get(ScheduleKind.SCAN_ALL)


@pytest.mark.usefixtures("scanner")
async def test_a_second_schedule_of_scans_is_not_a_first_one(admin: HarborClient) -> None:
    await admin.schedules.set(ScheduleKind.SCAN_ALL, "0 0 4 * * *", {}, exists=False)

    with pytest.raises(PreconditionFailed):
        await admin.schedules.set(ScheduleKind.SCAN_ALL, "0 0 5 * * *", {}, exists=False)


async def test_quotas_of_all_projects_are_listed_with_their_projects(
    admin: HarborClient, ship: int
) -> None:
    quotas = {quota.project_id: quota for quota in await admin.quotas.list()}

    assert quotas[ship] == await admin.quotas.get(ship)
    assert len(quotas) == 2


async def test_the_list_of_the_system_is_read_by_everybody_who_is_known(
    admin: HarborClient, narrow: HarborClient, caller: ApiCaller
) -> None:
    before = await narrow.system.cve_allowlist()
    body = {"items": [{"cve_id": "CVE-2023-0286"}], "expires_at": 1_900_000_000}
    await caller("PUT", "/api/v2.0/system/CVEAllowlist", body)

    listed = await narrow.system.cve_allowlist()

    assert before.ids == frozenset()
    assert (listed.ids, listed.expires_at) == (frozenset({"CVE-2023-0286"}), 1_900_000_000)
    assert await admin.system.cve_allowlist() == listed


async def test_parts_that_do_not_work_are_told_to_everybody(
    admin: HarborClient, harbor: HarborSimulator
) -> None:
    assert (await admin.system.health()).unhealthy == ()

    harbor.core.component_errors["jobservice"] = "no connection to redis"

    assert (await admin.system.health()).unhealthy == ("jobservice",)
