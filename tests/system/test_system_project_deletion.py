"""What stands in the way of a project's deletion: tags, robots, people, and Harbor being away."""

from itertools import permutations

import pytest

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from testbed.harbor.artifact_state import Artifact, Tag
from tests.support.cluster import has_reason, is_ready, status_of
from tests.support.custom_resources import AnyKind
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWN_RULES = [{"tags": "v*"}, {"repositories": "api", "excludeTags": "latest"}]
THEIR_RULE = {
    "action": "immutable",
    "template": "immutable_template",
    "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "v*"}],
    "scope_selectors": {
        "repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]
    },
}
RECOVERY = 40.0
"""Seconds: the longest pause of a retry after a short outage, on a busy machine."""

OBJECTS: dict[str, tuple[AnyKind, str]] = {
    "project": (PROJECTS, "web"),
    "first robot": (ROBOTS, "ci"),
    "second robot": (ROBOTS, "puller"),
}


def push_tag(team: Team, project: str, repository: str, tag: str) -> None:
    """Put a tagged image into a project of the team."""
    team.push(project, repository)
    harbor = team.world.harbor
    now, number = harbor.clock.now(), harbor.state.next_id("artifact")
    artifact = Artifact(number, f"sha256:{number:064}", "", "", 0, {}, now)
    artifact.tags[tag] = Tag(number, tag, now)
    found = harbor.state.repository_named(f"{team.harbor_name(project)}/{repository}")
    assert found is not None
    found.artifacts[artifact.digest] = artifact


def is_in_harbor(team: Team, project: str) -> bool:
    return team.world.harbor.state.project_named(team.harbor_name(project)) is not None


async def delete_with_contents(team: Team, name: str) -> None:
    """Delete a project's object and confirm that its contents may go."""
    await team.annotate(PROJECTS, name, "confirm-delete-contents", team.harbor_name(name))
    await team.delete(PROJECTS, name)


async def test_the_object_s_own_immutable_tags_are_unlocked_first(team: Team) -> None:
    await team.project("web", deletionPolicy="DeleteWithContents", immutableTags=OWN_RULES)
    await team.ready(PROJECTS, "web")
    push_tag(team, "web", "app/server", "v1")
    push_tag(team, "web", "api", "stable")

    await delete_with_contents(team, "web")

    await team.gone(PROJECTS, "web")
    assert not is_in_harbor(team, "web")


async def test_tags_stay_immutable_until_their_deletion_is_confirmed(team: Team) -> None:
    await team.project("web", deletionPolicy="DeleteWithContents", immutableTags=OWN_RULES)
    await team.ready(PROJECTS, "web")
    push_tag(team, "web", "api", "v1")

    await team.delete(PROJECTS, "web")
    await team.ready(PROJECTS, "web", has_reason("DeletionNotConfirmed", stalled=True))

    project = team.in_harbor("web").project_id
    rules = await team.world.read_harbor(f"/projects/{project}/immutabletagrules")
    assert len(rules) == len(OWN_RULES)
    await delete_with_contents(team, "web")
    await team.gone(PROJECTS, "web")


async def test_somebody_else_s_immutable_tags_are_waited_for(team: Team) -> None:
    await team.project("web", deletionPolicy="DeleteWithContents")
    await team.ready(PROJECTS, "web")
    push_tag(team, "web", "app", "v1")
    rules = f"/projects/{team.in_harbor('web').project_id}/immutabletagrules"
    assert await team.world.ask_harbor("POST", rules, THEIR_RULE) == 201

    await delete_with_contents(team, "web")
    body = await team.ready(PROJECTS, "web", has_reason("TagsImmutable", stalled=False))
    (rule,) = await team.world.read_harbor(rules)
    assert await team.world.ask_harbor("DELETE", f"{rules}/{rule['id']}") == 200
    await team.annotate(PROJECTS, "web", "reconcile-requested-at", "unlocked")

    await team.gone(PROJECTS, "web")
    assert not is_in_harbor(team, "web")
    assert "app" in str(status_of(body, "conditions"))


@pytest.mark.parametrize("policy", ["DeleteIfEmpty", "DeleteWithContents"])
async def test_a_project_waits_for_the_robots_that_use_it(team: Team, policy: str) -> None:
    await team.project("web", deletionPolicy=policy)
    await team.robot("ci", "web")
    await team.ready(ROBOTS, "ci")

    await delete_with_contents(team, "web")
    await team.ready(PROJECTS, "web", has_reason("InUse", stalled=False))
    assert len(team.robots("web")) == 1
    await team.delete(ROBOTS, "ci")

    await team.gone(ROBOTS, "ci")
    await team.gone(PROJECTS, "web")
    assert not is_in_harbor(team, "web")


@pytest.mark.parametrize("order", list(permutations(OBJECTS)), ids=" then ".join)
async def test_a_project_and_its_robots_go_in_any_order(team: Team, order: tuple[str, ...]) -> None:
    await team.project("web", deletionPolicy="DeleteWithContents", immutableTags=OWN_RULES)
    await team.annotate(PROJECTS, "web", "confirm-delete-contents", team.harbor_name("web"))
    for robot in ("ci", "puller"):
        await team.robot(robot, "web")
    for robot in ("ci", "puller"):
        await team.ready(ROBOTS, robot)
    push_tag(team, "web", "api", "v1")

    for what in order:
        await team.delete(*OBJECTS[what])

    for what in order:
        await team.gone(*OBJECTS[what])
    assert not is_in_harbor(team, "web")


async def test_a_project_whose_tenant_rule_is_withdrawn_can_be_deleted(team: Team) -> None:
    cluster, path = team.world.cluster, team.world.connection_path
    await team.project("web", deletionPolicy="DeleteWithContents", immutableTags=OWN_RULES)
    await team.ready(PROJECTS, "web")
    push_tag(team, "web", "api", "v1")
    others = [{"namespaces": {"names": ["others"]}}]
    await cluster.merge(path, {"spec": {"tenants": others}})
    await cluster.seen(path, is_ready)

    await delete_with_contents(team, "web")

    await team.gone(PROJECTS, "web")
    assert not is_in_harbor(team, "web")
    await cluster.merge(path, {"spec": {"tenants": None}})
    await cluster.seen(path, is_ready)


async def test_an_owned_project_that_is_only_observed_by_now_is_not_deleted(team: Team) -> None:
    await team.project("web", deletionPolicy="DeleteWithContents")
    await team.ready(PROJECTS, "web")
    await team.change(PROJECTS, "web", managementPolicy="Observe")
    await team.ready(PROJECTS, "web")
    written = team.world.harbor.requests.writes

    await delete_with_contents(team, "web")

    await team.gone(PROJECTS, "web")
    assert is_in_harbor(team, "web")
    assert team.world.harbor.requests.writes == written


async def test_a_project_is_let_go_while_harbor_is_away_and_stays_there(team: Team) -> None:
    world = team.world
    await team.project("web", deletionPolicy="DeleteWithContents")
    await team.ready(PROJECTS, "web")
    world.harbor.faults.down = True
    await delete_with_contents(team, "web")
    body = await team.ready(PROJECTS, "web", has_reason("WaitingForHarbor"))

    await team.annotate(PROJECTS, "web", "abandon", "true")
    await team.gone(PROJECTS, "web")
    world.harbor.faults.clear()
    await world.cluster.seen(world.connection_path, is_ready, within=RECOVERY)

    assert is_in_harbor(team, "web")
    events = await world.cluster.events_of(body)
    assert "Abandoned" in {event["reason"] for event in events}
