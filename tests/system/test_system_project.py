"""A HarborProject from its creation to its end, between a real API server and Harbor."""

import pytest

from harbor_operator.api.project import PROJECTS
from tests.support.cluster import condition, has_reason, status_of
from tests.support.custom_resources import Json
from tests.support.system_world import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION = {
    "tenants": [
        {
            "namespaces": {"names": ["team-*"]},
            "projects": ["{namespace}", "{namespace}.*", "common"],
            "mayAdopt": True,
        }
    ],
}


async def test_a_new_project_is_made_private_and_marked(team: Team) -> None:
    await team.project("web", scanning={"onPush": True})

    body = await team.ready(PROJECTS, "web")

    made = team.in_harbor("web")
    assert status_of(body, "projectID") == made.project_id
    assert made.metadata["public"] == "false"
    assert made.metadata["auto_scan"] == "true"
    assert (team.mark_of("web") or "").endswith(f"/{team.namespace}/web/{body['metadata']['uid']}")


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
