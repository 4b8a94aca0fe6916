"""Recorded refusals of settings are the errors that fit."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from harbor_operator.harbor import HarborClient, NewRegistry, WebhookPolicy, WebhookTarget
from harbor_operator.harbor.errors import (
    Conflict,
    InvalidRequest,
    NotFound,
    PreconditionFailed,
    Refused,
    ServerError,
)
from tests.support.recorded_answers import Recorded
from tests.support.recorded_settings import HOOK, NIGHTLY, TEN_NEWEST, Act, immutable, scheduled
from tests.support.scripted_server import Script, ScriptedServer

Serve = Callable[[Script], Awaitable[tuple[ScriptedServer, HarborClient]]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A recorded refusal, the call that meets it, and what its caller is told."""

    recorded: Recorded
    act: Act
    error: type[Refused]
    reason: str = ""


def add(username: str = "alice", role: int = 2) -> Act:
    return lambda client: client.members.add_user(39, username, role)


REFUSALS = [
    Refusal(
        Recorded("members", 7, "again, other role"),
        add(role=3),
        Conflict,
        "The project member specified already exist",
    ),
    Refusal(Recorded("members", 8, "add: unknown user"), add("ghost"), NotFound),
    Refusal(
        Recorded("members", 10, "add: unknown role"),
        add("bob", 9),
        InvalidRequest,
        "Failed to update project member, role is not in 1,2,3",
    ),
    Refusal(
        Recorded("members", 13, "add: OIDC group under database login"),
        lambda client: client.members.add_group(39, role=2, group_type=3, name="devs"),
        NotFound,
    ),
    Refusal(
        Recorded("members", 15, "add: LDAP group by DN"),
        lambda client: client.members.add_group(39, role=2, group_type=1, ldap_dn="cn=devs,dc=x"),
        NotFound,
    ),
    Refusal(
        Recorded("policies", 2, "same again"),
        lambda client: client.immutable_rules.create(48, immutable("v*")),
        Conflict,
        "immutable rule already exists",
    ),
    Refusal(
        Recorded("policies", 12, "delete again"),
        lambda client: client.immutable_rules.delete(48, 1),
        NotFound,
    ),
    Refusal(
        Recorded("policies", 14, "second"),
        lambda client: client.retentions.create(48, NIGHTLY),
        InvalidRequest,
        "bad request: project 48 already has retention policy 1",
    ),
    Refusal(
        Recorded("policies", 17, "schedule: five fields"),
        scheduled("0 3 * * *", TEN_NEWEST),
        InvalidRequest,
        "invalid cron string for scheduled tag retention: 0 3 * * *, "
        "error: expected exactly 6 fields, found 5: [0 3 * * *]",
    ),
    Refusal(
        Recorded("policies", 24, "two same rules"),
        scheduled(NIGHTLY.cron, TEN_NEWEST, TEN_NEWEST),
        Conflict,
        "resource conflict: rule 1 is conflict with rule 0",
    ),
    Refusal(
        Recorded("policies", 38, "same name"),
        lambda client: client.webhooks.create(48, HOOK),
        Conflict,
    ),
    Refusal(
        Recorded("policies", 46, "webhook: bad address"),
        lambda client: client.webhooks.create(
            48,
            WebhookPolicy(
                name="e",
                enabled=True,
                event_types=HOOK.event_types,
                targets=(WebhookTarget(type="http", address="not a url"),),
            ),
        ),
        InvalidRequest,
    ),
    Refusal(
        Recorded("policies", 53, "delete again"),
        lambda client: client.webhooks.delete(48, 1),
        NotFound,
    ),
    Refusal(
        Recorded("policies", 66, "registry: unreachable"),
        lambda client: client.registries.create(
            NewRegistry("down", "docker-registry", "http://127.0.0.1:1", insecure=True)
        ),
        InvalidRequest,
    ),
    Refusal(
        Recorded("policies", 68, "registry again"),
        lambda client: client.registries.create(
            NewRegistry("hub", "docker-registry", "http://127.0.0.1:5000", insecure=True)
        ),
        Conflict,
    ),
    Refusal(
        Recorded("policies", 73, "registry in use"),
        lambda client: client.registries.delete(1),
        PreconditionFailed,
        "the registry 1 is referenced by proxy cache project, cannot delete it",
    ),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda row: str(row.recorded))
async def test_a_recorded_refusal_is_the_error_that_fits(serve: Serve, refusal: Refusal) -> None:
    _, client = await serve(refusal.recorded.script())

    with pytest.raises(refusal.error) as caught:
        await refusal.act(client)

    assert caught.value.reason == refusal.reason


async def test_a_proxy_cache_of_an_unknown_registry_is_a_server_error(serve: Serve) -> None:
    _, client = await serve(Recorded("projects", 22, "create: unknown registry").script())

    with pytest.raises(ServerError):
        await client.projects.create("e5", metadata={}, registry_id=99)
