"""An operator for some namespaces alone: to it no other exists, and none of them is harmed."""

import asyncio
import logging

import pytest

from harbor_operator.api.conditions import ConditionType, Reason
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.namespaces import Selection
from harbor_operator.engine.cluster import Cluster
from harbor_operator.engine.objects import kube_resource
from harbor_operator.engine.scope import EVERYWHERE, Scope, ScopedKube, scoped
from harbor_operator.engine.secrets import Digester
from harbor_operator.engine.startup import (
    SCOPE_SECONDS,
    NotInstalledError,
    scope_of,
    until_scope_changes,
)
from harbor_operator.kube.errors import Forbidden, NotFound, Operation, Unavailable
from harbor_operator.kube.resources import NAMESPACES, SECRETS, SERVICE_ACCOUNTS, ObjectKey
from tests.support.cluster import condition
from tests.support.engine_world import custom_resource, no_jitter
from tests.support.fake_cluster import FakeCluster
from tests.support.loop_clock import LoopClock, settle
from tests.support.pull_world import pull_world

SERVED = frozenset({"shop-a", "team"})
SCOPE = Scope(SERVED)
REFUSAL = Forbidden(Operation("list"), "no role", reason="Forbidden", status=403)
RELIST_SECONDS = 5


@pytest.fixture
def kube() -> FakeCluster:
    """Robots and namespaces, of which one is not served."""
    kube = FakeCluster()
    for namespace in ("shop-a", "team", "elsewhere"):
        kube.put(NAMESPACES, {"metadata": {"name": namespace}})
        robot = custom_resource(ROBOTS, "ci")
        robot["metadata"] |= {"namespace": namespace, "uid": f"uid-{namespace}"}
        kube.put(kube_resource(ROBOTS), robot)
    return kube


@pytest.fixture
def narrow(kube: FakeCluster) -> ScopedKube:
    return ScopedKube(kube, SCOPE)


async def test_a_list_of_all_is_one_of_each_served_namespace(narrow: ScopedKube) -> None:
    listed = await narrow.list(kube_resource(ROBOTS))

    assert [body["metadata"]["namespace"] for body in listed.items] == ["shop-a", "team"]


async def test_a_list_of_one_served_namespace_is_that_of_the_server(narrow: ScopedKube) -> None:
    listed = await narrow.list(kube_resource(ROBOTS), namespace="team")

    assert [body["metadata"]["uid"] for body in listed.items] == ["uid-team"]


async def test_what_is_elsewhere_does_not_exist(narrow: ScopedKube, kube: FakeCluster) -> None:
    with pytest.raises(NotFound):
        await narrow.get(kube_resource(ROBOTS), "ci", namespace="elsewhere")
    with pytest.raises(NotFound):
        await narrow.get(NAMESPACES, "elsewhere")
    with pytest.raises(NotFound):
        await narrow.list(kube_resource(ROBOTS), namespace="elsewhere")

    assert kube.requests == []


async def test_a_connections_secret_is_read_wherever_its_role_is(
    narrow: ScopedKube, kube: FakeCluster
) -> None:
    kube.put(SECRETS, {"metadata": {"name": "admin", "namespace": "operators"}})

    body = await narrow.get(SECRETS, "admin", namespace="operators")

    assert body["metadata"]["name"] == "admin"


def test_an_operator_for_all_namespaces_asks_as_ever(kube: FakeCluster) -> None:
    assert scoped(kube, EVERYWHERE) is kube
    assert EVERYWHERE.beyond(Selection(names=("elsewhere",))) == frozenset()


def test_only_what_is_named_and_not_excluded_is_beyond() -> None:
    targets = Selection(names=("shop-*", "shop-a", "shop-b", "lab-1"), exclude=("lab-*",))

    assert SCOPE.beyond(targets) == {"shop-b"}
    assert SCOPE.beyond(Selection()) == frozenset()


async def test_only_served_namespaces_are_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, kube = LoopClock(monkeypatch), FakeCluster()
    for namespace in ("elsewhere", "shop-a", "team"):
        kube.put(NAMESPACES, {"metadata": {"name": namespace}})
        kube.put(SERVICE_ACCOUNTS, {"metadata": {"name": "default", "namespace": namespace}})
    cluster = Cluster(kube, digester=Digester(b"key"), jitter=no_jitter, scope=SCOPE)
    watching = asyncio.create_task(cluster.run())
    await cluster.synced()
    first = {key.namespace for key, _ in cluster.accounts.items()}

    await settle()
    kube.cut_watches()
    await clock.skip(RELIST_SECONDS)
    again = {key.namespace for key, _ in cluster.accounts.items()}
    watching.cancel()

    assert set(cluster.namespaces) == SERVED
    assert first == again == SERVED
    assert {r.key.namespace for r in kube.requests if r.plural == "secrets"} == SERVED


async def test_a_target_that_is_not_served_is_named() -> None:
    async with pull_world() as world:
        world.serve("team", "shop-a")
        world.kube.remove(NAMESPACES, "shop-b")
        world.robot()
        world.pull_secret(targets={"namespaces": {"names": ["shop-a", "shop-b"]}})

        await world.look()

    body = world.object()
    said = condition(body, ConditionType.DISTRIBUTED)
    assert said is not None
    assert (said["status"], said["reason"]) == ("False", Reason.NAMESPACE_NOT_FOUND)
    assert "shop-b" in said["message"]
    assert body["status"]["failures"] == [
        {"namespace": "shop-b", "reason": Reason.NAMESPACE_NOT_FOUND}
    ]
    assert world.secret("shop-a") is not None


async def test_a_namespace_without_its_role_is_left_out(kube: FakeCluster) -> None:
    kube.fail_on("list", REFUSAL)

    scope = await scope_of(kube, SERVED)

    assert scope == Scope(frozenset({"team"}))


async def test_an_operator_without_any_role_does_not_start(kube: FakeCluster) -> None:
    kube.fail_on("list", REFUSAL, REFUSAL)

    with pytest.raises(NotInstalledError, match="No namespace"):
        await scope_of(kube, SERVED)


async def test_no_list_of_namespaces_means_all(kube: FakeCluster) -> None:
    assert await scope_of(kube, None) == EVERYWHERE
    assert kube.requests == []


async def test_a_role_that_goes_or_comes_ends_the_process(
    kube: FakeCluster, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = LoopClock(monkeypatch)
    away = Unavailable(Operation("list"), "away", reason="Away")
    with caplog.at_level(logging.WARNING):
        waiting = asyncio.create_task(until_scope_changes(kube, SERVED, Scope(frozenset({"team"}))))
        kube.fail_on("list", REFUSAL, None, away, None)
        for _ in range(2):
            await clock.skip(SCOPE_SECONDS)
            assert not waiting.done()
        await clock.skip(SCOPE_SECONDS)

    assert waiting.done()
    assert ObjectKey("shop-a", "") in {request.key for request in kube.requests}
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "Namespace shop-a is left out",
        "Other namespaces can be served than before",
    ]
