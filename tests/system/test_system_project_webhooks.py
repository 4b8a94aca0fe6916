"""A webhook's header: from a Secret that was released for it to Harbor, and to nowhere else."""

import json

import pytest
import pytest_asyncio

from harbor_operator.api.base import LABEL_WEBHOOK_AUTH
from harbor_operator.api.project import PROJECTS
from testbed.tools.waiting import until
from tests.support.cluster import EVENTS, encoded, has_reason
from tests.support.every_setting import (
    HEADER,
    HEADER_KEY,
    HEADER_SECRET,
    SETTINGS,
    TENANT,
    make_header,
    prepare_harbor,
)
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION = {"tenants": [TENANT]}
WEBHOOKS = SETTINGS["webhooks"].spec
NEXT_HEADER = "Bearer Canary-Next-Webhook-Header-8Lm"
NEWS_SECONDS = 2.0
"""How soon Harbor has the header of a Secret that changed."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def _furnished(world: SystemWorld) -> None:
    await prepare_harbor(world)


async def header_in_harbor(team: Team) -> str | None:
    """The header of the project's only webhook, None where it has no webhook."""
    project = team.in_harbor("web").project_id
    hooks = await team.world.read_harbor(f"/projects/{project}/webhook/policies")
    return next((hook["targets"][0].get("auth_header", "") for hook in hooks), None)


async def change_header(team: Team, value: str) -> None:
    """Somebody writes another header into the Secret."""
    path = team.core_path("secrets", HEADER_SECRET)
    await team.world.cluster.merge(path, {"data": encoded(**{HEADER_KEY: value})})


async def release(team: Team, word: str | None) -> None:
    """Set the label by which somebody says that a Secret may be shown in Harbor."""
    path = team.core_path("secrets", HEADER_SECRET)
    labels = {LABEL_WEBHOOK_AUTH: word}
    await team.world.cluster.merge(path, {"metadata": {"labels": labels}})


async def test_a_header_that_changes_in_its_secret_soon_changes_in_harbor(team: Team) -> None:
    await make_header(team)
    await team.project("web", **WEBHOOKS)
    await team.ready(PROJECTS, "web")
    before = await header_in_harbor(team)

    await change_header(team, NEXT_HEADER)

    async def has_changed() -> bool:
        return await header_in_harbor(team) == NEXT_HEADER

    await until(has_changed, within=NEWS_SECONDS)
    assert before == HEADER


async def test_a_header_appears_nowhere_but_in_its_secret_and_in_harbor(team: Team) -> None:
    await make_header(team)
    await team.project("web", **WEBHOOKS, managementPolicy="Observe")
    await team.ready(PROJECTS, "web", has_reason("ProjectNotFound"))
    planned = await team.world.cluster.get(team.path(PROJECTS, "web"))
    await team.change(PROJECTS, "web", managementPolicy="Full")
    await team.ready(PROJECTS, "web")
    await change_header(team, NEXT_HEADER)
    await team.look_again(PROJECTS, "web")
    await team.world.at_rest()

    applied = await team.world.cluster.get(team.path(PROJECTS, "web"))
    events = await team.world.cluster.get(f"{EVENTS}/{team.namespace}/events")
    everything = json.dumps([planned, applied, events]) + team.world.operator.output
    assert await header_in_harbor(team) == NEXT_HEADER
    assert HEADER not in everything
    assert NEXT_HEADER not in everything


async def test_a_secret_that_nobody_released_is_not_shown_to_harbor(team: Team) -> None:
    await make_header(team)
    await release(team, None)
    await team.project("web", **WEBHOOKS)
    await team.ready(PROJECTS, "web", has_reason("CredentialsMissing", stalled=False))
    hidden = await header_in_harbor(team)

    await release(team, "true")

    await team.ready(PROJECTS, "web")
    assert hidden is None
    assert await header_in_harbor(team) == HEADER


async def test_a_webhook_keeps_its_header_when_the_secret_is_gone(team: Team) -> None:
    await make_header(team)
    await team.project("web", **WEBHOOKS)
    await team.ready(PROJECTS, "web")

    await team.world.cluster.delete(team.core_path("secrets", HEADER_SECRET))

    await team.ready(PROJECTS, "web", has_reason("CredentialsMissing", stalled=False))
    assert await header_in_harbor(team) == HEADER


async def test_a_webhook_of_slack_is_applied_once(team: Team) -> None:
    await make_header(team)
    (hook,) = WEBHOOKS["webhooks"]
    await team.project("web", webhooks=[{**hook, "format": "Slack"}])
    await team.ready(PROJECTS, "web")
    written = team.world.harbor.requests.writes

    await team.look_again(PROJECTS, "web")

    project = team.in_harbor("web").project_id
    hooks = await team.world.read_harbor(f"/projects/{project}/webhook/policies")
    assert [target["type"] for target in hooks[0]["targets"]] == ["slack"]
    assert team.world.harbor.requests.writes == written
