"""Refresh, revoke and disabled, from the object to a simulated Harbor and back."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from testbed.harbor import HarborSimulator
from testbed.harbor.faults import Fault, FaultKind
from tests.support.loop_clock import LoopClock
from tests.support.robot_bench import ADMIN_PASSWORD, TEAM, RobotBench

REFRESH: dict[str, Any] = {"rotation": {"strategy": "Refresh", "every": "240h"}}
ROTATE, REVOKE = "rotate-requested-at", "revoke-requested-at"
ROBOTS_PATH, ROBOT_PATH = "/api/v2.0/robots", "/api/v2.0/robots/{id}"
OVERLAP = 3601.0
DAY = 86400.0


@pytest_asyncio.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RobotBench]:
    async with HarborSimulator(admin_password=ADMIN_PASSWORD) as harbor:
        made = RobotBench(harbor, LoopClock(monkeypatch))
        await made.begin()
        yield made
        await made.close()


async def as_a_robot(bench: RobotBench) -> None:
    """Let the connection log in as a robot that may make robots for others."""
    access = [
        {"resource": "robot", "action": action} for action in ("create", "read", "list", "delete")
    ]
    access.append({"resource": "repository", "action": "pull"})
    access.append({"resource": "project", "action": "read"})
    made = await bench.admin_call(
        "POST",
        "/robots",
        {
            "name": "operator",
            "level": "system",
            "duration": -1,
            "permissions": [{"kind": "project", "namespace": "*", "access": access}],
        },
    )
    bench.put_login(made["name"], made["secret"])
    await bench.look_at_connection()


async def test_a_refresh_keeps_the_user_name_and_ends_the_old_secret(bench: RobotBench) -> None:
    await bench.robot(**REFRESH)
    before = await bench.login()
    await bench.travel(5)

    await bench.annotate(ROTATE, "today")
    await bench.look()

    after, status = await bench.login(), await bench.status()
    assert after["username"] == before["username"]
    assert (await bench.works(after), await bench.works(before)) == (True, False)
    assert bench.numbers == [1]
    assert status["lastHandledRotateAt"] == "today"
    assert [entry["reason"] for entry in status["history"]] == ["Requested", "Created"]
    assert await bench.told() == ("True", "Succeeded")


async def test_a_refresh_asks_harbor_once_for_each_step(bench: RobotBench) -> None:
    await bench.robot(**REFRESH)
    await bench.annotate(ROTATE, "today")
    await bench.look()

    assert bench.harbor.requests.count("PATCH", ROBOT_PATH) == 1
    assert bench.harbor.requests.count("POST", ROBOTS_PATH) == 1


async def test_the_next_refresh_follows_the_schedule_and_the_last_one_makes_a_robot(
    bench: RobotBench,
) -> None:
    await bench.robot(**REFRESH, lifetimeDays=25)
    first = await bench.login()

    await bench.travel(10 * DAY + 5)
    await bench.look()
    second = await bench.login()
    await bench.travel(10 * DAY + 5)
    await bench.look()
    third = await bench.login()

    assert (second["username"], second["password"] != first["password"]) == (
        first["username"],
        True,
    )
    assert third["username"] != second["username"]
    assert (await bench.works(third), await bench.works(second)) == (True, True)
    assert [entry["reason"] for entry in (await bench.status())["history"]] == [
        "Due",
        "Due",
        "Created",
    ]


@pytest.mark.parametrize("verb", ["before", "after"])
async def test_a_crash_around_the_patch_leads_on_from_the_ledger(
    bench: RobotBench, verb: str
) -> None:
    await bench.robot(**REFRESH)
    before = await bench.login()
    bench.harbor.faults.add_drop("PATCH", "*/robots/*", times=1, after_effect=verb == "after")
    await bench.annotate(ROTATE, "today")
    await bench.look()
    pending = (await bench.ledger())["pending"]["password"]

    await bench.restart()
    await bench.look()

    after = await bench.login()
    assert after == {**before, "password": pending}
    assert await bench.works(after)
    assert "pending" not in await bench.ledger()


async def test_switching_to_replace_in_the_middle_finishes_the_refresh(bench: RobotBench) -> None:
    await bench.robot(**REFRESH)
    before = await bench.login()
    bench.harbor.faults.add_drop("PATCH", "*/robots/*", times=1, after_effect=True)
    await bench.annotate(ROTATE, "today")
    await bench.look()

    await bench.change(rotation={"strategy": "Replace"})
    await bench.look()

    after = await bench.login()
    assert (after["username"], await bench.works(after)) == (before["username"], True)
    assert (bench.numbers, (await bench.status())["lastHandledRotateAt"]) == ([1], "today")


async def test_switching_to_refresh_in_the_middle_finishes_the_replacement(
    bench: RobotBench,
) -> None:
    await bench.robot()
    bench.harbor.faults.add(Fault(FaultKind.STATUS, "POST", "*/robots", status=503, remaining=1))
    await bench.annotate(ROTATE, "today")
    await bench.look()

    await bench.change(**REFRESH)
    await bench.look()

    assert bench.numbers == [1, 2]
    assert await bench.works(await bench.login())


async def test_a_secret_that_was_changed_in_harbor_is_set_again(bench: RobotBench) -> None:
    """As a late PATCH of a frozen operator would change it, which nothing can prevent."""
    await bench.robot(**REFRESH)
    before = await bench.login()
    bench.accounts[0].secret = "Somebody-Elses-1"
    await bench.travel(31)

    await bench.look_until_proven()

    assert (await bench.login(), bench.numbers) == (before, [1])
    assert await bench.works(before)
    assert await bench.told() == ("True", "Succeeded")


async def test_a_secret_is_set_on_no_robot_that_lost_our_mark(bench: RobotBench) -> None:
    await bench.robot(**REFRESH)
    bench.accounts[0].description = "somebody's"
    await bench.annotate(ROTATE, "today")
    await bench.travel(61)

    await bench.look()

    assert bench.harbor.requests.count("PATCH", ROBOT_PATH) == 0
    assert bench.numbers == [1, 2]


async def test_a_connection_that_is_a_robot_cannot_refresh(bench: RobotBench) -> None:
    await as_a_robot(bench)
    await bench.robot(**REFRESH)

    assert await bench.told() == ("False", "PermissionDenied")
    assert await bench.told("Stalled") == ("True", "PermissionDenied")
    assert bench.accounts == []


async def test_a_revoke_replaces_at_once_without_an_overlap(bench: RobotBench) -> None:
    await bench.robot()
    before = await bench.login()
    await bench.annotate(ROTATE, "earlier")
    await bench.look()
    second = await bench.login()

    await bench.annotate(REVOKE, "leak")
    await bench.look()

    after, status = await bench.login(), await bench.status()
    worked = [await bench.works(login) for login in (before, second, after)]
    assert (worked, bench.numbers) == ([False, False, True], [3])
    assert status["lastHandledRevokeAt"] == "leak"
    assert status["history"][0]["reason"] == "Revoked"


async def test_a_revoke_is_handled_once_across_restarts(bench: RobotBench) -> None:
    await bench.robot()
    await bench.annotate(REVOKE, "leak")
    await bench.look()
    await bench.restart()

    await bench.look()
    await bench.travel(OVERLAP)
    await bench.look()

    assert bench.numbers == [2]


async def test_a_crash_in_a_revoke_does_it_once(bench: RobotBench) -> None:
    await bench.robot()
    bench.harbor.faults.add_drop("POST", "*/robots", times=1, after_effect=True)
    await bench.annotate(REVOKE, "leak")
    await bench.look()
    await bench.restart()

    await bench.look()
    await bench.look()

    assert len(bench.numbers) == 1
    status = await bench.status()
    assert await bench.works(await bench.login())
    assert status["lastHandledRevokeAt"] == "leak"
    assert [(e["reason"], e["result"]) for e in status["history"]] == [
        ("Revoked", "Succeeded"),
        ("Revoked", "Abandoned"),
        ("Created", "Succeeded"),
    ]


async def test_a_revoke_of_a_suspended_robot_waits_for_its_end(bench: RobotBench) -> None:
    await bench.robot()
    await bench.change(suspend=True)
    await bench.annotate(REVOKE, "leak")
    await bench.look()
    suspended = bench.numbers

    await bench.change(suspend=False)
    await bench.look()

    assert (suspended, bench.numbers) == ([1], [2])


async def test_a_revoke_with_refresh_changes_the_secret_at_once(bench: RobotBench) -> None:
    await bench.robot(**REFRESH)
    before = await bench.login()

    await bench.annotate(REVOKE, "leak")
    await bench.look()

    after = await bench.login()
    assert after["username"] == before["username"]
    assert (await bench.works(after), await bench.works(before)) == (True, False)
    assert (await bench.status())["lastHandledRevokeAt"] == "leak"


async def test_revokes_in_a_row_wait_longer_and_longer(bench: RobotBench) -> None:
    await bench.robot()
    await bench.annotate(REVOKE, "first")
    await bench.look()

    await bench.annotate(REVOKE, "second")
    outcome = await bench.look()
    at_once = bench.numbers
    await bench.travel(61)
    await bench.look()

    assert outcome.delay is not None
    assert 50 < outcome.delay < 62
    assert (at_once, bench.numbers) == ([2], [3])


async def test_a_disabled_robot_is_switched_off_and_on_again(bench: RobotBench) -> None:
    await bench.robot()
    await bench.change(disabled=True)
    await bench.look()
    off = (bench.accounts[0].disabled, await bench.told(), await bench.told("CredentialValid"))

    await bench.change(disabled=False)
    await bench.look()

    assert off == (True, ("True", "RobotDisabled"), ("False", "RobotDisabled"))
    assert (bench.accounts[0].disabled, await bench.told()) == (False, ("True", "Succeeded"))
    assert bench.numbers == [1]


async def test_a_persons_choice_in_harbor_is_respected(bench: RobotBench) -> None:
    await bench.robot()
    bench.accounts[0].disabled = True
    await bench.look()

    assert bench.accounts[0].disabled
    assert await bench.told("Stalled") == ("True", "RobotDisabled")


async def test_a_connection_that_is_a_robot_cannot_switch(bench: RobotBench) -> None:
    await as_a_robot(bench)
    await bench.robot(disabled=True)

    assert await bench.told("Stalled") == ("True", "PermissionDenied")


async def test_a_new_robot_that_fails_is_told(bench: RobotBench) -> None:
    await bench.robot()
    bench.harbor.faults.add(Fault(FaultKind.STATUS, "GET", "/service/token", status=503))
    await bench.annotate(ROTATE, "today")
    await bench.look()
    bench.harbor.faults.clear()
    del bench.harbor.state.robots[bench.accounts[-1].id]
    await bench.travel(61)

    await bench.look()

    history = (await bench.status())["history"]
    assert [(entry["reason"], entry["result"]) for entry in history] == [
        ("Requested", "Succeeded"),
        ("Requested", "Failed"),
        ("Created", "Succeeded"),
    ]
    assert len(await bench.events("RotationFailed")) == 1


async def revocation(bench: RobotBench) -> tuple[int, int, int]:
    """Total, done and failed of the connection's revoke."""
    seen = (await bench.connection_status())["revocation"]
    return seen["total"], seen["done"], seen["failed"]


