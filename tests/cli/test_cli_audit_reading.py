"""Harbor's audit log is read as far as the login may."""

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from harbor_operator.cli.audit.reading import Period, read_audit, reads_everything, unmanaged
from harbor_operator.cli.audit.subjects import (
    Subject,
)
from harbor_operator.cli.audit.usage import (
    Standing,
)
from harbor_operator.core.ownership import Mark
from harbor_operator.harbor import (
    NEVER_EXPIRES,
    Access,
    HarborClient,
    NewRobot,
    Permission,
    RobotLevel,
)
from testbed.harbor import HarborSimulator
from tests.support.api_caller import ApiCaller
from tests.support.fake_registry import FakeRegistry
from tests.support.harbor_clients import PULLER, client_for
from tests.support.image import push
from tests.support.simulated_harbor import SimulatedHarbor, running

DAY: Final = timedelta(days=1)
LIMIT: Final = 90 * DAY
STREAM: Final = io.StringIO()


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    """A Harbor with an image in project ship."""
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("ship")
        await push(harbor.admin, "ship/app", "1")
        yield harbor


@pytest.fixture
async def admin(harbor: SimulatedHarbor) -> AsyncIterator[HarborClient]:
    simulator = harbor.simulator
    async with client_for(simulator, simulator.admin_username, simulator.admin_password) as client:
        yield client


async def pull(caller: ApiCaller) -> None:
    await caller("GET", "/v2/ship/app/manifests/1")


def period(harbor: SimulatedHarbor) -> Period:
    now = harbor.simulator.clock.now()
    return Period(now - 30 * DAY, LIMIT, now)


def of_ship(name: str, created: datetime | None = None) -> Subject:
    """A robot of project ship by its account's name."""
    return Subject("ci", "payments", name, created=created, projects=("ship",))


async def test_pulls_are_found_by_all_accounts_of_a_robot(
    harbor: SimulatedHarbor, admin: HarborClient
) -> None:
    for name in ("ci-1", "ci-2", "ci-2-other"):
        await pull(await harbor.create_robot("ship", name))

    audit = await read_audit(
        admin, [of_ship("robot$ship+ci-2"), of_ship("robot$ship+no-1")], period(harbor), (), STREAM
    )

    used = {one.username: (one.pulls, one.standing) for one in audit.usages}
    assert used == {
        "robot$ship+ci-2": (2, Standing.USED),
        "robot$ship+no-1": (0, Standing.UNKNOWN),
    }
    assert audit.usages[-1].images == ("ship/app:1",)
    assert audit.reaches is not None


async def test_a_robot_is_unused_once_the_log_reaches_back_far_enough(
    harbor: SimulatedHarbor, admin: HarborClient
) -> None:
    await pull(await harbor.create_robot("ship", "ci-1"))
    harbor.simulator.clock.offset_seconds = int(100 * DAY.total_seconds())
    subjects = [of_ship("robot$ship+ci-1"), of_ship("robot$ship+no-1")]

    audit = await read_audit(admin, subjects, period(harbor), (), STREAM)

    assert [one.standing for one in audit.usages] == [Standing.UNUSED, Standing.UNUSED]
    assert audit.unused == 2


async def test_a_log_without_pulls_proves_nothing(
    harbor: SimulatedHarbor, admin: HarborClient
) -> None:
    audit = await read_audit(admin, [of_ship("robot$ship+no-1")], period(harbor), (), STREAM)

    assert audit.usages[0].standing is Standing.UNKNOWN
    assert audit.notes == (
        "the log tells of no pull at all: is writing it switched off, or purged?",
    )


@pytest.mark.parametrize(
    ("kind", "resource", "whole"),
    [("system", "audit-log", True), ("project", "log", False), ("project", "tag", False)],
)
async def test_a_robot_reads_the_logs_that_it_may(
    kind: str, resource: str, *, whole: bool, harbor: SimulatedHarbor, admin: HarborClient
) -> None:
    await pull(await harbor.create_robot("ship", "ci-1"))
    place = "/" if kind == "system" else "ship"
    access = frozenset({Access(resource=resource, action="list")})
    rights = (Permission(kind=kind, namespace=place, access=access),)
    reader = await admin.robots.create(
        NewRobot("reader", RobotLevel.SYSTEM, NEVER_EXPIRES, description="", permissions=rights)
    )

    async with client_for(harbor.simulator, reader.name, reader.secret) as client:
        assert await reads_everything(client) is whole
        audit = await read_audit(client, [of_ship("robot$ship+ci-1")], period(harbor), (), STREAM)

    (usage,) = audit.usages
    expected = Standing.UNKNOWN if resource == "tag" else Standing.USED
    assert usage.standing is expected


async def test_accounts_that_nobody_manages_are_listed(admin: HarborClient) -> None:
    await admin.robots.create(
        replace(PULLER, name="ours-1", description=Mark("c", "n", "o", "u").text())
    )
    await admin.robots.create(replace(PULLER, name="theirs", description="by hand"))

    subjects, notes = await unmanaged(admin)

    assert [one.username for one in subjects] == ["robot$ship+theirs"]
    assert notes == []


async def test_accounts_that_may_not_be_listed_are_left_out_with_a_note(
    harbor: SimulatedHarbor, admin: HarborClient
) -> None:
    made = await admin.robots.create(PULLER)

    async with client_for(harbor.simulator, made.name, made.secret) as client:
        subjects, notes = await unmanaged(client)

    assert subjects == []
    assert notes == [
        "accounts of the system, library, ship are left out: the login may not list them"
    ]
