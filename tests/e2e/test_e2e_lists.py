"""What a project has many of: members, rules, labels, webhooks. A stated list is the whole list."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from testbed.control_plane.api import Json
from testbed.endtoend.objects import condition, status_of
from testbed.tools.waiting import until
from tests.support.e2e_harbor import (
    OWNER_LABEL,
    immutable_rules_of,
    labels_of,
    local_user,
    roles_of,
    webhooks_of,
)
from tests.support.e2e_manifests import WEBHOOK_HOST
from tests.support.e2e_stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

MAINTAINER, DEVELOPER, GUEST = 4, 2, 3
"""Harbor's numbers of roles."""
RESENT_SECONDS = 30.0


@pytest_asyncio.fixture(loop_scope="session")
async def people(stage: Stage) -> AsyncIterator[tuple[str, str]]:
    """Two users of Harbor."""
    async with local_user(stage, "ada") as ada, local_user(stage, "ben") as ben:
        yield ada, ben


async def test_members_come_and_go_with_the_spec(stage: Stage, people: tuple[str, str]) -> None:
    ada, ben = people
    both = stage.make.project("members", members((ada, "Maintainer"), (ben, "Developer")))
    one = stage.make.project("members", members((ada, "Guest")))

    [ready] = await stage.ready(both)
    before = await roles_of(stage, status_of(ready)["projectID"])
    [after] = await stage.ready(one)

    left = await roles_of(stage, status_of(ready)["projectID"])
    assert {ada: MAINTAINER, ben: DEVELOPER}.items() <= before.items()
    assert left == {**{k: v for k, v in before.items() if k != ben}, ada: GUEST}
    assert status_of(after)["managedMembers"] == [f"User/{ada}"]


async def test_additive_leaves_whom_a_person_added_and_exact_does_not(
    stage: Stage, people: tuple[str, str]
) -> None:
    ada, ben = people
    [ready] = await stage.ready(stage.make.project("exact", members((ada, "Developer"))))
    project_id = status_of(ready)["projectID"]
    by_hand = {"role_id": GUEST, "member_user": {"username": ben}}
    await stage.account.require("POST", f"/projects/{project_id}/members", by_hand)

    await stage.ready(stage.make.project("exact", members((ada, "Developer")), look="again"))
    kept = await roles_of(stage, project_id)
    exact = {**members((ada, "Developer")), "membersPolicy": "Exact"}
    await stage.ready(stage.make.project("exact", exact))

    left = await roles_of(stage, project_id)
    assert kept[ben] == GUEST
    assert left == {k: v for k, v in kept.items() if k != ben}
    # Whoever made the project is a member too, and stays.
    assert left.keys() > {ada}


async def test_a_member_whom_harbor_does_not_know_holds_no_other_up(
    stage: Stage, people: tuple[str, str]
) -> None:
    ada, _ = people
    nobody = f"{stage.make.prefix}-nobody"
    project = stage.make.project("stranger", members((nobody, "Guest"), (ada, "Guest")))

    await stage.apply(project)

    refused = await stage.until_reason(project, "MemberNotFound")
    assert nobody in condition(refused, "Ready")["message"]
    roles = await roles_of(stage, status_of(refused)["projectID"])
    assert roles[ada] == GUEST


def members(*roles: tuple[str, str]) -> Json:
    """Settings with users and their roles."""
    return {"members": [{"kind": "User", "name": name, "role": role} for name, role in roles]}


async def test_what_is_cleaned_up_is_what_the_rules_do_not_keep(stage: Stage) -> None:
    rules: list[Json] = [
        {"keep": {"mostRecentlyPushed": 10}, "tags": "release-*"},
        {"keep": {"mostRecentlyPulled": 5}, "excludeTags": "tmp-*", "untagged": False},
        {"keep": {"pushedWithinDays": 14}, "repositories": "{api,web/**}"},
        {"keep": {"pulledWithinDays": 30}, "excludeRepositories": "tmp/**"},
        {"keep": {"all": True}, "tags": "v*"},
    ]
    retention = {"schedule": "0 3 * * 0", "rules": rules}

    await stage.ready(stage.make.project("kept", {"retention": retention}))

    project = await stage.harbor_project("kept")
    assert project is not None
    policy = await stage.account.require(
        "GET", f"/retentions/{project['metadata']['retention_id']}"
    )
    assert policy["trigger"]["settings"]["cron"] == "0 0 3 * * 0"
    assert {rule["template"]: rule.get("params") or {} for rule in policy["rules"]} == {
        "latestPushedK": {"latestPushedK": 10},
        "latestPulledN": {"latestPulledN": 5},
        "nDaysSinceLastPush": {"nDaysSinceLastPush": 14},
        "nDaysSinceLastPull": {"nDaysSinceLastPull": 30},
        "always": {},
    }