async def test_a_revoke_on_the_connection_replaces_every_robot_canaries_first(
    bench: RobotBench,
) -> None:
    for name in ("canary", "one", "two"):
        await bench.robot(name)
    await bench.label("canary", "canary", "true")
    before = [await bench.login(name) for name in ("canary", "one", "two")]

    await bench.annotate_connection(REVOKE, "breach")
    first = await bench.look_at_connection()
    for name in ("one", "two", "canary"):
        await bench.look(name)
    after_canary = [await bench.works(login) for login in before]
    await bench.look_at_connection()
    for name in ("one", "two"):
        await bench.look(name)
    done = await bench.look_at_connection()

    assert first.delay == 5.0
    assert after_canary == [False, True, True]
    assert [await bench.works(login) for login in before] == [False, False, False]
    assert await revocation(bench) == (3, 3, 0)
    assert (await bench.connection_status())["lastHandledRevokeAt"] == "breach"
    assert done.delay == 600.0
    assert (await bench.status("one"))["lastHandledConnectionRevokeAt"] == "breach"


async def test_it_goes_on_after_a_restart_and_repeats_nobody(bench: RobotBench) -> None:
    for name in ("one", "two"):
        await bench.robot(name)
    await bench.annotate_connection(REVOKE, "breach")
    await bench.look_at_connection()
    await bench.look("one")

    await bench.restart()
    for name in ("one", "two"):
        await bench.look(name)
    await bench.look_at_connection()
    await bench.restart()
    for name in ("one", "two"):
        await bench.look(name)

    assert sorted(bench.numbers) == [2, 2]
    assert await revocation(bench) == (2, 2, 0)


