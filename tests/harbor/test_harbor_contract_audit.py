"""Against the simulator: the audit log."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from harbor_operator.harbor import (
    NEVER_EXPIRES,
    Access,
    AuditEntry,
    AuditFilter,
    HarborClient,
    NewRobot,
    Permission,
    RobotLevel,
)
from harbor_operator.harbor.errors import NotFound, PermissionDenied
from testbed.harbor import HarborSimulator
from tests.support.api_caller import ApiCaller
from tests.support.fake_registry import FakeRegistry
from tests.support.harbor_clients import PULLER, client_for
from tests.support.image import MANIFEST, digest_of, push

PULLS = AuditFilter(operation="pull")


def reader(name: str, kind: str, resource: str) -> NewRobot:
    access = frozenset({Access(resource=resource, action="list")})
    namespace = "/" if kind == "system" else "ship"
    permission = Permission(kind=kind, namespace=namespace, access=access)
    return NewRobot(
        name, RobotLevel.SYSTEM, NEVER_EXPIRES, description="", permissions=(permission,)
    )


@pytest.fixture
async def harbor() -> AsyncIterator[HarborSimulator]:
    async with (
        FakeRegistry() as registry,
        HarborSimulator(registry_url=registry.url) as simulator,
    ):
        yield simulator


async def pull(caller: ApiCaller, times: int) -> None:
    for _ in range(times):
        await caller("GET", "/v2/ship/app/manifests/1")


async def taken(entries: AsyncIterator[AuditEntry]) -> list[AuditEntry]:
    return [entry async for entry in entries]


@pytest.mark.usefixtures("ship")
async def test_a_robots_pulls_are_found_by_its_full_name(
    harbor: HarborSimulator, admin: HarborClient, caller: ApiCaller
) -> None:
    await push(caller, "ship/app", "1")
    robot = await admin.robots.create(PULLER)
    await pull(caller.signed_in(robot.name, robot.secret.get_secret_value()), 1)
    await pull(caller, 1)

    found = await taken(admin.audit_logs.entries(AuditFilter(username=robot.name)))

    assert [(entry.username, entry.operation, entry.resource) for entry in found] == [
        ("robot$ship+puller", "pull", "ship/app:1")
    ]
    assert found[0].description == f"pull artifact: ship/app@{digest_of(MANIFEST)}"
    assert found[0].successful
    assert abs(found[0].op_time - harbor.clock.now()) < timedelta(minutes=1)


@pytest.mark.usefixtures("ship")
async def test_the_newest_comes_first_over_several_pages(
    admin: HarborClient, caller: ApiCaller
) -> None:
    await push(caller, "ship/app", "1")
    await pull(caller, 230)

    ids = [entry.id for entry in await taken(admin.audit_logs.entries(PULLS))]

    assert len(ids) == 230
    assert ids == sorted(set(ids), reverse=True)


@pytest.mark.usefixtures("ship")
async def test_what_is_written_meanwhile_moves_nothing(
    admin: HarborClient, caller: ApiCaller
) -> None:
    await push(caller, "ship/app", "1")
    await pull(caller, 150)
    ids: list[int] = []

    async for entry in admin.audit_logs.entries(PULLS):
        if len(ids) == 99:
            await pull(caller, 7)
        ids.append(entry.id)

    assert (len(ids), len(set(ids))) == (150, 150)


@pytest.mark.usefixtures("ship")
async def test_no_page_is_read_that_nobody_takes(
    harbor: HarborSimulator, admin: HarborClient, caller: ApiCaller
) -> None:
    await push(caller, "ship/app", "1")
    await pull(caller, 150)
    harbor.requests.reset()

    async for _ in admin.audit_logs.entries(PULLS):
        break

    logs = [kind for kind in harbor.requests.counts if kind.template.endswith("auditlog-exts")]
    assert [harbor.requests.counts[kind] for kind in logs] == [1]


@pytest.mark.usefixtures("ship")
async def test_entries_are_chosen_by_time(
    harbor: HarborSimulator, admin: HarborClient, caller: ApiCaller
) -> None:
    await push(caller, "ship/app", "1")
    await pull(caller, 1)
    harbor.clock.offset_seconds = 86400
    await pull(caller, 2)
    border = harbor.clock.now() - timedelta(hours=12)

    later = await taken(admin.audit_logs.entries(AuditFilter(operation="pull", since=border)))
    earlier = await taken(admin.audit_logs.entries(AuditFilter(operation="pull", until=border)))

    assert (len(later), len(earlier)) == (2, 1)


@pytest.mark.usefixtures("ship")
async def test_how_far_the_log_reaches_is_told_by_its_oldest_entry(
    admin: HarborClient, caller: ApiCaller
) -> None:
    await push(caller, "ship/app", "1")
    assert await admin.audit_logs.oldest(PULLS) is None

    await pull(caller, 3)
    oldest = await admin.audit_logs.oldest(PULLS)

    entries = await taken(admin.audit_logs.entries(PULLS))
    assert oldest == entries[-1]
    assert await admin.audit_logs.oldest(PULLS, project="ship") == oldest
    with pytest.raises(NotFound):
        await admin.audit_logs.oldest(project="none")


@pytest.mark.usefixtures("ship")
async def test_a_project_has_a_log_of_its_own(admin: HarborClient, caller: ApiCaller) -> None:
    await admin.projects.create("other", metadata={})
    await push(caller, "ship/app", "1")
    await push(caller, "other/app", "1")

    pushes = AuditFilter(operation="create", resource_type="artifact")
    found = await taken(admin.audit_logs.entries(pushes, project="other"))

    assert [entry.resource for entry in found] == ["other/app:1"]
    with pytest.raises(NotFound):
        await taken(admin.audit_logs.entries(project="none"))


@pytest.mark.usefixtures("ship")
async def test_a_robot_reads_what_it_may(harbor: HarborSimulator, admin: HarborClient) -> None:
    system = await admin.robots.create(reader("auditor", "system", "audit-log"))
    project = await admin.robots.create(reader("logger", "project", "log"))

    async with (
        client_for(harbor, system.name, system.secret) as auditor,
        client_for(harbor, project.name, project.secret) as logger,
    ):
        all_entries = await taken(auditor.audit_logs.entries())
        own = await taken(logger.audit_logs.entries(project="ship"))
        nothing = await taken(logger.audit_logs.entries())
        with pytest.raises(PermissionDenied):
            await taken(auditor.audit_logs.entries(project="ship"))

    assert {entry.resource for entry in all_entries} >= {"ship", "robot$auditor"}
    assert [(entry.operation, entry.resource) for entry in own] == [("create", "ship")]
    assert nothing == []


async def test_the_log_of_an_older_harbor_is_read_too() -> None:
    async with (
        HarborSimulator(version="2.12") as harbor,
        client_for(harbor, harbor.admin_username, harbor.admin_password) as admin,
    ):
        await admin.projects.create("ship", metadata={})

        found = await taken(admin.audit_logs.entries())
        own = await taken(admin.audit_logs.entries(project="ship"))
        oldest = await admin.audit_logs.oldest()

    assert oldest == found[-1]
    assert [(entry.operation, entry.resource, entry.description) for entry in found] == [
        ("create", "ship", "")
    ]
    assert own == found
