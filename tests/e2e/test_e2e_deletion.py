"""What stands in the way of a project's end, and what ends with it."""

import pytest

from testbed.control_plane.api import Json
from testbed.endtoend.objects import status_of
from tests.support.e2e_harbor import immutable_rules_of
from tests.support.e2e_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

WITH_CONTENTS: Json = {"deletionPolicy": "DeleteWithContents"}
ALL_TAGS: Json = {
    "action": "immutable",
    "template": "immutable_template",
    "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "**"}],
    "scope_selectors": {
        "repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]
    },
}
"""A rule that makes every tag of a project immutable, in Harbor's words."""


async def pushed(stage: Stage, name: str, spec: Json) -> int:
    """Have a project with an image in it, and no robot; its number in Harbor."""
    robot = stage.make.robot(f"{name}-ci", name, "PullPush")
    [ready, _] = await stage.ready(stage.make.project(name, spec), robot)
    image = await stage.image_of(f"{name}-ci", name)
    await stage.crane.push(image, await stage.robot_config(f"{name}-ci"))
    await stage.delete(robot)
    return int(status_of(ready)["projectID"])


async def test_a_project_that_is_not_empty_waits_until_it_is(stage: Stage) -> None:
    spec = {"deletionPolicy": "DeleteIfEmpty"}
    await pushed(stage, "emptied", spec)
    project = stage.make.project("emptied", spec)

    await stage.request_deletion(project)
    await stage.until_reason(project, "ProjectNotEmpty")
    path = f"/projects/{stage.make.project_name('emptied')}/repositories/app"
    await stage.account.require("DELETE", path)
    await stage.apply(stage.make.project("emptied", spec, look="now"))
    await stage.delete(project)

    assert await stage.harbor_project("emptied") is None


async def test_the_projects_own_immutable_tags_end_with_it(stage: Stage) -> None:
    spec = {**WITH_CONTENTS, "immutableTags": [{"tags": "**"}]}
    await pushed(stage, "locked", spec)
    project = stage.make.project("locked", spec, confirm_delete=True)

    await stage.apply(project)
    await stage.delete(project)

    assert await stage.harbor_project("locked") is None


async def test_tags_that_somebody_else_made_immutable_are_in_the_way(stage: Stage) -> None:
    project_id = await pushed(stage, "guarded", WITH_CONTENTS)
    rules = f"/projects/{project_id}/immutabletagrules"
    await stage.account.require("POST", rules, ALL_TAGS)
    project = stage.make.project("guarded", WITH_CONTENTS, confirm_delete=True)

    await stage.apply(project)
    await stage.request_deletion(project)
    await stage.until_reason(project, "TagsImmutable")
    [rule] = await immutable_rules_of(stage, project_id)
    await stage.account.require("DELETE", f"{rules}/{rule['id']}")
    await stage.apply(stage.make.project("guarded", WITH_CONTENTS, confirm_delete=True, look="now"))
    await stage.delete(project)

    assert await stage.harbor_project("guarded") is None