async def test_a_canary_that_fails_holds_the_others(bench: RobotBench) -> None:
    for name in ("canary", "one"):
        await bench.robot(name)
    await bench.label("canary", "canary", "true")
    await bench.change("canary", suspend=False)
    bench.harbor.faults.add(Fault(FaultKind.STATUS, "POST", "*/robots", status=503))

    await bench.annotate_connection(REVOKE, "breach")
    await bench.look_at_connection()
    await bench.look("canary")
    bench.harbor.faults.clear()
    await bench.look("one")
    held = (await bench.connection_status())["revocation"]["message"]
    await bench.annotate_connection("revoke-without-canaries", "true")
    await bench.look_at_connection()
    await bench.look("one")

    assert held == "2 robots are left. The others wait for the canaries."
    assert (await bench.status("one"))["lastHandledConnectionRevokeAt"] == "breach"


async def test_those_whose_turn_has_come_are_told_at_once(bench: RobotBench) -> None:
    told: list[str] = []
    bench.ports.connections.on_turn = told.extend
    await bench.robot("one")
    await bench.annotate_connection(REVOKE, "breach")

    await bench.look_at_connection()
    await bench.look_at_connection()

    assert told == ["uid-one"]


async def test_no_secret_is_in_a_status_or_an_event(bench: RobotBench) -> None:
    await bench.robot(**REFRESH)
    await bench.annotate(ROTATE, "today")
    await bench.look()

    password = (await bench.login())["password"]
    told = await bench.events("RotationStarted", "RotationSucceeded")
    assert len(told) == 2
    assert password not in str((told, await bench.status()))
    assert TEAM in str(told)
