"""Another credential reaches the canary first; when it fails there, the others keep the old one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import condition, decoded, is_ready, status_of
from tests.support.custom_resources import Json
from tests.support.namespaces import temporary_namespace
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN_MINUTES = 1
CONNECTION = {"distribution": [{"from": ["team-*"], "to": {"names": ["fed-*"]}}]}


@dataclass(frozen=True, slots=True)
class Scene:
    """A team whose pull secret reaches a canary and another namespace beside its own."""

    team: Team
    canary: Team
    other: Team

    async def deliver(self, **rollout: object) -> str:
        """Deliver a credential that can pull an image everywhere; its user name."""
        await self.team.project("web")
        await self.team.ready(PROJECTS, "web")
        self.team.push_image("web", "app", "v1")
        await self.team.robot("puller", "web", rotation={"overlap": "1m"})
        image = {"repository": f"{self.team.harbor_name('web')}/app", "reference": "v1"}
        names = [part.namespace for part in (self.team, self.canary, self.other)]
        await self.team.pull_secret(
            "pull",
            "puller",
            targets={"namespaces": {"names": names}},
            rollout={"canary": {"names": [self.canary.namespace]}, **rollout},
            verification={"mode": "Manifest", "manifest": image},
        )
        body = await self.team.ready(PULL_SECRETS, "pull", is_verified)
        return str(status_of(body, "robotName"))

    async def rotate(self) -> str:
        """Have another credential made; its user name."""
        old = status_of(await self.team.ready(ROBOTS, "puller"), "username")
        await self.team.annotate(ROBOTS, "puller", "rotate-requested-at", "today")
        body = await self.team.ready(
            ROBOTS, "puller", lambda b: is_ready(b) and status_of(b, "username") != old
        )
        return str(status_of(body, "username"))

    def break_image(self) -> None:
        """Take the image away that the verification asks for."""
        self.team.repository("web", "app").artifacts.clear()

    async def fail_at_the_canary(self) -> tuple[str, str]:
        """Pause a rollout; the user name of the credential before and of the one that failed."""
        old = await self.deliver()
        self.break_image()
        new = await self.rotate()
        await self.team.ready(PULL_SECRETS, "pull", is_paused)
        return old, new


@pytest_asyncio.fixture(loop_scope="module")
async def scene(world: SystemWorld, team: Team) -> AsyncIterator[Scene]:
    async with (
        temporary_namespace(world.plane, prefix="fed") as canary,
        temporary_namespace(world.plane, prefix="fed") as other,
    ):
        yield Scene(team, Team(world, canary), Team(world, other))


def is_verified(body: Json) -> bool:
    return is_ready(body) and (condition(body, "Verified") or {})["status"] == "True"


def is_paused(body: Json) -> bool:
    return condition(body, "RolloutPaused") is not None


def is_over(body: Json) -> bool:
    return not is_paused(body) and "rollout" not in body["status"]


async def held_by(team: Team) -> str:
    """The login that a namespace's nodes pull with."""
    return decoded(await team.secret("pull"))[".dockerconfigjson"]


async def test_a_credential_that_works_reaches_the_canary_and_then_all(scene: Scene) -> None:
    await scene.deliver()

    new = await scene.rotate()

    await scene.team.ready(PULL_SECRETS, "pull", lambda b: status_of(b, "robotName") == new)
    for part in (scene.team, scene.canary, scene.other):
        assert new in await held_by(part)


async def test_a_credential_that_fails_at_the_canary_stops_there(scene: Scene) -> None:
    old, new = await scene.fail_at_the_canary()

    body = await scene.team.ready(PULL_SECRETS, "pull")
    assert new in await held_by(scene.canary)
    assert old in await held_by(scene.other)
    assert old in await held_by(scene.team)
    assert (condition(body, "Verified") or {})["status"] == "False"
    assert status_of(body, "robotName") == old
    assert status_of(body, "rollout") == {"robotName": new, "state": "Paused"}
    assert len(scene.team.robots("web")) == 2


async def test_a_secret_that_is_lost_during_a_pause_comes_back_with_the_new_credential(
    scene: Scene,
) -> None:
    old, new = await scene.fail_at_the_canary()
    path = scene.team.core_path("secrets", "pull")

    await scene.team.world.cluster.delete(path)

    await scene.team.world.cluster.seen(path, lambda b: new in decoded(b)[".dockerconfigjson"])
    assert old in await held_by(scene.other)


async def test_a_pause_survives_a_restart(scene: Scene) -> None:
    old, _ = await scene.fail_at_the_canary()

    await scene.team.world.operator.stop()
    await scene.team.world.operator.start()
    await scene.team.look_again(PULL_SECRETS, "pull")

    assert old in await held_by(scene.other)


async def test_a_try_that_succeeds_ends_the_pause(scene: Scene) -> None:
    _, new = await scene.fail_at_the_canary()

    scene.team.push_image("web", "app", "v1")
    await scene.team.look_again(PULL_SECRETS, "pull")

    body = await scene.team.ready(PULL_SECRETS, "pull", is_over)
    assert status_of(body, "robotName") == new
    assert new in await held_by(scene.other)


async def test_a_person_ends_the_pause(scene: Scene) -> None:
    _, new = await scene.fail_at_the_canary()

    await scene.team.annotate(PULL_SECRETS, "pull", "resume-rollout", "go-on")

    body = await scene.team.ready(PULL_SECRETS, "pull", is_over)
    assert new in await held_by(scene.other)
    assert status_of(body, "lastHandledResumeAt") == "go-on"
    assert (condition(body, "Ready") or {})["reason"] == "VerificationFailed"


async def test_a_new_spec_ends_the_pause(scene: Scene) -> None:
    _, new = await scene.fail_at_the_canary()

    await scene.team.change(
        PULL_SECRETS, "pull", verification={"mode": "TokenService", "manifest": None}
    )

    await scene.team.ready(PULL_SECRETS, "pull", lambda b: is_ready(b) and is_over(b))
    assert new in await held_by(scene.other)
