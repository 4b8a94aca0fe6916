"""What is put into requests that change settings, and what is left out."""

import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from pydantic import SecretStr

from harbor_operator.harbor import (
    HarborClient,
    ImmutableRule,
    NewRegistry,
    RegistryChange,
    RetentionRequest,
    ScheduleKind,
    WebhookPolicy,
    WebhookTarget,
)
from harbor_operator.harbor.errors import InvalidRequest
from tests.support.recorded_answers import Recorded
from tests.support.scripted_server import Script, ScriptedServer

Serve = Callable[[Script], Awaitable[tuple[ScriptedServer, HarborClient]]]


def accepted(status: int = 200, **headers: str) -> Script:
    async def script(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, headers=headers)

    return script


def last_body(server: ScriptedServer) -> object:
    return json.loads(server.requests[-1].body)


@pytest.mark.parametrize("cron", ["", "0 0 3 * * *"], ids=repr)
async def test_a_retention_policy_is_sent_with_every_field(serve: Serve, cron: str) -> None:
    server, client = await serve(accepted())

    await client.retentions.replace(1, 48, RetentionRequest(cron, ()))

    assert last_body(server) == {
        "algorithm": "or",
        "scope": {"level": "project", "ref": 48},
        "trigger": {"kind": "Schedule", "settings": {"cron": cron}},
        "rules": [],
    }


@pytest.mark.parametrize(
    ("names", "group"),
    [
        ({"name": "devs"}, {"group_type": 3, "group_name": "devs"}),
        ({"ldap_dn": "cn=x"}, {"group_type": 3, "ldap_group_dn": "cn=x"}),
        (
            {"name": "devs", "ldap_dn": "cn=x"},
            {"group_type": 3, "group_name": "devs", "ldap_group_dn": "cn=x"},
        ),
    ],
    ids=["by name", "by distinguished name", "by both"],
)
async def test_a_group_is_added_by_the_names_that_were_given(
    serve: Serve, names: dict[str, str], group: object
) -> None:
    server, client = await serve(accepted(201, Location="/api/v2.0/projects/39/members/21"))

    number = await client.members.add_group(39, role=4, group_type=3, **names)

    assert number == 21
    assert last_body(server) == {"role_id": 4, "member_group": group}


async def test_a_retention_rule_that_was_read_is_written_back_unchanged(serve: Serve) -> None:
    recorded = Recorded("policies", 15, "get")
    server, client = await serve(recorded.script())
    policy = await client.retentions.get(1)
    assert policy is not None

    await client.retentions.replace(1, 48, RetentionRequest(policy.cron, policy.rules))

    assert last_body(server) == Recorded("policies", 13, "retention").body


async def test_an_immutable_rule_without_selectors_is_written_with_empty_lists(
    serve: Serve,
) -> None:
    server, client = await serve(accepted())

    await client.immutable_rules.replace(48, ImmutableRule(id=3))

    assert last_body(server) == {
        "id": 3,
        "action": "immutable",
        "template": "immutable_template",
        "disabled": False,
        "tag_selectors": [],
        "scope_selectors": {"repository": []},
    }


async def test_a_webhook_for_slack_is_sent_without_a_payload_format(serve: Serve) -> None:
    server, client = await serve(accepted())
    target = WebhookTarget(type="slack", address="https://e.com")

    await client.webhooks.replace(48, 3, WebhookPolicy(name="g", targets=(target,)))

    assert last_body(server) == {
        "name": "g",
        "description": "",
        "enabled": False,
        "event_types": [],
        "targets": [
            {
                "type": "slack",
                "address": "https://e.com",
                "auth_header": "",
                "skip_cert_verify": False,
            }
        ],
    }


@pytest.mark.parametrize(
    ("change", "body"),
    [
        (RegistryChange(), {}),
        (RegistryChange(description=""), {"description": ""}),
        (RegistryChange(insecure=False), {"insecure": False}),
        (
            RegistryChange(url="https://new", access_secret=SecretStr("s3cret")),
            {"url": "https://new", "access_secret": "s3cret"},
        ),
        (
            RegistryChange(access_key="", access_secret=SecretStr("")),
            {"access_key": "", "access_secret": ""},
        ),
    ],
    ids=["nothing", "no description", "secure", "moved with its secret", "without credentials"],
)
async def test_of_an_endpoint_only_what_changes_is_sent(
    serve: Serve, change: RegistryChange, body: object
) -> None:
    server, client = await serve(accepted())

    await client.registries.update(1, change)

    assert last_body(server) == body


async def test_an_endpoint_without_credentials_and_authority_is_sent_without_them(
    serve: Serve,
) -> None:
    server, client = await serve(accepted(201, Location="/api/v2.0/registries/4"))

    await client.registries.create(NewRegistry("hub", "docker-hub", "https://hub.docker.com"))

    assert last_body(server) == {
        "name": "hub",
        "type": "docker-hub",
        "url": "https://hub.docker.com",
        "insecure": False,
        "description": "",
    }


async def test_an_authority_of_an_endpoint_is_sent(serve: Serve) -> None:
    server, client = await serve(accepted(201, Location="/api/v2.0/registries/4"))
    endpoint = NewRegistry("own", "harbor", "https://own", ca_certificate="PEM")

    await client.registries.create(endpoint)

    body = last_body(server)
    assert isinstance(body, dict)
    assert body["ca_certificate"] == "PEM"


@pytest.mark.parametrize(("exists", "method"), [(False, "POST"), (True, "PUT")], ids=str)
async def test_a_first_schedule_is_posted_and_a_changed_one_put(
    serve: Serve, method: str, *, exists: bool
) -> None:
    server, client = await serve(accepted())

    await client.schedules.set(ScheduleKind.SCAN_ALL, "0 0 4 * * *", {}, exists=exists)

    assert server.requests[-1].method == method
    assert server.requests[-1].target == "/api/v2.0/system/scanAll/schedule"
    assert last_body(server) == {
        "schedule": {"type": "Custom", "cron": "0 0 4 * * *"},
        "parameters": {},
    }


@pytest.mark.parametrize(
    ("kind", "path", "parameters"),
    [
        (ScheduleKind.GARBAGE_COLLECTION, "gc", {}),
        (ScheduleKind.SCAN_ALL, "scanAll", {}),
        (
            ScheduleKind.AUDIT_LOG_PURGE,
            "purgeaudit",
            {"audit_retention_hour": 0, "include_event_types": ""},
        ),
    ],
    ids=["collection", "scans", "a purge, which needs parameters all the same"],
)
async def test_a_schedule_is_dropped_by_putting_the_type_none(
    serve: Serve, kind: ScheduleKind, path: str, parameters: object
) -> None:
    server, client = await serve(accepted())

    await client.schedules.clear(kind)

    assert server.targets("PUT") == [f"/api/v2.0/system/{path}/schedule"]
    assert last_body(server) == {"schedule": {"type": "None"}, "parameters": parameters}


@pytest.mark.parametrize("key", ["", "../../x", "a b", "a%2Fb"], ids=repr)
async def test_a_metadata_key_that_harbor_cannot_have_is_not_sent(serve: Serve, key: str) -> None:
    server, client = await serve(accepted())

    with pytest.raises(InvalidRequest):
        await client.projects.delete_metadata(2, key)

    assert server.requests == []
