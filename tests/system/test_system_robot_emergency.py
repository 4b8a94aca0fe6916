"""Refresh, revoke and disabled, on a real API server and a simulated Harbor."""

import pytest

from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import condition, decoded, is_ready, status_of
from tests.support.custom_resources import Json
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN_MINUTES = 1
REFRESH: Json = {"strategy": "Refresh", "every": "240h"}
Login = dict[str, str]


async def make_robot(team: Team, name: str = "ci", *, rotation: Json | None = None) -> Json:
    """A robot that serves."""
    await team.robot(name, "web", rotation=rotation or {})
    return await team.ready(ROBOTS, name)


async def login_of(team: Team, name: str = "ci") -> Login:
    return decoded(await team.secret(name))


async def has_handled(team: Team, field: str, token: str, name: str = "ci") -> Json:
    """Wait until a robot is Ready and echoes a request."""
    return await team.ready(
        ROBOTS, name, lambda body: is_ready(body) and status_of(body, field) == token
    )


async def works(team: Team, login: Login) -> bool:
    return await team.world.can(login, team.harbor_name("web")) == {"pull"}


async def test_a_refreshed_secret_reaches_the_pull_secrets_under_the_same_user_name(
    team: Team,
) -> None:
    await team.project("web")
    await make_robot(team, rotation=REFRESH)
    await team.pull_secret("pull", "ci")
    await team.ready(PULL_SECRETS, "pull")
    before = await login_of(team)

    await team.annotate(ROBOTS, "ci", "rotate-requested-at", "today")
    after_body = await has_handled(team, "lastHandledRotateAt", "today")

    after = await login_of(team)
    assert after["username"] == before["username"]
    assert (await works(team, after), await works(team, before)) == (True, False)
    assert [entry["reason"] for entry in status_of(after_body, "history")] == [
        "Requested",
        "Created",
    ]
    await team.world.cluster.seen(
        team.core_path("secrets", "pull"),
        lambda body: after["password"] in decoded(body)[".dockerconfigjson"],
    )
    assert len(team.robots("web")) == 1


async def test_a_revoked_robot_is_gone_once_the_pull_secrets_have_switched(team: Team) -> None:
    await team.project("web")
    await make_robot(team)
    await team.pull_secret("pull", "ci")
    await team.ready(PULL_SECRETS, "pull")
    before = await login_of(team)

    await team.annotate(ROBOTS, "ci", "revoke-requested-at", "leak")
    await has_handled(team, "lastHandledRevokeAt", "leak")
    await team.ready(
        ROBOTS, "ci", lambda body: (condition(body, "Rotating") or {}).get("status") == "False"
    )

    after = await login_of(team)
    assert (await works(team, after), await works(team, before)) == (True, False)
    assert len(team.robots("web")) == 1
    pulled = decoded(await team.secret("pull"))[".dockerconfigjson"]
    assert after["password"] in pulled


async def test_a_revoke_is_followed_once_though_the_operator_is_killed(team: Team) -> None:
    await team.project("web")
    await make_robot(team)
    team.world.harbor.faults.add_latency(1.0, "POST", "*/robots", times=1)
    await team.annotate(ROBOTS, "ci", "revoke-requested-at", "leak")
    await team.world.cluster.seen(
        team.core_path("secrets", "ci-ledger"), lambda body: "attempt" in decoded(body)["ledger"]
    )

    await team.world.kill_operator()
    await team.world.operator.start()
    await has_handled(team, "lastHandledRevokeAt", "leak")
    await team.look_again(ROBOTS, "ci")

    assert len(team.robots("web")) == 1
    assert await works(team, await login_of(team))


async def test_a_robot_is_switched_off_and_on(team: Team) -> None:
    await team.project("web")
    await make_robot(team)
    login = await login_of(team)

    await team.change(ROBOTS, "ci", disabled=True)
    off = await team.ready(ROBOTS, "ci")
    worked_while_off = await works(team, login)
    await team.change(ROBOTS, "ci", disabled=False)
    on = await team.ready(ROBOTS, "ci")

    assert (condition(off, "CredentialValid") or {})["reason"] == "RobotDisabled"
    assert (condition(on, "CredentialValid") or {})["reason"] == "Succeeded"
    assert (worked_while_off, await works(team, login)) == (False, True)
    assert await login_of(team) == login


async def test_a_revoke_on_the_connection_replaces_every_robot(team: Team) -> None:
    """The last test of the module: what it asks for stays on the connection."""
    await team.project("web")
    names = ["first", "second", "third"]
    for name in names:
        await make_robot(team, name)
    labels = {"harbor-operator.dev/canary": "true"}
    cluster = team.world.cluster
    await cluster.merge(team.path(ROBOTS, "third"), {"metadata": {"labels": labels}})
    before = [await login_of(team, name) for name in names]

    annotations = {"harbor-operator.dev/revoke-requested-at": "breach"}
    await cluster.merge(team.world.connection_path, {"metadata": {"annotations": annotations}})
    done = await cluster.seen(
        team.world.connection_path,
        lambda body: status_of(body, "lastHandledRevokeAt") == "breach",
        within=40,
    )

    assert status_of(done, "revocation") == {
        "token": "breach",
        "total": 3,
        "done": 3,
        "failed": 0,
        "message": "Every robot has a new credential.",
    }
    bodies = [await team.ready(ROBOTS, name) for name in names]
    assert {status_of(body, "lastHandledConnectionRevokeAt") for body in bodies} == {"breach"}
    *others, canary = [status_of(body, "rotatedAt") for body in bodies]
    assert all(canary <= other for other in others)
    assert [await works(team, login) for login in before] == [False, False, False]
    assert [await works(team, await login_of(team, name)) for name in names] == [True] * 3
