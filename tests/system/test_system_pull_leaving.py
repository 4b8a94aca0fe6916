"""Namespaces leave a pull secret late, never most of them at once, and never by a doubt."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from harbor_operator.api.pullsecret import PULL_SECRETS
from tests.support.cluster import NAMESPACES, condition, is_ready, status_of
from tests.support.custom_resources import MERGE, Json
from tests.support.namespaces import temporary_namespace
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION = {"distribution": [{"from": ["team-*"], "to": {"names": ["fed-*"]}}]}
LONG_AGO = "2026-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Scene:
    """A team and two namespaces that are served for their label."""

    team: Team
    shops: tuple[Team, Team]

    async def deliver(self) -> None:
        """Serve the team by name and the others by label."""
        await self.team.project("web")
        await self.team.robot("puller", "web")
        for shop in self.shops:
            await self.label(shop, "yes")
        selection = {
            "names": [self.team.namespace],
            "selector": {"matchLabels": {self.team.namespace: "yes"}},
        }
        await self.team.pull_secret("pull", "puller", targets={"namespaces": selection})
        await self.team.ready(PULL_SECRETS, "pull", lambda b: is_ready(b) and ready(b) == 3)

    async def label(self, shop: Team, value: str | None) -> None:
        """Change the label that a namespace is served for."""
        patch = {"metadata": {"labels": {self.team.namespace: value}}}
        await self.team.world.cluster.merge(f"{NAMESPACES}/{shop.namespace}", patch)

    async def holds(self, shop: Team) -> bool:
        """Whether a namespace has the pull secret."""
        return await self.team.world.cluster.find(shop.core_path("secrets", "pull")) is not None


@pytest_asyncio.fixture(loop_scope="module")
async def scene(world: SystemWorld, team: Team) -> AsyncIterator[Scene]:
    async with (
        temporary_namespace(world.plane, prefix="fed") as one,
        temporary_namespace(world.plane, prefix="fed") as two,
    ):
        yield Scene(team, (Team(world, one), Team(world, two)))


def ready(body: Json) -> int:
    return int((status_of(body, "targets") or {}).get("ready", 0))


def is_leaving(body: Json) -> bool:
    return bool(status_of(body, "leaving"))


def held(body: Json) -> bool:
    return condition(body, "RemovalHeld") is not None


async def test_a_label_that_comes_back_in_time_changes_nothing(scene: Scene) -> None:
    await scene.deliver()
    shop = scene.shops[0]
    before = await shop.secret("pull")

    await scene.label(shop, None)
    body = await scene.team.ready(PULL_SECRETS, "pull", is_leaving)
    assert [entry["namespace"] for entry in status_of(body, "leaving")] == [shop.namespace]
    await scene.label(shop, "yes")
    await scene.team.ready(PULL_SECRETS, "pull", lambda b: not is_leaving(b) and ready(b) == 3)

    assert await shop.secret("pull") == before


async def test_a_label_that_stays_away_takes_the_secret_after_the_grace(scene: Scene) -> None:
    await scene.deliver()
    shop = scene.shops[0]
    await scene.label(shop, None)
    body = await scene.team.ready(PULL_SECRETS, "pull", is_leaving)

    await scene.team.world.operator.stop()
    [entry] = status_of(body, "leaving")
    path = f"{scene.team.path(PULL_SECRETS, 'pull')}/status"
    past = {"status": {"leaving": [{**entry, "since": LONG_AGO}]}}
    answer = await scene.team.world.cluster.server.ask("PATCH", path, past, headers=MERGE)
    assert answer.status == 200
    await scene.team.world.operator.start()

    await scene.team.ready(PULL_SECRETS, "pull", lambda b: not is_leaving(b))
    assert not await scene.holds(shop)
    assert await scene.holds(scene.shops[1])


async def test_most_of_the_namespaces_leave_only_when_a_person_confirms(scene: Scene) -> None:
    await scene.deliver()

    for shop in scene.shops:
        await scene.label(shop, None)
    body = await scene.team.ready(PULL_SECRETS, "pull", held)
    told = (condition(body, "RemovalHeld") or {})["message"]
    word = told.partition("confirm-removal=")[2].rstrip(".")
    assert is_ready(body)
    assert await scene.holds(scene.shops[0])
    await scene.team.annotate(PULL_SECRETS, "pull", "confirm-removal", word)

    await scene.team.ready(PULL_SECRETS, "pull", lambda b: not held(b))
    for shop in scene.shops:
        assert not await scene.holds(shop)
    assert await scene.holds(scene.team)


async def test_a_deleted_namespace_counts_as_nobody_s_leaving(
    world: SystemWorld, scene: Scene
) -> None:
    await scene.deliver()

    for shop in scene.shops:
        await world.cluster.delete(f"{NAMESPACES}/{shop.namespace}")

    body = await scene.team.ready(PULL_SECRETS, "pull", lambda b: ready(b) == 1)
    assert not held(body)
    assert not is_leaving(body)
