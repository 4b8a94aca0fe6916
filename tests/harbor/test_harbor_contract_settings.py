"""Against the simulator: how projects are set."""

import pytest

from harbor_operator.harbor import (
    HarborClient,
    ImmutableRule,
    RetentionRequest,
    Selector,
    WebhookTarget,
)
from harbor_operator.harbor.errors import Conflict, InvalidRequest, NotFound, ServerError
from tests.support.api_caller import ApiCaller
from tests.support.recorded_settings import EVERY_REPOSITORY, HOOK, NIGHTLY, TEN_NEWEST

RELEASES = ImmutableRule(
    tag_selector=Selector(decoration="matches", pattern="v*"), repository_selector=EVERY_REPOSITORY
)


@pytest.fixture
async def alice(caller: ApiCaller) -> str:
    body = {"username": "alice", "password": "Passw0rd", "email": "a@example.com"}
    await caller("POST", "/api/v2.0/users", {**body, "realname": "Alice", "comment": ""})
    return "alice"


async def test_a_member_comes_changes_and_goes(admin: HarborClient, ship: int, alice: str) -> None:
    member_id = await admin.members.add_user(ship, alice, 2)
    await admin.members.change_role(ship, member_id, 4)

    roles = {member.entity_name: member.role_id for member in await admin.members.list(ship)}
    assert roles == {"admin": 1, "alice": 4}

    await admin.members.remove(ship, member_id)
    assert [member.entity_name for member in await admin.members.list(ship)] == ["admin"]


async def test_a_member_is_added_once_whatever_the_role(
    admin: HarborClient, ship: int, alice: str
) -> None:
    await admin.members.add_user(ship, alice, 2)

    with pytest.raises(Conflict):
        await admin.members.add_user(ship, alice, 3)


async def test_an_unknown_user_or_group_cannot_become_a_member(
    admin: HarborClient, ship: int
) -> None:
    with pytest.raises(NotFound):
        await admin.members.add_user(ship, "ghost", 2)
    with pytest.raises(NotFound):
        await admin.members.add_group(ship, role=2, group_type=3, name="devs")


async def test_a_member_with_an_unknown_role_vanishes_and_lists_still_end(
    admin: HarborClient, ship: int, alice: str
) -> None:
    member_id = await admin.members.add_user(ship, alice, 2)

    await admin.members.change_role(ship, member_id, 9)

    assert [member.entity_name for member in await admin.members.list(ship)] == ["admin"]


async def test_a_missing_member_is_changed_and_removed_without_a_word(
    admin: HarborClient, ship: int
) -> None:
    await admin.members.change_role(ship, 9999, 2)
    await admin.members.remove(ship, 9999)

    assert [member.entity_name for member in await admin.members.list(ship)] == ["admin"]


async def test_groups_are_found_by_a_part_of_their_name(
    admin: HarborClient, caller: ApiCaller
) -> None:
    for name in ("devs", "dev", "ops"):
        await caller("POST", "/api/v2.0/usergroups", {"group_name": name, "group_type": 3})

    found = await admin.user_groups.search("dev")

    assert [(group.group_name, group.group_type) for group in found] == [("dev", 3), ("devs", 3)]
    assert {group.group_name for group in await admin.user_groups.list()} == {"dev", "devs", "ops"}


async def test_a_retention_policy_is_named_by_its_project_until_it_goes(
    admin: HarborClient, ship: int
) -> None:
    policy_id = await admin.retentions.create(ship, NIGHTLY)

    project = await admin.projects.get_by_id(ship)
    policy = await admin.retentions.get(policy_id)
    assert project is not None
    assert project.metadata["retention_id"] == str(policy_id)
    assert policy is not None
    assert (policy.id, policy.cron, policy.rules) == (policy_id, NIGHTLY.cron, NIGHTLY.rules)

    await admin.retentions.delete(policy_id)
    project = await admin.projects.get_by_id(ship)
    assert project is not None
    assert "retention_id" not in project.metadata
    with pytest.raises(ServerError):
        await admin.retentions.get(policy_id)


async def test_a_retention_policy_is_replaced_as_a_whole(admin: HarborClient, ship: int) -> None:
    policy_id = await admin.retentions.create(ship, NIGHTLY)

    await admin.retentions.replace(policy_id, ship, RetentionRequest("", ()))

    policy = await admin.retentions.get(policy_id)
    assert policy is not None
    assert (policy.cron, policy.rules) == ("", ())


