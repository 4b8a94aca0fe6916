"""Webhooks of projects; nothing is ever sent."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from aiohttp import web

from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.clock import ZERO_TIME, rfc3339
from testbed.harbor.errors import bad_request, conflict, not_found
from testbed.harbor.paging import Column
from testbed.harbor.policy_models import WebhookPolicy, WebhookTargetObject
from testbed.harbor.policy_state import Webhook
from testbed.harbor.printing import printed_object

EVENT_TYPES = (
    "PUSH_ARTIFACT",
    "PULL_ARTIFACT",
    "DELETE_ARTIFACT",
    "QUOTA_EXCEED",
    "QUOTA_WARNING",
    "SCANNING_FAILED",
    "SCANNING_STOPPED",
    "SCANNING_COMPLETED",
    "REPLICATION",
    "TAG_RETENTION",
)
TARGET_TYPES = ("http", "slack")
PAYLOAD_FORMATS = ("Default", "CloudEvents")
_RESOURCE = "notification-policy"
_BAD_HOST_CHARACTER = re.compile(r"[\s\"<>^`{|}\\]")


async def list_events(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/webhook/events: what webhooks can be made of."""
    call.project("read", _RESOURCE)
    return answer(
        {
            "event_type": list(EVENT_TYPES),
            "notify_type": list(TARGET_TYPES),
            "payload_formats": [{"formats": list(PAYLOAD_FORMATS), "notify_type": "http"}],
        }
    )


async def create_webhook(call: Call) -> web.StreamResponse:
    """POST /projects/{project}/webhook/policies."""
    body = await call.body(WebhookPolicy, "policy")
    project_id = call.project("create", _RESOURCE).project_id
    policy = _validated(body)
    number = call.state.next_id("webhook")
    _require_free(call, policy.name, project_id)
    call.state.webhooks[number] = Webhook(number, project_id, policy, call.now, call.now)
    return call.created(number)


def _require_free(call: Call, name: str, project_id: int) -> None:
    wanted = (name, project_id)
    if any((row.policy.name, row.project_id) == wanted for row in call.state.webhooks.values()):
        raise conflict(f"notification policy named {name} already exists")


def _validated(policy: WebhookPolicy) -> WebhookPolicy:
    if not policy.event_types:
        raise bad_request("empty event type")
    for event_type in policy.event_types:
        if event_type not in EVENT_TYPES:
            raise bad_request(f"unsupported event type {event_type}")
    if not policy.targets:
        raise bad_request(f"empty notification target with policy {policy.name}")
    return replace(
        policy, targets=[_validated_target(target, policy.name) for target in policy.targets]
    )


def _validated_target(target: WebhookTargetObject, policy_name: str) -> WebhookTargetObject:
    _validate_address(target.address)
    if target.type not in TARGET_TYPES:
        raise bad_request(f"unsupported target type {target.type} with policy {policy_name}")
    if target.payload_format and target.type == "slack":
        raise bad_request("set payload format is not allowed for slack")
    if target.payload_format and target.payload_format not in PAYLOAD_FORMATS:
        raise bad_request(f"unsupported payload format type: {target.payload_format}")
    is_plain = target.type == "http" and not target.payload_format
    return replace(target, payload_format="Default") if is_plain else target


def _validate_address(address: str) -> None:
    url = address.strip(" ").rstrip("/")
    if not url:
        raise bad_request("empty URL")
    scheme, separator, _ = url.partition("://")
    if separator and scheme not in {"http", "https"}:
        raise bad_request(f"invalid scheme: {scheme}")
    url = url if separator else f"http://{url}"
    host = url.partition("://")[2].partition("/")[0]
    bad = _BAD_HOST_CHARACTER.search(host)
    if bad is not None:
        raise bad_request(f'parse "{url}": invalid character "{bad[0]}" in host name')
    try:
        urlsplit(url).port  # noqa: B018 - reading it is what checks it
    except ValueError:
        port = f":{host.rpartition(':')[2]}"
        raise bad_request(f'parse "{url}": invalid port "{port}" after host') from None


_COLUMNS: dict[str, Column[Webhook]] = {
    "id": lambda row: row.id,
    "name": lambda row: row.policy.name,
    "enabled": lambda row: row.policy.enabled,
    "creation_time": lambda row: row.created or "",
}


async def list_webhooks(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/webhook/policies, newest first."""
    project_id = call.project("list", _RESOURCE).project_id
    return call.page(
        [row for row in call.state.webhooks.values() if row.project_id == project_id],
        call.list_query(),
        columns=_COLUMNS,
        order="-creation_time",
        view=_view,
    )


def _view(row: Webhook) -> dict[str, object]:
    return printed_object(row.policy) | {
        "creation_time": ZERO_TIME if row.created is None else rfc3339(row.created),
        "id": row.id,
        "project_id": row.project_id,
        "update_time": rfc3339(row.updated),
    }


def _existing(call: Call, action: str) -> Webhook:
    project_id = call.project(action, _RESOURCE).project_id
    number = call.number("id")
    row = call.state.webhooks.get(number)
    if row is None:
        raise not_found(f"notificationPolicy {number} not found")
    if row.project_id != project_id:
        raise not_found(
            f"resource not found: project id:{project_id}, webhook policy id: {number} not found"
        )
    return row


async def get_webhook(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/webhook/policies/{id}."""
    return answer(_view(_existing(call, "read")))


async def update_webhook(call: Call) -> web.StreamResponse:
    """PUT /projects/{project}/webhook/policies/{id}: replaces everything, the creation time too."""
    body = await call.body(WebhookPolicy, "policy")
    row = _existing(call, "update")
    policy = _validated(body)
    if policy.name != row.policy.name:
        _require_free(call, policy.name, row.project_id)
    row.policy, row.created = policy, None
    return done()


async def delete_webhook(call: Call) -> web.StreamResponse:
    """DELETE /projects/{project}/webhook/policies/{id}."""
    del call.state.webhooks[_existing(call, "delete").id]
    return done()


_POLICIES = "/projects/{project}/webhook/policies"

ROUTES = (
    Route("GET", "/projects/{project}/webhook/events", list_events),
    Route("POST", _POLICIES, create_webhook),
    Route("GET", _POLICIES, list_webhooks),
    Route("GET", _POLICIES + "/{id}", get_webhook),
    Route("PUT", _POLICIES + "/{id}", update_webhook),
    Route("DELETE", _POLICIES + "/{id}", delete_webhook),
)
