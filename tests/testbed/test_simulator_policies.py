"""Policies of projects and schedules of the system, beyond what the recordings show."""

from collections.abc import AsyncIterator

import pytest

from testbed.harbor import HarborSimulator
from tests.support.api_caller import ApiCaller
from tests.support.simulated_harbor import SimulatedHarbor, running

PROJECT = "/api/v2.0/projects/team"
WEBHOOKS = f"{PROJECT}/webhook/policies"
RULES = f"{PROJECT}/immutabletagrules"
RETENTIONS = "/api/v2.0/retentions"
RETENTION = f"{RETENTIONS}/1"
COLLECTION = "/api/v2.0/system/gc/schedule"
PURGE = "/api/v2.0/system/purgeaudit/schedule"
WEBHOOK = {
    "name": "hook",
    "event_types": ["PUSH_ARTIFACT"],
    "targets": [{"type": "http", "address": "https://example.com"}],
}
RULE = {"action": "immutable", "template": "immutable_template"}
NIGHTLY = {"type": "Daily", "cron": "0 0 2 * * *"}
TEAM_ID = 2


def retention(cron: str = "", ref: int = TEAM_ID, **fields: object) -> dict[str, object]:
    return {
        "algorithm": "or",
        "scope": {"level": "project", "ref": ref},
        "trigger": {"kind": "Schedule", "settings": {"cron": cron}},
        "rules": [],
        **fields,
    }


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with running(HarborSimulator()) as harbor:
        await harbor.create_project("team")
        yield harbor


async def system_robot(harbor: SimulatedHarbor, *grants: str) -> ApiCaller:
    """A robot for all projects with grants written as `resource:action`."""
    pairs = [grant.split(":") for grant in grants]
    access = [{"resource": resource, "action": action} for resource, action in pairs]
    permission = {"kind": "project", "namespace": "*", "access": access}
    body = {"name": "ops", "level": "system", "duration": -1, "permissions": [permission]}
    reply = await harbor.admin("POST", "/api/v2.0/robots", body)
    return harbor.anonymous.signed_in(reply.field("name"), reply.field("secret"))


@pytest.mark.parametrize(
    ("grant", "method", "path", "body"),
    [
        pytest.param("tag-retention:create", "POST", RETENTIONS, retention(), id="retention"),
        pytest.param("immutable-tag:create", "POST", RULES, RULE, id="immutable rule"),
        pytest.param("notification-policy:create", "POST", WEBHOOKS, WEBHOOK, id="webhook"),
        pytest.param("scanner:create", "PUT", f"{PROJECT}/scanner", {"uuid": "u"}, id="scanner"),
    ],
)
async def test_a_robot_needs_its_grant(
    harbor: SimulatedHarbor, grant: str, method: str, path: str, body: dict[str, object]
) -> None:
    granted = await system_robot(harbor, grant)
    other = await harbor.create_robot("team", "other")

    refused = await other(method, path, body)
    done = await granted(method, path, body)

    assert refused.status == 403
    assert done.status in {200, 201}


async def test_projects_take_rules_and_retention_along_but_not_webhooks(
    harbor: SimulatedHarbor,
) -> None:
    await harbor.admin("POST", RULES, RULE)
    await harbor.admin("POST", RETENTIONS, retention("0 0 2 * * *"))
    await harbor.admin("POST", WEBHOOKS, WEBHOOK)

    await harbor.admin("DELETE", PROJECT)

    state = harbor.simulator.state
    assert (state.immutable_rules, state.retentions, state.schedules) == ({}, {}, {})
    assert list(state.webhooks) == [1]


async def test_a_snapshot_holds_policies(harbor: SimulatedHarbor) -> None:
    await harbor.admin("POST", WEBHOOKS, WEBHOOK)
    taken = await harbor.control("POST", "/snapshots")
    await harbor.admin("DELETE", f"{WEBHOOKS}/1")

    await harbor.control("POST", f"/snapshots/{taken.field('number')}/restore")

    assert (await harbor.admin("GET", f"{WEBHOOKS}/1")).status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(retention(scope=None), 500, id="no scope"),
        pytest.param(retention(trigger=None), 500, id="no trigger"),
        pytest.param(retention(trigger={"kind": "Schedule"}), 500, id="no cron"),
        pytest.param(retention(ref=1), 404, id="another project"),
        pytest.param(retention("0 0 4 * * *"), 200, id="another time"),
    ],
)
async def test_a_retention_policy_is_replaced_by_a_whole_one(
    harbor: SimulatedHarbor, body: dict[str, object], status: int
) -> None:
    await harbor.admin("POST", RETENTIONS, retention("0 0 2 * * *"))

    assert (await harbor.admin("PUT", RETENTION, body)).status == status


