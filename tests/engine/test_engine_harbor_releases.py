"""What the engine makes of older releases of Harbor: the same, or a message that says why not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from testbed.harbor import HarborSimulator
from testbed.harbor.release import PROFILES, Release
from tests.support.cluster import condition
from tests.support.custom_resources import Json
from tests.support.loop_clock import LoopClock
from tests.support.robot_bench import ADMIN_PASSWORD, TEAM, RobotBench

OVERLAP = 3601.0
PULL = {"resource": "repository", "action": "pull"}
LOGIN: Json = {
    "name": "operator",
    "level": "system",
    "duration": -1,
    "permissions": [
        {
            "kind": "system",
            "namespace": "/",
            "access": [{"resource": "project", "action": "create"}],
        },
        {
            "kind": "project",
            "namespace": "*",
            "access": [
                PULL,
                *({"resource": "robot", "action": a} for a in ("create", "read", "list", "delete")),
            ],
        },
    ],
}
"""A system robot that may make projects, and robots that pull."""


@asynccontextmanager
async def bench_of(version: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RobotBench]:
    async with HarborSimulator(admin_password=ADMIN_PASSWORD, version=version) as harbor:
        bench = RobotBench(harbor, LoopClock(monkeypatch))
        yield bench
        await bench.close()


async def log_in_as_robot(bench: RobotBench) -> None:
    """Connect with a system robot's login, which is the connection's only one."""
    made = await bench.admin_call("POST", "/robots", LOGIN)
    await bench.begin(made["name"], made["secret"])


async def message(bench: RobotBench) -> str:
    told = condition({"status": await bench.status()}, "Stalled") or {}
    assert told["status"] == "True"
    return str(told["message"])


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_robot_is_made_and_replaced(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench_of(profile, monkeypatch) as bench:
        await bench.begin()
        await bench.robot()
        before = await bench.login()

        await bench.travel(61)
        await bench.annotate("rotate-requested-at", "once")
        await bench.look()
        after = await bench.login()
        assert (await bench.works(before), await bench.works(after)) == (True, True)
        await bench.travel(OVERLAP)
        await bench.look()

        assert (await bench.works(before), await bench.works(after)) == (False, True)
        assert await bench.told() == ("True", "Succeeded")


@pytest.mark.parametrize("version", ["2.14", "2.15", "2.16", "v2.14.1-0a1b2c3d"])
async def test_a_login_that_is_a_robot_makes_robots(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench_of(version, monkeypatch) as bench:
        await log_in_as_robot(bench)

        await bench.robot()

        assert await bench.told() == ("True", "Succeeded")
        assert await bench.works(await bench.login())


@pytest.mark.parametrize("version", ["2.12", "2.13", "v2.14.0-0a1b2c3d"])
async def test_an_older_harbor_lets_no_robot_make_robots_and_the_object_says_so(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench_of(version, monkeypatch) as bench:
        await log_in_as_robot(bench)

        await bench.robot()

        told = await message(bench)
        assert await bench.told() == ("False", "PermissionDenied")
        assert f"Harbor {bench.harbor.core.release.version}" in told
        assert "2.14.1" in told
        assert "give it more rights" not in told


async def test_the_robot_is_made_once_harbor_is_upgraded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with bench_of("v2.14.0-0a1b2c3d", monkeypatch) as bench:
        await log_in_as_robot(bench)
        await bench.robot()

        bench.harbor.core.release = Release("v2.14.1-0a1b2c3d")
        await bench.look_at_connection()
        await bench.look()

        assert await bench.told() == ("True", "Succeeded")


async def test_a_right_that_is_missing_on_a_newer_harbor_is_still_what_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with bench_of("2.16", monkeypatch) as bench:
        await log_in_as_robot(bench)

        await bench.robot(access=[{"projectRef": {"name": TEAM}, "preset": "PullPush"}])

        assert "give it more rights" in await message(bench)
