"""Observe: what would be done is shown, nothing is done; Full then does exactly that."""

from collections import Counter
from datetime import timedelta

import pytest
import pytest_asyncio

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from tests.support.cluster import Check, condition, has_reason, is_ready, status_of
from tests.support.custom_resources import Json
from tests.support.every_setting import (
    HEADER,
    SETTINGS,
    TENANT,
    every_setting,
    lacking,
    make_header,
    prepare_harbor,
)
from tests.support.namespaces import temporary_namespace
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION = {"tenants": [{**TENANT, "projects": ["{namespace}", "{namespace}.*", "common"]}]}
OLD = timedelta(hours=1)
"""Older than a project that somebody may be about to claim."""
Entry = tuple[str, str, str | None, tuple[tuple[str, str | None, str | None], ...]]
"""A planned change: block, action, target, and its fields with the values before and after."""

WRITES: dict[tuple[str, str], tuple[str, str]] = {
    ("visibility", "Update"): ("PUT", "/projects/{project}"),
    ("scanning", "Update"): ("PUT", "/projects/{project}"),
    ("pullRestrictions", "Update"): ("PUT", "/projects/{project}"),
    ("storageQuota", "Update"): ("PUT", "/quotas/{id}"),
    ("members", "Create"): ("POST", "/projects/{project}/members"),
    ("members", "Delete"): ("DELETE", "/projects/{project}/members/{id}"),
    ("immutableTags", "Create"): ("POST", "/projects/{project}/immutabletagrules"),
    ("retention", "Create"): ("POST", "/retentions"),
    ("labels", "Create"): ("POST", "/labels"),
    ("labels", "Delete"): ("DELETE", "/labels/{id}"),
    ("webhooks", "Create"): ("POST", "/projects/{project}/webhook/policies"),
    ("ownership", "Update"): ("POST", "/labels"),
}
"""Which request each planned change becomes."""
SCANNER_CHOICE = ("PUT", "/projects/{project}/scanner")
"""Unlike all else in its block the scanner is no metadata."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def _furnished(world: SystemWorld) -> None:
    await prepare_harbor(world)


async def make_in_harbor(team: Team, name: str = "web") -> int:
    """Somebody has made a project by hand, long ago; its number."""
    body = {"project_name": team.harbor_name(name), "metadata": {"auto_scan": "false"}}
    assert await team.world.ask_harbor("POST", "/projects", body) == 201
    team.in_harbor(name).created -= OLD
    return team.in_harbor(name).project_id


def synced(word: str) -> Check:
    """A check for an object that is Ready, and in line or not."""
    return lambda body: is_ready(body) and (condition(body, "Synced") or {}).get("status") == word


def plan_of(body: Json) -> list[Entry]:
    """The plan in an object's status."""
    return [
        (
            entry["block"],
            entry["action"],
            entry.get("target"),
            tuple((f["field"], f.get("from"), f.get("to")) for f in entry["fields"]),
        )
        for entry in status_of(body, "plan") or []
    ]


def requests_of(entry: Entry) -> set[tuple[str, str]]:
    """The requests that a planned change becomes."""
    block, action, _, fields = entry
    return {SCANNER_CHOICE if field == "scanner" else WRITES[block, action] for field, *_ in fields}


def sent(team: Team) -> Counter[tuple[str, str]]:
    """The requests by which Harbor was written to so far, each by method and route."""
    counts: Counter[tuple[str, str]] = Counter()
    for kind, count in team.world.harbor.requests.counts.items():
        if kind.method not in {"GET", "HEAD"}:
            counts[kind.method, kind.template.removeprefix("/api/v2.0")] += count
    return counts


async def test_a_plan_lists_block_field_before_and_after_and_nothing_is_written(
    team: Team,
) -> None:
    project = await make_in_harbor(team)
    label = {"name": "old", "color": "#000000", "scope": "p", "project_id": project}
    assert await team.world.ask_harbor("POST", "/labels", label) == 201
    written = team.world.harbor.requests.writes

    await team.project(
        "web",
        managementPolicy="Observe",
        scanning={"onPush": True},
        storageQuota="2Gi",
        labels=[{"name": "new", "color": "#c0392b"}],
        **SETTINGS["members"].spec,
    )

    body = await team.ready(PROJECTS, "web", synced("False"))
    await team.look_again(PROJECTS, "web")
    assert (condition(body, "Ready") or {})["reason"] == "Observed"
    assert (condition(body, "Synced") or {})["reason"] == "ChangesPlanned"
    ownership, *rest = plan_of(body)
    assert ownership[:2] == ("ownership", "Update")
    assert rest == [
        ("scanning", "Update", None, (("onPush", "false", "true"),)),
        ("storageQuota", "Update", None, (("storageQuota", "Unlimited", str(2 * 1024**3)),)),
        ("members", "Create", "User/alice", (("role", None, "Maintainer"),)),
        ("labels", "Create", "new", (("color", None, "#c0392b"), ("description", None, ""))),
        ("labels", "Delete", "old", (("color", "#000000", None),)),
    ]
    assert team.world.harbor.requests.writes == written
    assert "finalizers" not in body["metadata"]
    assert team.mark_of("web") is None


