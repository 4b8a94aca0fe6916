"""Projects come into being, stay as they are declared, and end as they are declared."""

import pytest

from testbed.endtoend.objects import condition, status_of
from tests.support.e2e_harbor import owner_mark
from tests.support.e2e_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

DRIFT_SECONDS = 90.0
"""The connection's drift period of one minute, and time to act."""


async def test_a_project_appears_in_harbor_with_its_settings(stage: Stage) -> None:
    settings = {
        "visibility": "Private",
        "storageQuota": "1Gi",
        "scanning": {"onPush": True},
        "pullRestrictions": {"blockSeverity": "Critical"},
    }

    [project] = await stage.ready(stage.make.project("settings", settings))

    seen = await stage.harbor_project("settings")
    assert seen is not None
    assert seen["project_id"] == status_of(project)["projectID"]
    expected = {"public": "false", "auto_scan": "true", "severity": "critical"}
    assert expected.items() <= seen["metadata"].items()
    query = f"/quotas?reference=project&reference_id={seen['project_id']}"
    [quota] = await stage.account.require("GET", query)
    assert quota["hard"]["storage"] == 2**30


async def test_what_is_changed_in_harbor_is_put_back(stage: Stage) -> None:
    project = stage.make.project("drift", {"scanning": {"onPush": True}})
    [ready] = await stage.ready(project)
    path = f"/projects/{status_of(ready)['projectID']}"

    await stage.account.require("PUT", path, {"metadata": {"auto_scan": "false"}})

    await stage.until(
        project,
        lambda seen: "lastDriftTime" in status_of(seen),
        awaited="lastDriftTime",
        within=DRIFT_SECONDS,
    )
    seen = await stage.harbor_project("drift")
    assert seen is not None
    assert seen["metadata"]["auto_scan"] == "true"


async def test_a_project_that_was_there_before_is_left_alone(stage: Stage) -> None:
    name = stage.make.project_name("taken")
    await stage.account.require("POST", "/projects", {"project_name": name, "public": False})
    before = await stage.harbor_project("taken")
    project = stage.make.project("taken", {"scanning": {"onPush": True}})

    await stage.apply(project)

    refused = await stage.until_reason(project, "NameConflict")
    assert condition(refused, "Stalled")["status"] == "True"
    await stage.delete(project)
    after = await stage.harbor_project("taken")
    assert before is not None
    assert after is not None
    assert after["metadata"] == before["metadata"]


async def test_a_retained_project_stays_with_a_mark_that_releases_it(stage: Stage) -> None:
    project = stage.make.project("retained")
    [ready] = await stage.ready(project)

    await stage.delete(project)

    mark = await owner_mark(stage, status_of(ready)["projectID"])
    place = f"{stage.make.namespace}/retained"
    assert mark is not None
    assert mark.startswith("released:")
    assert mark.endswith(place)


async def test_contents_are_deleted_only_once_that_is_confirmed(stage: Stage) -> None:
    policy = {"deletionPolicy": "DeleteWithContents"}
    project = stage.make.project("contents", policy)
    robot = stage.make.robot("contents-ci", "contents", "PullPush")
    await stage.ready(project, robot)
    image = await stage.image_of("contents-ci", "contents")
    await stage.crane.push(image, await stage.robot_config("contents-ci"))
    await stage.delete(robot)

    await stage.request_deletion(project)
    await stage.until_reason(project, "DeletionNotConfirmed")
    kept = await stage.harbor_project("contents")
    await stage.apply(stage.make.project("contents", policy, confirm_delete=True))
    await stage.delete(project)

    assert kept is not None
    assert kept["repo_count"] == 1
    assert await stage.harbor_project("contents") is None