async def test_a_dangling_policy_number_blocks_a_new_policy_until_it_is_removed(
    harbor: SimulatedHarbor,
) -> None:
    harbor.simulator.state.projects[TEAM_ID].metadata["retention_id"] = "77"

    blocked = await harbor.admin("POST", RETENTIONS, retention())
    await harbor.admin("DELETE", f"{PROJECT}/metadatas/retention_id")
    created = await harbor.admin("POST", RETENTIONS, retention())

    assert (blocked.status, created.status) == (400, 201)


async def test_a_run_of_retention_ends_by_itself_or_is_stopped(harbor: SimulatedHarbor) -> None:
    await harbor.admin("POST", RETENTIONS, retention())
    first = (await harbor.admin("POST", f"{RETENTION}/executions", {"dry_run": True})).headers
    second = (await harbor.admin("POST", f"{RETENTION}/executions", {})).headers

    stopped = await harbor.admin("PATCH", second["Location"], {"action": "stop"})
    paused = await harbor.admin("PATCH", first["Location"], {"action": "pause"})
    harbor.simulator.clock.offset_seconds = 5
    listed = await harbor.admin("GET", f"{RETENTION}/executions")

    assert (stopped.status, paused.status) == (200, 400)
    assert listed.text.index('"Stopped"') < listed.text.index('"Success"')
    assert (await harbor.admin("GET", f"{first['Location']}/tasks")).body == []


async def test_a_webhook_target_speaks_the_default_format(harbor: SimulatedHarbor) -> None:
    await harbor.admin("POST", WEBHOOKS, WEBHOOK)

    shown = await harbor.admin("GET", f"{WEBHOOKS}/1")

    assert '"payload_format": "Default"' in shown.text
    assert shown.field("enabled") == "False"


@pytest.mark.parametrize(
    "address", ["", "ftp://example.com", "http://example.com:port"], ids=["none", "scheme", "port"]
)
async def test_a_webhook_needs_an_address(harbor: SimulatedHarbor, address: str) -> None:
    body = {**WEBHOOK, "targets": [{"type": "http", "address": address}]}

    assert (await harbor.admin("POST", WEBHOOKS, body)).status == 400


async def test_two_webhooks_cannot_get_one_name(harbor: SimulatedHarbor) -> None:
    await harbor.admin("POST", WEBHOOKS, WEBHOOK)
    await harbor.admin("POST", WEBHOOKS, {**WEBHOOK, "name": "second"})

    renamed = await harbor.admin("PUT", f"{WEBHOOKS}/2", WEBHOOK)

    assert renamed.status == 409


@pytest.mark.parametrize(
    ("parameters", "schedule", "status"),
    [
        pytest.param({"workers": 11}, NIGHTLY, 400, id="many workers"),
        pytest.param({}, {"type": "Hourly", "cron": ""}, 400, id="no cron"),
        pytest.param({}, {"type": "Sometimes"}, 422, id="unknown type"),
        pytest.param({}, None, 500, id="no schedule"),
        pytest.param({}, {"type": "Manual"}, 200, id="now"),
    ],
)
async def test_garbage_collection_is_scheduled_with_care(
    harbor: SimulatedHarbor, parameters: object, schedule: object, status: int
) -> None:
    body = {"parameters": parameters, "schedule": schedule}

    assert (await harbor.admin("PUT", COLLECTION, body)).status == status


async def test_none_ends_a_schedule(harbor: SimulatedHarbor) -> None:
    await harbor.admin("POST", COLLECTION, {"schedule": NIGHTLY})
    scheduled = await harbor.admin("GET", COLLECTION)

    await harbor.admin("PUT", COLLECTION, {"schedule": {"type": "None"}})

    assert scheduled.field("job_kind") == "0 0 2 * * *"
    assert (await harbor.admin("GET", COLLECTION)).text == ""


async def test_purging_the_audit_log_needs_its_parameters(harbor: SimulatedHarbor) -> None:
    parameters = {"audit_retention_hour": 24, "include_event_types": "create_project"}

    without = await harbor.admin("POST", PURGE, {"schedule": NIGHTLY})
    too_long = {"schedule": NIGHTLY, "parameters": {**parameters, "audit_retention_hour": 240001}}
    refused = await harbor.admin("POST", PURGE, too_long)
    created = await harbor.admin("POST", PURGE, {"schedule": NIGHTLY, "parameters": parameters})

    assert (without.status, refused.status, created.status) == (400, 400, 201)
    assert '\\"audit_retention_hour\\":24' in (await harbor.admin("GET", PURGE)).text
