"""The simulator's database, clock, memory and prices behave like an installation's."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest
from aiohttp import ClientSession, CookieJar

from testbed.harbor import HarborSimulator
from testbed.harbor.costs import FAILED_LOGIN_SECONDS
from tests.support.api_caller import Reply
from tests.support.simulated_harbor import SimulatedHarbor, running

CURRENT = "/api/v2.0/users/current"
VALID_ROBOT = 412
DAY = 24 * 60 * 60


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with running(HarborSimulator()) as harbor:
        yield harbor


async def test_restoring_a_snapshot_brings_back_rows_and_numbers(harbor: SimulatedHarbor) -> None:
    await harbor.create_project("kept")
    robot = await harbor.create_robot("kept", "puller")
    snapshot = harbor.simulator.snapshot()
    await harbor.create_project("lost")
    await harbor.admin("DELETE", "/api/v2.0/robots/1")

    harbor.simulator.restore(snapshot)

    assert (await harbor.admin("GET", "/api/v2.0/projects/lost")).status == 404
    assert (await robot("GET", CURRENT)).status == VALID_ROBOT
    again = await harbor.admin("POST", "/api/v2.0/projects", {"project_name": "again"})
    assert again.headers["Location"] == "/api/v2.0/projects/3"


async def test_a_snapshot_can_be_restored_twice(harbor: SimulatedHarbor) -> None:
    snapshot = harbor.simulator.snapshot()

    for _ in range(2):
        await harbor.create_project("team")
        harbor.simulator.restore(snapshot)

    assert (await harbor.admin("GET", "/api/v2.0/projects/team")).status == 404


async def test_a_robot_expires_when_the_clock_passes_its_expiry(harbor: SimulatedHarbor) -> None:
    await harbor.create_project("team")
    robot = await harbor.create_robot("team", "puller", days=1)

    harbor.simulator.clock.offset_seconds = DAY - 60
    before = await robot("GET", CURRENT)
    harbor.simulator.clock.offset_seconds = DAY + 60
    after = await robot("GET", CURRENT)

    assert (before.status, after.status) == (VALID_ROBOT, 401)


async def test_a_restart_ends_sessions_and_keeps_the_database(harbor: SimulatedHarbor) -> None:
    await harbor.create_project("team")
    url, password = harbor.simulator.url, harbor.simulator.admin_password
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser:
        async with browser.get(f"{url}/c/login") as page:
            token = {"X-Harbor-CSRF-Token": page.headers["X-Harbor-CSRF-Token"]}
        form = {"principal": "admin", "password": password}
        async with browser.post(f"{url}/c/login", data=form, headers=token) as login:
            assert login.status == 200

        harbor.simulator.restart()

        async with browser.get(url + CURRENT) as reply:
            assert reply.status == 401
    assert (await harbor.admin("GET", "/api/v2.0/projects/team")).status == 200


async def test_a_changed_prefix_renames_every_robot_at_once(harbor: SimulatedHarbor) -> None:
    await harbor.create_project("team")
    robot = await harbor.create_robot("team", "puller")
    renamed = harbor.anonymous.signed_in("bot-team+puller", robot.password)

    await harbor.control("PUT", "/configuration", {"robot_name_prefix": "bot-"})

    assert (await robot("GET", CURRENT)).status == 401
    assert (await renamed("GET", CURRENT)).status == VALID_ROBOT


async def test_simultaneous_creations_of_one_name_have_one_winner(harbor: SimulatedHarbor) -> None:
    body = {"project_name": "team"}

    replies = await asyncio.gather(
        *(harbor.admin("POST", "/api/v2.0/projects", body) for _ in range(10))
    )

    assert sorted(reply.status for reply in replies) == [201, *[409] * 9]


async def first_refusal(harbor: SimulatedHarbor, meanwhile: asyncio.Future[Reply]) -> int | None:
    """The status that the right password is first refused with while another is tried."""
    while not meanwhile.done():
        reply = await harbor.admin("GET", CURRENT)
        if reply.status != HTTPStatus.OK:
            return reply.status
    return None


async def test_a_password_costs_time_and_a_wrong_one_locks_its_name() -> None:
    async with running(HarborSimulator(costs=True)) as harbor:
        loop = asyncio.get_running_loop()
        wrong = harbor.anonymous.signed_in("admin", "wrong")
        started = loop.time()
        right = await harbor.admin("GET", CURRENT)
        price_of_right = loop.time() - started
        failing = asyncio.ensure_future(wrong("GET", CURRENT))

        locked_out = await first_refusal(harbor, failing)
        failed = await failing

        assert (right.status, failed.status, locked_out) == (200, 401, 401)
        assert price_of_right > 0.03
        assert loop.time() - started >= FAILED_LOGIN_SECONDS
