"""A HarborProject from its creation to its end, between a real API server and Harbor."""

from datetime import timedelta

import pytest

from harbor_operator.api.project import PROJECTS
from tests.support.cluster import condition, has_reason, status_of
from tests.support.namespaces import temporary_namespace
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION = {
    "tenants": [
        {
            "namespaces": {"names": ["team-*"]},
            "projects": ["{namespace}", "{namespace}.*", "common"],
            "mayAdopt": True,
            "maxStorageQuota": "5Gi",
        }
    ],
}


async def make_in_harbor(team: Team, name: str, *, age: timedelta) -> None:
    """Somebody else makes a project of the team's name."""
    body = {"project_name": team.harbor_name(name)}
    assert await team.world.ask_harbor("POST", "/projects", body) == 201
    team.in_harbor(name).created -= age


async def test_a_new_project_is_made_private_and_marked(team: Team) -> None:
    await team.project("web", scanning={"onPush": True})

    body = await team.ready(PROJECTS, "web")

    made = team.in_harbor("web")
    assert status_of(body, "projectID") == made.project_id
    assert (made.metadata["public"], made.metadata["auto_scan"]) == ("false", "true")
    mark = team.mark_of("web")
    assert mark is not None
    assert mark.endswith(f"/{team.namespace}/web/{body['metadata']['uid']}")


async def test_a_changed_spec_reaches_harbor(team: Team) -> None:
    await team.project("web", storageQuota="1Gi")
    await team.ready(PROJECTS, "web")

    await team.change(PROJECTS, "web", storageQuota="2Gi", scanning={"onPush": True})
    await team.ready(PROJECTS, "web")

    made = team.in_harbor("web")
    quota = team.world.harbor.state.quota_of(made.project_id)
    assert quota is not None
    assert quota.hard == 2 * 1024**3
    assert made.metadata["auto_scan"] == "true"


async def test_a_person_s_change_in_harbor_is_put_right_and_told(team: Team) -> None:
    await team.project("web", scanning={"onPush": True})
    await team.ready(PROJECTS, "web")
    team.in_harbor("web").metadata["auto_scan"] = "false"

    await team.look_again(PROJECTS, "web")

    body = await team.ready(PROJECTS, "web", lambda body: bool(status_of(body, "lastDriftTime")))
    assert team.in_harbor("web").metadata["auto_scan"] == "true"
    events = await team.world.cluster.events_of(body)
    assert [event["reason"] for event in events] == ["DriftCorrected"]


async def test_what_the_spec_does_not_state_is_left_alone(team: Team) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")
    team.in_harbor("web").metadata["auto_scan"] = "true"

    await team.look_again(PROJECTS, "web")

    assert team.in_harbor("web").metadata["auto_scan"] == "true"


async def test_a_removed_mark_is_put_back(team: Team) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")
    mark, labels = team.mark_of("web"), team.world.harbor.state.labels
    labels.clear()

    await team.look_again(PROJECTS, "web")

    assert team.mark_of("web") == mark


@pytest.mark.parametrize(
    ("path", "after_effect"),
    [("*/projects", True), ("*/projects", False), ("*/labels", True), ("*/labels", False)],
    ids=["project made", "project not made", "label made", "label not made"],
)
async def test_a_creation_whose_answer_is_lost_is_finished(
    team: Team, path: str, *, after_effect: bool
) -> None:
    team.world.harbor.faults.add_drop("POST", path, times=1, after_effect=after_effect)

    await team.project("web")

    body = await team.ready(PROJECTS, "web")
    assert status_of(body, "projectID") == team.in_harbor("web").project_id
    assert team.mark_of("web") is not None


async def test_a_project_deleted_in_harbor_is_made_again(team: Team) -> None:
    await team.project("web")
    before = await team.ready(PROJECTS, "web")
    project_id = status_of(before, "projectID")
    assert await team.world.ask_harbor("DELETE", f"/projects/{project_id}") == 200

    await team.look_again(PROJECTS, "web")

    assert team.in_harbor("web").project_id != project_id
    assert team.mark_of("web") is not None


async def test_somebody_else_s_project_is_a_conflict_and_is_not_written(team: Team) -> None:
    await make_in_harbor(team, "web", age=timedelta(hours=1))
    written = team.world.harbor.requests.writes

    await team.project("web")

    await team.ready(PROJECTS, "web", has_reason("NameConflict", stalled=True))
    assert team.world.harbor.requests.writes == written
    assert team.mark_of("web") is None