async def test_immutable_tags_are_all_those_of_the_spec(stage: Stage) -> None:
    first = {"immutableTags": [{"tags": "release-*"}, {"excludeTags": "latest"}]}
    second = {"immutableTags": [{"repositories": "api", "tags": "release-*"}]}

    [ready] = await stage.ready(stage.make.project("immutable", first))
    before = await immutable_rules_of(stage, status_of(ready)["projectID"])
    await stage.ready(stage.make.project("immutable", second))

    [left] = await immutable_rules_of(stage, status_of(ready)["projectID"])
    assert {tag_pattern(rule) for rule in before} == {
        ("matches", "release-*"),
        ("excludes", "latest"),
    }
    assert tag_pattern(left) == ("matches", "release-*")
    [repositories] = left["scope_selectors"]["repository"]
    assert repositories["pattern"] == "api"


def tag_pattern(rule: Json) -> tuple[str, str]:
    """How a rule selects tags."""
    [selector] = rule["tag_selectors"]
    return selector["decoration"], selector["pattern"]


async def test_labels_are_all_those_of_the_spec_and_the_operators_own(stage: Stage) -> None:
    label = {"name": "tier-1", "color": "#c0392b", "description": "Wake somebody up."}

    [ready] = await stage.ready(stage.make.project("labels", {"labels": [label]}))
    before = await labels_of(stage, status_of(ready)["projectID"])
    await stage.ready(stage.make.project("labels", {"labels": []}))

    after = await labels_of(stage, status_of(ready)["projectID"])
    assert before.keys() == {"tier-1", OWNER_LABEL}
    assert label.items() <= before["tier-1"].items()
    assert after.keys() == {OWNER_LABEL}


async def test_a_webhook_gets_its_header_again_when_the_secret_changes(stage: Stage) -> None:
    project = stage.make.project("webhook", {"webhooks": [webhook("webhook-header")]})
    stage.passwords.update({"first-made-up-token", "second-made-up-token"})

    await stage.apply(stage.make.webhook_secret("webhook-header", "Bearer first-made-up-token"))
    [ready] = await stage.ready(project)
    first = await webhooks_of(stage, status_of(ready)["projectID"])
    await stage.apply(stage.make.webhook_secret("webhook-header", "Bearer second-made-up-token"))

    async def is_resent() -> bool:
        seen = await webhooks_of(stage, status_of(ready)["projectID"])
        return header_of(seen["ci"]) == "Bearer second-made-up-token"

    await until(is_resent, within=RESENT_SECONDS)
    assert header_of(first["ci"]) == "Bearer first-made-up-token"
    assert set(first["ci"]["event_types"]) == {"PUSH_ARTIFACT", "DELETE_ARTIFACT"}
    [target] = first["ci"]["targets"]
    assert target["address"] == f"https://{WEBHOOK_HOST}/harbor"
    assert target["payload_format"] == "CloudEvents"


async def test_a_webhook_to_a_host_that_is_not_allowed_is_not_made(stage: Stage) -> None:
    elsewhere = {**webhook("unused"), "address": "https://elsewhere.example.net/"}
    project = stage.make.project("forbidden", {"webhooks": [elsewhere]})

    await stage.apply(project)

    refused = await stage.until_reason(project, "AccessNotAllowed")
    assert "elsewhere.example.net" in condition(refused, "Ready")["message"]
    assert await webhooks_of(stage, status_of(refused)["projectID"]) == {}


def webhook(secret: str) -> Json:
    """A webhook with a header from a Secret."""
    return {
        "name": "ci",
        "events": ["PUSH_ARTIFACT", "DELETE_ARTIFACT"],
        "address": f"https://{WEBHOOK_HOST}/harbor",
        "format": "CloudEvents",
        "authHeaderSecretRef": {"name": secret, "key": "header"},
    }


def header_of(policy: Json) -> str:
    """The Authorization header that a webhook sends."""
    [target] = policy["targets"]
    return str(target["auth_header"])