async def test_a_project_has_one_retention_policy_which_no_other_may_replace(
    admin: HarborClient, ship: int
) -> None:
    policy_id = await admin.retentions.create(ship, NIGHTLY)
    other = await admin.projects.create("other", metadata={})

    with pytest.raises(InvalidRequest, match="already has retention policy"):
        await admin.retentions.create(ship, NIGHTLY)
    with pytest.raises(NotFound):
        await admin.retentions.replace(policy_id, other, NIGHTLY)


@pytest.mark.parametrize(
    "cron", ["0 3 * * *", "30 0 3 * * *"], ids=["five fields", "half a minute past"]
)
async def test_a_schedule_that_harbor_refuses_is_explained(
    admin: HarborClient, ship: int, cron: str
) -> None:
    with pytest.raises(InvalidRequest, match="invalid cron string"):
        await admin.retentions.create(ship, RetentionRequest(cron, (TEN_NEWEST,)))


async def test_two_equal_retention_rules_are_a_conflict(admin: HarborClient, ship: int) -> None:
    with pytest.raises(Conflict):
        await admin.retentions.create(ship, RetentionRequest("", (TEN_NEWEST, TEN_NEWEST)))


async def test_an_immutable_rule_is_made_and_deleted_once(admin: HarborClient, ship: int) -> None:
    rule_id = await admin.immutable_rules.create(ship, RELEASES)

    with pytest.raises(Conflict):
        await admin.immutable_rules.create(ship, RELEASES)
    assert await admin.immutable_rules.list(ship) == [RELEASES.model_copy(update={"id": rule_id})]

    await admin.immutable_rules.delete(ship, rule_id)
    with pytest.raises(NotFound):
        await admin.immutable_rules.delete(ship, rule_id)


async def test_an_immutable_rule_is_enabled_and_changed_by_two_calls(
    admin: HarborClient, ship: int
) -> None:
    rule_id = await admin.immutable_rules.create(ship, RELEASES)
    old = RELEASES.model_copy(update={"id": rule_id})
    await admin.immutable_rules.replace(ship, old.model_copy(update={"disabled": True}))
    new = old.model_copy(update={"tag_selector": Selector(decoration="excludes", pattern="latest")})

    await admin.immutable_rules.replace(ship, new)
    after_one = await admin.immutable_rules.list(ship)
    await admin.immutable_rules.replace(ship, new)
    after_two = await admin.immutable_rules.list(ship)

    assert (after_one, after_two) == ([old], [new])


async def test_an_immutable_rule_without_selectors_is_listed(
    admin: HarborClient, ship: int, caller: ApiCaller
) -> None:
    body = {"action": "immutable", "template": "immutable_template"}
    await caller("POST", f"/api/v2.0/projects/{ship}/immutabletagrules", body)

    (rule,) = await admin.immutable_rules.list(ship)

    assert (rule.tag_selector, rule.repository_selector) == (None, None)


async def test_a_webhook_is_made_replaced_and_deleted(admin: HarborClient, ship: int) -> None:
    policy_id = await admin.webhooks.create(ship, HOOK)
    assert await admin.webhooks.list(ship) == [HOOK.model_copy(update={"id": policy_id})]
    quiet = HOOK.model_copy(update={"id": policy_id, "enabled": False})

    await admin.webhooks.replace(ship, policy_id, quiet)

    assert await admin.webhooks.list(ship) == [quiet]
    await admin.webhooks.delete(ship, policy_id)
    with pytest.raises(NotFound):
        await admin.webhooks.delete(ship, policy_id)


async def test_a_webhook_for_slack_takes_no_payload_format(admin: HarborClient, ship: int) -> None:
    target = WebhookTarget(type="slack", address="https://example.com")
    policy_id = await admin.webhooks.create(ship, HOOK.model_copy(update={"targets": (target,)}))

    (policy,) = await admin.webhooks.list(ship)

    assert (policy.id, policy.targets) == (policy_id, (target,))


async def test_a_refused_webhook_tells_nothing_of_its_address(
    admin: HarborClient, ship: int
) -> None:
    target = WebhookTarget(type="http", address="http://sec ret")

    with pytest.raises(InvalidRequest) as caught:
        await admin.webhooks.create(ship, HOOK.model_copy(update={"targets": (target,)}))

    assert caught.value.reason == ""


async def test_a_setting_is_removed_and_a_missing_one_too(admin: HarborClient, ship: int) -> None:
    await admin.projects.update(ship, metadata={"auto_scan": "true"})

    await admin.projects.delete_metadata(ship, "auto_scan")
    await admin.projects.delete_metadata(ship, "retention_id")

    project = await admin.projects.get_by_id(ship)
    assert project is not None
    assert project.metadata == {"public": "false"}
