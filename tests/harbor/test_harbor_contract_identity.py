"""Against the simulator: who the client is, and what Harbor's moods do to it."""

import asyncio
from datetime import timedelta

import pytest

from harbor_operator.harbor import (
    HarborClient,
    Identity,
    IdentityKind,
)
from harbor_operator.harbor.errors import (
    AuthenticationFailed,
    ReadOnlyMode,
    Unreachable,
)
from harbor_operator.harbor.models import Configuration
from testbed.harbor import HarborSimulator
from tests.support.harbor_clients import NARROW, client_for

USER = Identity(IdentityKind.USER, "admin")


async def test_fifty_parallel_requests_of_a_user_cost_one_login(
    harbor: HarborSimulator, admin: HarborClient
) -> None:
    identities = await asyncio.gather(*(admin.system.probe() for _ in range(50)))

    assert identities == [USER] * 50
    assert harbor.requests.count("POST", "/c/login") == 1


async def test_a_restart_of_harbor_costs_one_more_login_and_no_error(
    harbor: HarborSimulator, admin: HarborClient, ship: int
) -> None:
    harbor.restart()

    reads = asyncio.gather(*(admin.projects.get("ship") for _ in range(10)))
    writes = asyncio.gather(
        *(admin.projects.update(ship, metadata={"public": "false"}) for _ in range(10))
    )
    await asyncio.gather(reads, writes)

    assert harbor.requests.count("POST", "/c/login") == 2


@pytest.mark.usefixtures("ship")
async def test_an_expired_session_does_not_hide_private_projects(
    harbor: HarborSimulator, admin: HarborClient
) -> None:
    harbor.clock.offset_seconds += timedelta(hours=2).total_seconds()

    names = [project.name for project in await admin.projects.list()]

    assert names == ["library", "ship"]


async def test_a_robot_needs_no_login(harbor: HarborSimulator, narrow: HarborClient) -> None:
    harbor.requests.reset()

    identity = await narrow.system.probe()

    assert identity == Identity(IdentityKind.ROBOT, "robot$narrow")
    assert harbor.requests.count("POST", "/c/login") == 0


async def test_a_robot_under_another_prefix_is_recognised() -> None:
    async with (
        HarborSimulator(robot_name_prefix="bot_") as harbor,
        client_for(harbor, harbor.admin_username, harbor.admin_password) as admin,
    ):
        created = await admin.robots.create(NARROW)
        async with client_for(harbor, created.name, created.secret) as robot:
            identity = await robot.system.probe()

    assert identity == Identity(IdentityKind.ROBOT, "bot_narrow")


@pytest.mark.parametrize("username", ["admin", "nobody", "robot$narrow"])
async def test_wrong_credentials_are_anonymous(harbor: HarborSimulator, username: str) -> None:
    async with client_for(harbor, username, "Wrong12345") as client:
        identity = await client.system.probe()
        with pytest.raises(AuthenticationFailed):
            await client.projects.list()

    assert identity == Identity(IdentityKind.ANONYMOUS, "")


async def test_a_robot_deleted_meanwhile_is_anonymous(
    admin: HarborClient, narrow: HarborClient
) -> None:
    await narrow.system.probe()
    for robot in await admin.robots.list_system():
        await admin.robots.delete(robot.id)

    assert await narrow.system.probe() == Identity(IdentityKind.ANONYMOUS, "")


async def test_a_user_learns_version_and_token_lifetime(admin: HarborClient) -> None:
    info = await admin.system.info()

    assert info.harbor_version == "v2.16.0-c50c7ddd"
    assert info.registry_url
    configuration = await admin.system.configuration()
    assert (configuration.token_minutes, configuration.robot_prefix) == (30, "robot$")


async def test_a_robot_may_not_know_the_configuration_or_the_catalogue(
    narrow: HarborClient,
) -> None:
    assert await narrow.system.configuration() == Configuration()
    assert await narrow.system.permissions() is None


async def test_the_catalogue_says_what_robots_can_be_given(admin: HarborClient) -> None:
    catalogue = await admin.system.permissions()

    assert catalogue is not None
    assert {"pull", "push"} <= {
        right.action for right in catalogue.project if right.resource == "repository"
    }


async def test_the_clock_is_harbors(harbor: HarborSimulator, admin: HarborClient) -> None:
    harbor.clock.offset_seconds = timedelta(days=400).total_seconds()

    await admin.system.info()

    assert abs(admin.clock.skew(harbor.clock.now())) < timedelta(seconds=2)


async def test_read_only_mode_refuses_writes_for_a_while(
    harbor: HarborSimulator, admin: HarborClient, ship: int
) -> None:
    harbor.faults.read_only = True

    with pytest.raises(ReadOnlyMode):
        await admin.projects.update(ship, metadata={"auto_scan": "true"})

    assert await admin.projects.get("ship") is not None


async def test_a_read_survives_a_short_outage(
    harbor: HarborSimulator, admin: HarborClient, ship: int
) -> None:
    harbor.faults.add_status(503, "GET", "/api/v2.0/projects/*", times=2)

    project = await admin.projects.get("ship")

    assert project is not None
    assert project.id == ship


async def test_a_harbor_that_is_down_is_unreachable(
    harbor: HarborSimulator, admin: HarborClient
) -> None:
    harbor.faults.down = True

    with pytest.raises(Unreachable):
        await admin.system.probe()
