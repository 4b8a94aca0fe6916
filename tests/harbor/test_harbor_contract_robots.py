"""Against the simulator: robots, their secrets, and whether these work."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from harbor_operator.harbor import (
    Access,
    CreatedRobot,
    Credentials,
    HarborClient,
    Identity,
    IdentityKind,
    Permission,
)
from harbor_operator.harbor.errors import (
    Conflict,
    InvalidRequest,
    OutcomeUnknown,
)
from testbed.harbor import HarborSimulator
from tests.support.harbor_clients import PULL, PULLER

SCOPE = "repository:ship/app:pull"
USER = Identity(IdentityKind.USER, "admin")


def login_of(robot: CreatedRobot) -> Credentials:
    return Credentials(robot.name, robot.secret)


async def test_a_created_robot_can_be_read_back(
    admin: HarborClient, ship: int, puller: CreatedRobot
) -> None:
    robot = await admin.robots.get(puller.id)

    assert robot is not None
    assert robot.name == puller.name == "robot$ship+puller"
    assert robot.expiry == puller.expires_at
    assert robot.description == "a/b/c/uid"
    assert robot.permissions == {PULL}
    assert await admin.robots.list_project(ship) == [robot]


@pytest.mark.parametrize(
    ("stored_name", "part", "number"),
    [("ship+puller", None, 1), ("puller", None, 0), (None, "+pul", 1), (None, "zzz", 0)],
    ids=str,
)
async def test_robots_are_found_by_name(
    admin: HarborClient,
    ship: int,
    puller: CreatedRobot,
    *,
    stored_name: str | None,
    part: str | None,
    number: int,
) -> None:
    found = await admin.robots.list_project(ship, stored_name=stored_name, name_contains=part)

    assert [robot.id for robot in found] == [puller.id] * number


@pytest.mark.usefixtures("puller")
async def test_a_taken_robot_name_is_a_conflict(admin: HarborClient) -> None:
    with pytest.raises(Conflict):
        await admin.robots.create(PULLER)


@pytest.mark.usefixtures("ship")
async def test_a_right_that_does_not_exist_is_invalid_in_harbors_words(admin: HarborClient) -> None:
    access = frozenset({Access(resource="bogus", action="pull")})
    permission = Permission(kind="project", namespace="ship", access=access)

    with pytest.raises(InvalidRequest, match="bogus:pull"):
        await admin.robots.create(replace(PULLER, permissions=(permission,)))


async def test_a_robots_description_changes_alone(
    admin: HarborClient, puller: CreatedRobot
) -> None:
    before = await admin.robots.get(puller.id)
    assert before is not None

    await admin.robots.update(before, description="released:a/b/c")

    after = await admin.robots.get(puller.id)
    assert after == before.model_copy(update={"description": "released:a/b/c"})


async def test_a_working_robots_token_names_it_and_what_it_may_do(
    admin: HarborClient, puller: CreatedRobot
) -> None:
    token = await admin.registry.token(login_of(puller), [SCOPE])

    assert token.subject == puller.name
    assert token.actions_on("ship/app") == {"pull"}
    assert await admin.registry.authenticates(login_of(puller))


async def test_a_wrong_secrets_token_is_for_nobody(
    admin: HarborClient, puller: CreatedRobot
) -> None:
    wrong = Credentials(puller.name, SecretStr("Wrong12345"))

    token = await admin.registry.token(wrong, [SCOPE])

    assert (token.subject, token.actions_on("ship/app")) == ("", frozenset())
    assert not await admin.registry.authenticates(wrong)


async def test_a_disabled_robots_token_is_for_nobody(
    admin: HarborClient, puller: CreatedRobot
) -> None:
    robot = await admin.robots.get(puller.id)
    assert robot is not None

    await admin.robots.update(robot, disable=True)

    assert (await admin.registry.token(login_of(puller), [SCOPE])).subject == ""
    assert not await admin.registry.authenticates(login_of(puller))


async def test_an_expired_robots_token_is_for_nobody(
    harbor: HarborSimulator, admin: HarborClient, puller: CreatedRobot
) -> None:
    harbor.clock.offset_seconds += timedelta(days=31).total_seconds()

    assert (await admin.registry.token(login_of(puller), [SCOPE])).subject == ""


async def test_a_refreshed_secret_replaces_the_old_one_at_once(
    admin: HarborClient, puller: CreatedRobot
) -> None:
    chosen = SecretStr("Chosen-Secret-1")

    await admin.robots.refresh_secret(puller.id, chosen)

    assert await admin.registry.authenticates(Credentials(puller.name, chosen))
    assert not await admin.registry.authenticates(login_of(puller))


async def test_a_weak_secret_is_refused(admin: HarborClient, puller: CreatedRobot) -> None:
    with pytest.raises(InvalidRequest):
        await admin.robots.refresh_secret(puller.id, SecretStr("weak"))


async def test_checking_other_credentials_does_not_touch_the_clients_session(
    harbor: HarborSimulator, admin: HarborClient, puller: CreatedRobot
) -> None:
    await admin.registry.authenticates(Credentials(puller.name, SecretStr("Wrong12345")))

    assert await admin.system.probe() == USER
    assert harbor.requests.count("POST", "/c/login") == 1


async def test_a_lost_answer_to_a_creation_is_an_unknown_outcome(
    harbor: HarborSimulator, admin: HarborClient, ship: int
) -> None:
    harbor.faults.add_drop("POST", "/api/v2.0/robots", times=1, after_effect=True)

    with pytest.raises(OutcomeUnknown):
        await admin.robots.create(PULLER)

    assert len(await admin.robots.list_project(ship)) == 1
