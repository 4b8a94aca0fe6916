"""What a connection no longer allows stops at once, without waiting for a drift pass."""

import pytest

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import has_reason
from tests.support.custom_resources import Json
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALLOWED: Json = {"namespaces": {"names": ["team-*"]}, "allowPublic": True}
CONNECTION = {"tenants": [ALLOWED], "driftCheckPeriod": "24h"}


async def allow(team: Team, *rules: Json) -> None:
    """Replace the connection's tenant rules."""
    path = team.world.connection_path
    await team.world.cluster.merge(path, {"spec": {"tenants": [*rules]}})


async def test_a_namespace_that_loses_its_rule_is_told_at_once(team: Team) -> None:
    await team.project("web")
    await team.robot("ci", "web")
    await team.ready(ROBOTS, "ci")

    await allow(team, {"namespaces": {"names": ["others"]}})

    await team.ready(PROJECTS, "web", has_reason("NotAllowedNamespace"))
    await team.ready(ROBOTS, "ci", has_reason("NotAllowedNamespace"))
    await allow(team, ALLOWED)
    await team.ready(PROJECTS, "web")
    await team.ready(ROBOTS, "ci")


async def test_a_ceiling_that_is_lowered_holds_at_once(team: Team) -> None:
    await team.project("web", visibility="Public")
    await team.ready(PROJECTS, "web")

    await allow(team, {**ALLOWED, "allowPublic": False})

    await team.ready(PROJECTS, "web", has_reason("AccessNotAllowed"))
    await allow(team, ALLOWED)
    await team.ready(PROJECTS, "web")