async def test_full_does_exactly_what_was_planned(team: Team) -> None:
    await make_header(team)
    await make_in_harbor(team)
    spec = every_setting()
    await team.project("web", managementPolicy="Observe", adoptionPolicy="IfUnclaimed", **spec)
    observed = await team.ready(PROJECTS, "web", synced("False"))
    plan, before = plan_of(observed), sent(team)

    await team.change(PROJECTS, "web", managementPolicy="Full")
    body = await team.ready(PROJECTS, "web", synced("True"))

    written = sent(team) - before
    assert set(written) == {request for entry in plan for request in requests_of(entry)}
    assert sum(n for (method, _), n in written.items() if method != "PUT") == sum(
        action != "Update" or block == "ownership" for block, action, *_ in plan
    )
    assert status_of(body, "plan") is None
    assert status_of(body, "ownership")["state"] == "Adopted"
    assert await lacking(team, "web") == {}
    assert HEADER not in str(plan)


async def test_a_project_as_the_spec_says_is_in_line_and_has_no_plan(team: Team) -> None:
    await team.project("web", scanning={"onPush": True})
    await team.ready(PROJECTS, "web")
    written = team.world.harbor.requests.writes

    await team.change(PROJECTS, "web", managementPolicy="Observe")

    body = await team.ready(PROJECTS, "web", synced("True"))
    assert (condition(body, "Ready") or {})["reason"] == "Observed"
    assert status_of(body, "plan") is None
    assert team.world.harbor.requests.writes == written


async def test_a_project_that_is_not_there_is_planned_and_not_made(team: Team) -> None:
    written = team.world.harbor.requests.writes

    await team.project("web", managementPolicy="Observe", **SETTINGS["labels"].spec)

    body = await team.ready(PROJECTS, "web", has_reason("ProjectNotFound", stalled=False))
    created = [(block, action) for block, action, _, _ in plan_of(body)]
    assert created == [("project", "Create"), ("labels", "Create")]
    assert team.world.harbor.requests.writes == written
    assert team.world.harbor.state.project_named(team.harbor_name("web")) is None


async def test_a_robot_may_use_an_observed_project(team: Team) -> None:
    await make_in_harbor(team)
    await team.project("web", managementPolicy="Observe", scanning={"onPush": True})
    await team.ready(PROJECTS, "web", synced("False"))

    await team.robot("ci", "web")

    await team.ready(ROBOTS, "ci")


async def test_an_adoption_is_previewed_even_where_none_is_allowed(team: Team) -> None:
    await make_in_harbor(team)

    await team.project("web", managementPolicy="Observe", adoptionPolicy="Never")

    body = await team.ready(PROJECTS, "web", synced("False"))
    ((block, action, target, ((field, before, after),)),) = plan_of(body)
    assert (block, action, target) == ("ownership", "Update", team.harbor_name("web"))
    assert (field, before) == ("mark", None)
    assert (after or "").endswith(f"{body['metadata']['uid']}/adopted")


@pytest.mark.parametrize("shared", [False, True], ids=["not shared", "shared"])
async def test_a_neighbour_s_project_is_planned_only_where_it_is_shared(
    team: Team, *, shared: bool
) -> None:
    share = [{"namespaces": {"names": ["team-*"]}, "access": "Pull"}] if shared else []
    await team.project(
        "first", projectName="common", deletionPolicy="DeleteIfEmpty", sharedWith=share
    )
    await team.ready(PROJECTS, "first")
    written = team.world.harbor.requests.writes
    async with temporary_namespace(team.world.plane, prefix="team") as namespace:
        rival = Team(team.world, namespace)

        await rival.project(
            "second", projectName="common", managementPolicy="Observe", scanning={"onPush": True}
        )

        check = synced("False") if shared else has_reason("NameConflict", stalled=True)
        body = await rival.ready(PROJECTS, "second", check)
        await rival.clear()
    assert [block for block, *_ in plan_of(body)] == (["scanning"] if shared else [])
    assert (status_of(body, "ownership") or {}).get("mark") is None
    assert team.world.harbor.requests.writes == written


async def test_a_project_outside_of_the_tenant_rule_is_not_shown(team: Team) -> None:
    await team.project("web", projectName="library", managementPolicy="Observe")

    body = await team.ready(PROJECTS, "web", has_reason("NotAllowedNamespace", stalled=True))

    assert status_of(body, "plan") is None
    assert status_of(body, "repositoryCount") is None


async def test_an_observed_project_stays_when_its_object_goes(team: Team) -> None:
    await make_in_harbor(team)
    await team.project("web", managementPolicy="Observe", deletionPolicy="DeleteWithContents")
    await team.ready(PROJECTS, "web", synced("False"))
    written = team.world.harbor.requests.writes

    await team.delete(PROJECTS, "web")
    await team.gone(PROJECTS, "web")

    assert team.in_harbor("web").metadata["auto_scan"] == "false"
    assert team.world.harbor.requests.writes == written
