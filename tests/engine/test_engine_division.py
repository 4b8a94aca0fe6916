"""What a replica does where objects are divided: its own are handled, the others' left alone."""

import asyncio

import pytest

from harbor_operator.api.base import FINALIZER
from harbor_operator.engine.objects import ObjectId, kube_resource
from harbor_operator.engine.replicas.division import Division
from harbor_operator.engine.replicas.following import Follower
from harbor_operator.engine.secrets import BASIC_AUTH, Ownership, compose
from harbor_operator.engine.sweep import Sweep
from harbor_operator.kube.errors import Operation, Unavailable
from harbor_operator.kube.resources import SECRETS, JsonObject
from tests.support.control_desk import CONNECTION, DEFINITIONS, PROJECT, ControlDesk
from tests.support.engine_world import READY_STATUS, no_jitter
from tests.support.fake_shards import FakeShards
from tests.support.loop_clock import LoopClock, settle

OWN, OTHER = PROJECT, PROJECT._replace(namespace="elsewhere")
API_AWAY = Unavailable(Operation("list"), "gone", reason="Gone")
DELETED_AT = "2026-03-01T11:00:00Z"


class Desk(ControlDesk):
    """A control of which one namespace is served, and what hands objects to it."""

    def __init__(self, clock: LoopClock) -> None:
        self.shards = FakeShards(OWN.namespace)
        super().__init__(clock, serving=self.shards)
        self.division = Division(self.ports, self.control)
        self.see(CONNECTION, status=READY_STATUS)

    async def notice(
        self, object_id: ObjectId, *, listed: bool = False, **fields: object
    ) -> JsonObject:
        """Let the watch show an object, and all that follows from it happen."""
        body = self.see(object_id, **fields)
        await self.show(object_id, body, listed=listed)
        return body

    async def show(self, object_id: ObjectId, body: JsonObject, *, listed: bool = False) -> None:
        """Let the watch show an object as it was."""
        kind = next(k for k in self.control.kinds if k.definition.kind == object_id.kind)
        async with self.working():
            self.division.noticed(kind, body, listed=listed)
            await settle()


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(LoopClock(monkeypatch))


@pytest.mark.parametrize("listed", [True, False])
async def test_a_new_object_of_an_own_shard_is_handled(desk: Desk, *, listed: bool) -> None:
    await desk.notice(OWN, listed=listed)

    (write,) = desk.writes(OWN)
    assert write.sent["status"]["observedGeneration"] == 1
    assert set(desk.shards.worked) == {OWN.namespace}


@pytest.mark.parametrize("listed", [True, False])
async def test_an_object_of_another_shard_is_left_alone(desk: Desk, *, listed: bool) -> None:
    await desk.notice(OTHER, listed=listed)
    desk.control.wake(OTHER)
    await desk.work()

    assert desk.looks() == {}


async def test_an_object_is_handled_again_when_its_spec_has_changed(desk: Desk) -> None:
    body = await desk.notice(OWN)
    await desk.show(OWN, body)
    before = desk.looks()

    await desk.notice(OWN, spec={"scanning": {"onPush": True}}, status=READY_STATUS)

    assert before == {"HarborProject": 1}
    assert desk.looks() == {"HarborProject": 2}


async def test_a_deletion_is_brought_to_its_end(desk: Desk) -> None:
    desk.ladders["HarborProject"].verdicts = ()
    await desk.notice(OWN, deletionTimestamp=DELETED_AT, finalizers=[FINALIZER])

    (body,) = desk.kube.objects(kube_resource(DEFINITIONS[OWN.kind]))
    assert body["metadata"]["finalizers"] == []


async def test_an_object_that_was_let_go_is_not_looked_at(desk: Desk) -> None:
    await desk.notice(OWN, deletionTimestamp=DELETED_AT)

    assert desk.looks() == {}


async def test_what_is_in_a_shard_that_comes_is_looked_at(desk: Desk) -> None:
    await desk.notice(OTHER)
    desk.kube.fail_on("list", API_AWAY)
    running = asyncio.create_task(desk.division.run())

    desk.shards.served.add(OTHER.namespace)
    desk.division.gained(desk.shards.shard_of(OTHER.namespace))
    await settle()
    before = desk.looks()
    await desk.clock.skip(10)
    await desk.work()
    running.cancel()

    assert before == {}
    assert desk.looks() == {"HarborProject": 1}


async def test_what_waits_in_a_shard_that_leaves_is_not_looked_at(desk: Desk) -> None:
    desk.see(OWN)
    desk.control.wake(OWN)

    desk.shards.served.clear()
    await desk.division.lost(desk.shards.shard_of(OWN.namespace))
    desk.shards.served.add(OWN.namespace)
    await desk.work()

    assert desk.looks() == {}


async def test_a_connection_of_another_shard_is_followed_and_not_reported_on(desk: Desk) -> None:
    desk.control.follower = Follower(desk.ports, jitter=no_jitter)

    await desk.notice(CONNECTION)

    assert desk.looks() == {}
    assert desk.writes(CONNECTION) == []
    assert [request.plural for request in desk.kube.requests].count("clusterharborconnections") == 1


async def test_who_comes_to_serve_a_connection_reports_on_it(desk: Desk) -> None:
    desk.control.follower = Follower(desk.ports, jitter=no_jitter)
    desk.shards.served.add("")

    await desk.notice(CONNECTION)

    assert desk.looks() == {"ClusterHarborConnection": 1}


@pytest.mark.parametrize(("owner", "left"), [(OWN, []), (OTHER, ["stray"])])
async def test_only_what_an_own_object_has_left_is_swept(
    desk: Desk, owner: ObjectId, left: list[str]
) -> None:
    sweep = Sweep(desk.ports, desk.control)
    ownership = Ownership(owner, "uid-gone", "uid-robot")
    body = compose("stray", "team", type_=BASIC_AUTH, data={}, ownership=ownership)
    body["metadata"]["uid"] = "uid-stray"
    desk.ports.cluster.note_secret(desk.kube.put(SECRETS, body))

    await sweep.secrets()

    assert [body["metadata"]["name"] for body in desk.kube.objects(SECRETS)] == left
