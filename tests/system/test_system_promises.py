"""What holds for everything the operator says: no secrets in it, and the form that tools expect."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import condition, decoded, has_reason, status_of
from tests.support.custom_resources import Json
from tests.support.system_world import ADMIN_PASSWORD, SystemWorld, cluster_path
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN_MINUTES = 1
ABNORMAL = ("Reconciling", "Stalled")
"""Conditions that are there only while they are True."""


async def make_all(team: Team) -> None:
    await team.project("web")
    await team.robot("ci", "web", rotation={"overlap": "1m"})
    await team.pull_secret("pull", "ci", serviceAccounts={"names": ["default"]})
    await team.ready(PULL_SECRETS, "pull")


async def live_through_trouble(team: Team) -> set[str]:
    """A rotation, lost answers, refusals and a wrong password; all robot passwords on the way."""
    world, passwords = team.world, set()
    await make_all(team)
    passwords.add(decoded(await team.secret("ci"))["password"])
    world.harbor.faults.add_drop("POST", "*/robots", times=1, after_effect=True)
    await team.annotate(ROBOTS, "ci", "rotate-requested-at", "now")
    await team.ready(ROBOTS, "ci", lambda body: status_of(body, "lastHandledRotateAt") == "now")
    passwords.add(decoded(await team.secret("ci"))["password"])
    passwords.update(robot.secret for robot in team.robots("web"))
    rule = world.harbor.faults.add_status(500, "POST", "*/projects")
    await team.project("late")
    await team.ready(PROJECTS, "late", has_reason("HarborUnreachable"))
    world.harbor.faults.remove(rule)
    await team.ready(PROJECTS, "late")
    await world.at_rest()
    return passwords


def without_data(body: Json) -> Json:
    """A Secret as everybody may see it."""
    return {key: value for key, value in body.items() if key not in {"data", "stringData"}}


async def everything_said(team: Team) -> AsyncIterator[str]:
    """Each object of the operator's kinds, each Event, and each Secret apart from its data."""
    cluster = team.world.cluster
    paths = [team.path(kind) for kind in (PROJECTS, ROBOTS, PULL_SECRETS)]
    paths += [cluster_path(CONNECTIONS), team.core_path("serviceaccounts")]
    paths += ["/apis/events.k8s.io/v1/events", "/api/v1/secrets"]
    for path in paths:
        for body in (await cluster.get(path))["items"]:
            yield json.dumps(without_data(body))


async def test_no_secret_is_in_anything_that_the_operator_says(
    world: SystemWorld, team: Team
) -> None:
    passwords = await live_through_trouble(team)
    canaries = {*passwords, ADMIN_PASSWORD}

    said = [text async for text in everything_said(team)]

    assert len(passwords) >= 2
    assert any(ROBOTS.kind in text for text in said)
    told = [text for text in (*said, world.operator.output) if any(c in text for c in canaries)]
    assert told == []


def conditions_of(body: Json) -> Iterator[Json]:
    listed: list[Json] = status_of(body, "conditions") or []
    yield from listed


def complaints(body: Json) -> list[str]:
    """What a tool that reads kstatus would stumble over."""
    generation, metadata = body["metadata"]["generation"], body["metadata"]
    found = []
    if status_of(body, "observedGeneration") != generation:
        found.append(f"{metadata['name']}: observedGeneration of the status")
    for entry in conditions_of(body):
        if entry["observedGeneration"] > generation:
            found.append(f"{metadata['name']}: observedGeneration of {entry['type']}")
        if entry["type"] in ABNORMAL and entry["status"] != "True":
            found.append(f"{metadata['name']}: {entry['type']} is {entry['status']}")
        if not (entry["reason"] and entry["message"] and entry["lastTransitionTime"]):
            found.append(f"{metadata['name']}: {entry['type']} lacks something")
    return found


async def test_conditions_are_what_kstatus_reads(world: SystemWorld, team: Team) -> None:
    await make_all(team)
    await team.project("foreign", projectName="foreign")
    await team.ready(PROJECTS, "foreign", has_reason("NotAllowedNamespace", stalled=True))
    await team.robot("early", "absent")
    await team.ready(ROBOTS, "early", has_reason("WaitingForProject", stalled=False))
    await world.at_rest()

    paths = [team.path(kind) for kind in (PROJECTS, ROBOTS, PULL_SECRETS)]
    listed = [await world.cluster.get(path) for path in (*paths, cluster_path(CONNECTIONS))]
    bodies = [body for items in listed for body in items["items"]]

    assert len(bodies) >= 6
    assert [told for body in bodies for told in complaints(body)] == []
    by_name = {body["metadata"]["name"]: body for body in bodies}
    assert [condition(by_name["web"], kind) for kind in ABNORMAL] == [None, None]
    assert condition(by_name["foreign"], "Reconciling") is None
    assert condition(by_name["early"], "Stalled") is None


async def test_the_generation_is_followed_also_when_a_change_fails(team: Team) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")

    await team.change(PROJECTS, "web", visibility="Public")

    body = await team.ready(PROJECTS, "web", has_reason("AccessNotAllowed", stalled=True))
    assert complaints(body) == []


async def test_a_transition_time_moves_only_with_the_status(team: Team) -> None:
    await team.project("web")
    before = await team.ready(PROJECTS, "web")

    await team.change(PROJECTS, "web", scanning={"onPush": True})
    after = await team.ready(PROJECTS, "web")

    old, new = condition(before, "Ready") or {}, condition(after, "Ready") or {}
    assert new["observedGeneration"] == old["observedGeneration"] + 1
    assert new["lastTransitionTime"] == old["lastTransitionTime"]


async def test_a_smooth_life_posts_no_events(world: SystemWorld, team: Team) -> None:
    await make_all(team)
    await world.at_rest()

    listed = await world.cluster.get(f"/apis/events.k8s.io/v1/namespaces/{team.namespace}/events")

    assert listed["items"] == []
