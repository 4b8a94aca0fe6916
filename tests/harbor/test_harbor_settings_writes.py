"""Settings are written as in the recorded requests."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from harbor_operator.harbor import HarborClient, ScheduleKind
from tests.support.recorded_answers import Recorded
from tests.support.recorded_settings import (
    ALWAYS,
    HOOK,
    HUB,
    NIGHTLY,
    TEN_NEWEST,
    Act,
    immutable,
    scheduled,
)
from tests.support.scripted_server import Script, ScriptedServer

Serve = Callable[[Script], Awaitable[tuple[ScriptedServer, HarborClient]]]
GARBAGE = {"delete_untagged": True, "dry_run": False, "workers": 1}


@dataclass(frozen=True, slots=True)
class Write:
    """A recorded request, the call that should send it, and where it goes; ids stand for names."""

    recorded: Recorded
    act: Act
    target: str
    result: object = None


WRITES = [
    Write(
        Recorded("members", 5, "add by name"),
        lambda client: client.members.add_user(39, "alice", 2),
        "/projects/39/members",
        19,
    ),
    Write(
        Recorded("members", 21, "role"),
        lambda client: client.members.change_role(39, 19, 4),
        "/projects/39/members/19",
    ),
    Write(
        Recorded("members", 25, "missing member"),
        lambda client: client.members.change_role(39, 9999, 1),
        "/projects/39/members/9999",
    ),
    Write(
        Recorded("members", 26, "missing member"),
        lambda client: client.members.remove(39, 9999),
        "/projects/39/members/9999",
    ),
    Write(
        Recorded("projects", 91, "metadata"),
        lambda client: client.projects.delete_metadata(2, "severity"),
        "/projects/2/metadatas/severity",
    ),
    Write(
        Recorded("projects", 92, "metadata"),
        lambda client: client.projects.delete_metadata(2, "bogus"),
        "/projects/2/metadatas/bogus",
    ),
    Write(
        Recorded("policies", 1, "immutable rule"),
        lambda client: client.immutable_rules.create(48, immutable("v*")),
        "/projects/48/immutabletagrules",
        1,
    ),
    Write(
        Recorded("policies", 4, "disable"),
        lambda client: client.immutable_rules.replace(48, immutable("v*", number=1, disabled=True)),
        "/projects/48/immutabletagrules/1",
    ),
    Write(
        Recorded("policies", 7, "change"),
        lambda client: client.immutable_rules.replace(48, immutable("w*", number=1)),
        "/projects/48/immutabletagrules/1",
    ),
    Write(
        Recorded("policies", 11, "delete"),
        lambda client: client.immutable_rules.delete(48, 1),
        "/projects/48/immutabletagrules/1",
    ),
    Write(
        Recorded("policies", 13, "retention"),
        lambda client: client.retentions.create(48, NIGHTLY),
        "/retentions",
        1,
    ),
    Write(
        Recorded("policies", 19, "schedule: manual only"),
        scheduled("", TEN_NEWEST),
        "/retentions/1",
    ),
    Write(Recorded("policies", 27, "always"), scheduled(NIGHTLY.cron, ALWAYS), "/retentions/1"),
    Write(Recorded("policies", 29, "no rules"), scheduled(NIGHTLY.cron), "/retentions/1"),
    Write(
        Recorded("policies", 34, "delete"),
        lambda client: client.retentions.delete(1),
        "/retentions/1",
    ),
    Write(
        Recorded("policies", 37, "webhook"),
        lambda client: client.webhooks.create(48, HOOK),
        "/projects/48/webhook/policies",
        1,
    ),
    Write(
        Recorded("policies", 50, "replace"),
        lambda client: client.webhooks.replace(
            48,
            1,
            HOOK.model_copy(
                update={"enabled": False, "event_types": frozenset({"DELETE_ARTIFACT"})}
            ),
        ),
        "/projects/48/webhook/policies/1",
    ),
    Write(
        Recorded("policies", 52, "delete"),
        lambda client: client.webhooks.delete(48, 1),
        "/projects/48/webhook/policies/1",
    ),
    Write(
        Recorded("policies", 67, "registry"),
        lambda client: client.registries.create(HUB),
        "/registries",
        1,
    ),
    Write(
        Recorded("policies", 71, "proxy-cache project"),
        lambda client: client.projects.create(
            "cache", metadata={"public": "true", "proxy_speed_kb": "1000"}, registry_id=1
        ),
        "/projects",
        49,
    ),
    Write(
        Recorded("policies", 79, "project scanner: unknown"),
        lambda client: client.scanners.choose(48, "nope"),
        "/projects/48/scanner",
    ),
    Write(
        Recorded("policies", 84, "gc schedule"),
        lambda client: client.schedules.set(
            ScheduleKind.GARBAGE_COLLECTION, "0 0 4 * * *", GARBAGE, exists=False
        ),
        "/system/gc/schedule",
    ),
]


@pytest.mark.parametrize("write", WRITES, ids=lambda row: str(row.recorded))
async def test_a_recorded_request_is_sent_with_nothing_left_out(serve: Serve, write: Write) -> None:
    server, client = await serve(write.recorded.script())

    result = await write.act(client)

    sent = server.requests[-1]
    assert result == write.result
    assert (sent.method, sent.target) == (write.recorded.method, f"/api/v2.0{write.target}")
    if "body" in write.recorded.exchange():
        body = json.loads(sent.body)
        assert {key: body.get(key) for key in write.recorded.body} == write.recorded.body
    else:
        assert sent.body == b""