async def test_an_unmarked_project_is_adopted_where_both_sides_say_so(team: Team) -> None:
    await make_in_harbor(team, "web", age=timedelta(hours=1))

    await team.project("web", adoptionPolicy="IfUnclaimed")

    body = await team.ready(PROJECTS, "web")
    assert status_of(body, "ownership")["state"] == "Adopted"
    assert (team.mark_of("web") or "").endswith("/adopted")


async def test_a_project_that_is_just_being_made_is_not_adopted(team: Team) -> None:
    await make_in_harbor(team, "web", age=timedelta(minutes=5))

    await team.project("web", adoptionPolicy="IfUnclaimed")

    await team.ready(PROJECTS, "web", has_reason("Progressing", stalled=False))
    assert team.mark_of("web") is None


async def test_of_two_objects_for_one_project_the_first_wins_for_good(
    world: SystemWorld, team: Team
) -> None:
    await team.project("first", projectName="common", deletionPolicy="DeleteIfEmpty")
    await team.ready(PROJECTS, "first")
    async with temporary_namespace(world.plane, prefix="team") as namespace:
        rival = Team(world, namespace)
        written = world.harbor.requests.writes

        await rival.project("second", projectName="common", deletionPolicy="DeleteIfEmpty")
        await rival.ready(PROJECTS, "second", has_reason("NameConflict", stalled=True))
        await rival.delete(PROJECTS, "second")
        await rival.gone(PROJECTS, "second")

    assert world.harbor.requests.writes == written
    assert world.harbor.state.project_named("common") is not None


async def test_a_retained_project_may_be_taken_again_by_its_namesake_only(team: Team) -> None:
    await team.project("web", deletionPolicy="Retain")
    await team.ready(PROJECTS, "web")
    await team.delete(PROJECTS, "web")
    await team.gone(PROJECTS, "web")
    assert (team.mark_of("web") or "").startswith("released:")

    await team.project("other", projectName=team.harbor_name("web"))
    await team.ready(PROJECTS, "other", has_reason("NameConflict", stalled=True))
    await team.project("web")

    body = await team.ready(PROJECTS, "web")
    assert (team.mark_of("web") or "").endswith(body["metadata"]["uid"])


async def test_a_project_with_images_is_not_deleted_before_they_are_gone(team: Team) -> None:
    await team.project("web", deletionPolicy="DeleteIfEmpty")
    await team.ready(PROJECTS, "web")
    team.push("web", "app")
    await team.delete(PROJECTS, "web")
    await team.ready(PROJECTS, "web", has_reason("ProjectNotEmpty"))

    team.world.harbor.state.repositories.clear()
    await team.annotate(PROJECTS, "web", "reconcile-requested-at", "emptied")

    await team.gone(PROJECTS, "web")
    assert team.world.harbor.state.project_named(team.harbor_name("web")) is None


async def test_contents_are_deleted_only_after_a_confirmation(team: Team) -> None:
    await team.project("web", deletionPolicy="DeleteWithContents")
    await team.ready(PROJECTS, "web")
    team.push("web", "app/server")
    await team.delete(PROJECTS, "web")
    await team.ready(PROJECTS, "web", has_reason("DeletionNotConfirmed", stalled=True))
    assert team.world.harbor.state.repositories

    await team.annotate(PROJECTS, "web", "confirm-delete-contents", team.harbor_name("web"))

    await team.gone(PROJECTS, "web")
    assert team.world.harbor.state.project_named(team.harbor_name("web")) is None
    assert not team.world.harbor.state.repositories


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"projectName": "foreign"}, "NotAllowedNamespace"),
        ({"visibility": "Public"}, "AccessNotAllowed"),
        ({"storageQuota": "6Gi"}, "AccessNotAllowed"),
        ({"storageQuota": "Unlimited"}, "AccessNotAllowed"),
    ],
    ids=["name", "visibility", "quota", "no quota"],
)
async def test_more_than_the_tenant_rule_gives_is_refused_without_a_write(
    team: Team, spec: dict[str, object], reason: str
) -> None:
    written = team.world.harbor.requests.writes

    await team.project("web", **spec)

    body = await team.ready(PROJECTS, "web", has_reason(reason, stalled=True))
    assert team.world.harbor.requests.writes == written
    assert "finalizers" not in body["metadata"]


async def test_a_suspended_project_keeps_its_condition_and_is_not_written(team: Team) -> None:
    await team.project("web")
    await team.ready(PROJECTS, "web")

    await team.change(PROJECTS, "web", suspend=True, scanning={"onPush": True})

    body = await team.ready(
        PROJECTS, "web", lambda body: (condition(body, "Ready") or {})["reason"] == "Suspended"
    )
    assert (condition(body, "Ready") or {})["status"] == "True"
    assert team.in_harbor("web").metadata.get("auto_scan") != "true"
