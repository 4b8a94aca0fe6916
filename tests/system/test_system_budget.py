"""What the operator costs the API server and Harbor, counted by these."""

import asyncio
from collections import Counter

import pytest

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from testbed.tools.waiting import until
from tests.support.cluster import condition
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

GROUP = "harbor-operator.dev"
PROJECT_COUNT, ROBOT_COUNT, PULL_SECRET_COUNT = 80, 70, 50
"""Together two hundred objects."""
SETTLED = 60.0
"""Seconds for two hundred objects on a busy machine with two cores."""


def patches(plural: str) -> list[tuple[str, str]]:
    """The finalizer, and the status: what each object with something to clean up costs."""
    return [("patch", f"{plural}.{GROUP}"), ("patch", f"{plural}.{GROUP}/status")]


async def test_a_project_costs_two_writes(world: SystemWorld, team: Team) -> None:
    mark = await world.at_rest()

    await team.project("web")
    await team.ready(PROJECTS, "web")
    await world.at_rest()

    assert world.operator_writes(mark, team.namespace) == patches("harborprojects")


async def test_a_robot_costs_two_writes_and_two_for_its_ledger(
    world: SystemWorld, team: Team
) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")
    mark = await world.at_rest()

    await team.robot("ci", "web")
    await team.ready(ROBOTS, "ci")
    await world.at_rest()

    ledger, delivered = [("create", "secrets"), ("update", "secrets")], [("create", "secrets")]
    assert Counter(world.operator_writes(mark, team.namespace)) == Counter(
        [*patches("harborrobots"), *ledger, *delivered]
    )


async def test_a_pull_secret_costs_two_writes(world: SystemWorld, team: Team) -> None:
    await team.project("web")
    await team.robot("ci", "web")
    await team.ready(ROBOTS, "ci")
    mark = await world.at_rest()

    await team.pull_secret("pull", "ci", serviceAccounts={"names": ["default"]})
    await team.ready(PULL_SECRETS, "pull")
    await world.at_rest()

    delivered = [("create", "secrets"), ("patch", "serviceaccounts")]
    assert Counter(world.operator_writes(mark, team.namespace)) == Counter(
        [*patches("harborpullsecrets"), *delivered]
    )


async def test_all_kinds_applied_together_cost_no_more(world: SystemWorld, team: Team) -> None:
    mark = await world.at_rest()

    await team.pull_secret("pull", "ci", serviceAccounts={"names": ["default"]})
    await team.robot("ci", "web")
    await team.project("web")
    await team.ready(PULL_SECRETS, "pull")
    await world.at_rest()

    secrets = [("create", "secrets")] * 3 + [("update", "secrets"), ("patch", "serviceaccounts")]
    kinds = ("harborprojects", "harborrobots", "harborpullsecrets")
    own = [write for plural in kinds for write in patches(plural)]
    assert Counter(world.operator_writes(mark, team.namespace)) == Counter([*own, *secrets])


async def test_an_update_costs_one_write(world: SystemWorld, team: Team) -> None:
    await team.project("web")
    await team.robot("ci", "web")
    await team.ready(ROBOTS, "ci")
    mark = await world.at_rest()

    await team.change(PROJECTS, "web", scanning={"onPush": True})
    await team.ready(PROJECTS, "web")
    await world.at_rest()

    assert world.operator_writes(mark, team.namespace) == [
        ("patch", f"harborprojects.{GROUP}/status")
    ]


async def test_a_label_costs_nothing(world: SystemWorld, team: Team) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")
    mark, written = await world.at_rest(), world.harbor.requests.writes

    labels = {"metadata": {"labels": {"colour": "green"}}}
    await world.cluster.merge(team.path(PROJECTS, "web"), labels)
    await world.at_rest()

    assert world.operator_writes(mark, team.namespace) == []
    assert world.harbor.requests.writes == written


async def test_a_looked_at_object_costs_the_note_of_the_request(
    world: SystemWorld, team: Team
) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")
    mark, written = await world.at_rest(), world.harbor.requests.writes

    await team.look_again(PROJECTS, "web")
    await world.at_rest()

    assert world.operator_writes(mark, team.namespace) == [
        ("patch", f"harborprojects.{GROUP}/status")
    ]
    assert world.harbor.requests.writes == written


async def make_fleet(team: Team) -> None:
    """Two hundred objects, at rest."""
    async with asyncio.TaskGroup() as group:
        for n in range(PROJECT_COUNT):
            group.create_task(team.project(f"project-{n}"))
        for n in range(ROBOT_COUNT):
            group.create_task(team.robot(f"robot-{n}", f"project-{n}"))
        for n in range(PULL_SECRET_COUNT):
            group.create_task(team.pull_secret(f"pull-{n}", f"robot-{n}"))
    for kind in (PROJECTS, ROBOTS, PULL_SECRETS):
        await team.world.cluster.seen(team.path(kind), all_are_ready, within=SETTLED)


def all_are_ready(listed: dict[str, object]) -> bool:
    items = listed["items"]
    assert isinstance(items, list)
    return all((condition(body, "Ready") or {}).get("status") == "True" for body in items)


async def looked_at(world: SystemWorld, reads: int) -> None:
    """Wait until so many requests have read from Harbor, and nothing goes on any more."""

    async def has_asked() -> bool:
        return world.harbor.requests.reads >= reads

    await until(has_asked, within=SETTLED)
    await world.at_rest(within=SETTLED)


async def test_a_restart_with_two_hundred_objects_writes_nothing(
    world: SystemWorld, team: Team
) -> None:
    await make_fleet(team)
    await world.at_rest(within=SETTLED)
    await world.operator.stop()
    mark = await world.at_rest()
    world.harbor.requests.reset()

    await world.operator.start()
    # Each project's mark and each robot's list is read; this shows that all were looked at.
    await looked_at(world, reads=PROJECT_COUNT + ROBOT_COUNT)

    labels = world.harbor.requests.count("GET", "/api/v2.0/labels")
    assert labels >= PROJECT_COUNT
    assert world.operator_writes(mark) == []
    # Logging in is a POST, and the only one.
    assert world.harbor.requests.writes == world.harbor.requests.count("POST", "/c/login") == 1


async def test_a_pull_secret_for_its_own_namespace_alone_needs_no_finalizer(
    world: SystemWorld, team: Team
) -> None:
    await team.project("web")
    await team.robot("ci", "web")
    await team.ready(ROBOTS, "ci")
    mark = await world.at_rest()

    await team.pull_secret("pull", "ci")
    await team.ready(PULL_SECRETS, "pull")
    await world.at_rest()

    assert world.operator_writes(mark, team.namespace) == [
        ("create", "secrets"),
        ("patch", f"harborpullsecrets.{GROUP}/status"),
    ]
