"""What the operator sees of the cluster: the newest state counts, and its own echo is no news."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from harbor_operator.api.base import (
    ANNOTATION_ACCEPT_PULL_SECRETS,
    ANNOTATION_IMAGE_PULL_SECRETS,
)
from harbor_operator.bridge.namespaces import summarize_namespace
from harbor_operator.core.namespaces import Namespace
from harbor_operator.core.pullsecret.entries import ServiceAccount, summarize_account
from harbor_operator.core.secret import Secret
from harbor_operator.engine.cluster import (
    ECHO_SECONDS,
    Cluster,
)
from harbor_operator.engine.mirrors import AccountIndex, Index, Mirror, SecretIndex
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.secrets import (
    BASIC_AUTH,
    Digester,
    ManagedSecret,
    Ownership,
    compose,
)
from harbor_operator.kube.resources import (
    NAMESPACES,
    SECRETS,
    SERVICE_ACCOUNTS,
    JsonObject,
    ObjectKey,
)
from tests.support.cluster_ear import Ear
from tests.support.engine_world import no_jitter
from tests.support.fake_cluster import FakeCluster
from tests.support.loop_clock import LoopClock, settle

PULL = ObjectId("HarborPullSecret", "team", "pull")
IN_SHOP = ObjectKey("shop", "pull")
RELIST_SECONDS = 5
"""More than the pause after a first failure of a watch."""
DEFAULT_ACCOUNT = ObjectKey("shop", "default")


def account(version: int, *secrets: str) -> ServiceAccount:
    return ServiceAccount(version, secrets)


def managed(version: int, *, owner: str = "uid-pull", robot: str = "uid-robot") -> ManagedSecret:
    return ManagedSecret(
        uid="uid-1",
        version=version,
        owner=PULL,
        owner_uid=owner,
        robot_uid=robot,
        username=None,
        digest=b"",
    )


def test_a_mirror_takes_in_what_is_newer() -> None:
    mirror: Mirror[ServiceAccount] = Mirror()

    assert mirror.note(DEFAULT_ACCOUNT, account(5))
    assert mirror.note(DEFAULT_ACCOUNT, account(7, "pull"))
    assert mirror.get(DEFAULT_ACCOUNT) == account(7, "pull")


@pytest.mark.parametrize(
    "stale",
    [
        pytest.param(account(6), id="an event from before an own write"),
        pytest.param(account(7), id="the echo of an own write"),
    ],
)
def test_a_mirror_ignores_what_is_not_newer(stale: ServiceAccount) -> None:
    mirror: Mirror[ServiceAccount] = Mirror()
    mirror.note(DEFAULT_ACCOUNT, account(7, "pull"))

    assert not mirror.note(DEFAULT_ACCOUNT, stale)
    assert mirror.get(DEFAULT_ACCOUNT) == account(7, "pull")


def test_a_mirror_forgets_what_is_gone() -> None:
    mirror: Mirror[ServiceAccount] = Mirror()
    mirror.note(DEFAULT_ACCOUNT, account(7))
    mirror.drop(DEFAULT_ACCOUNT)
    mirror.drop(DEFAULT_ACCOUNT)

    assert mirror.get(DEFAULT_ACCOUNT) is None
    assert list(mirror.items()) == []
    assert mirror.note(DEFAULT_ACCOUNT, account(3))


def test_a_mirror_may_change_while_somebody_goes_through_it() -> None:
    mirror: Mirror[ServiceAccount] = Mirror()
    mirror.note(DEFAULT_ACCOUNT, account(1))

    for _ in mirror.items():
        mirror.note(ObjectKey("other", "default"), account(2))

    assert len(list(mirror.items())) == 2


A, B, C = (ObjectKey("shop", name) for name in "abc")


@pytest.mark.parametrize(
    ("added", "discarded", "left"),
    [
        pytest.param([], [A], set(), id="nothing was there"),
        pytest.param([A], [], {A}, id="one"),
        pytest.param([A, A], [], {A}, id="one that is added twice"),
        pytest.param([A], [B], {A}, id="another one goes"),
        pytest.param([A], [A], set(), id="the only one goes"),
        pytest.param([A, B, C], [], {A, B, C}, id="several"),
        pytest.param([A, B, C], [B], {A, C}, id="one of several goes"),
        pytest.param([A, B], [A], {B}, id="one is left"),
        pytest.param([A, B], [A, B], set(), id="none is left"),
        pytest.param([A, B], [C], {A, B}, id="a stranger to several goes"),
    ],
)
def test_an_index_leads_to_what_was_added_and_has_not_gone(
    added: list[ObjectKey], discarded: list[ObjectKey], left: set[ObjectKey]
) -> None:
    index = Index()

    for key in added:
        index.add("term", key)
    for key in discarded:
        index.discard("term", key)

    assert index.get("term") == left
    assert index.get("other") == set()


def test_an_index_gives_copies() -> None:
    index = Index()
    index.add("term", A)
    index.add("term", B)

    index.get("term").clear()

    assert index.get("term") == {A, B}


def test_a_secret_is_found_by_its_owner_its_robot_and_its_namespace() -> None:
    index, secret = SecretIndex(), managed(1)
    index.note(IN_SHOP, secret)

    assert index.of_owner("uid-pull") == {IN_SHOP: secret}
    assert index.of_robot("uid-robot") == {IN_SHOP: secret}
    assert index.in_namespace("shop") == {IN_SHOP: secret}
    assert index.get(IN_SHOP) == secret
    assert list(index.items()) == [(IN_SHOP, secret)]


def test_a_secret_that_was_relabelled_is_found_by_its_new_labels_only() -> None:
    index, secret = SecretIndex(), managed(2, owner="uid-new", robot="uid-other")
    index.note(IN_SHOP, managed(1))
    index.note(IN_SHOP, secret)

    assert (index.of_owner("uid-pull"), index.of_robot("uid-robot")) == ({}, {})
    assert index.of_owner("uid-new") == {IN_SHOP: secret}
    assert index.of_robot("uid-other") == {IN_SHOP: secret}


def test_a_stale_relabelling_changes_no_index() -> None:
    index = SecretIndex()
    index.note(IN_SHOP, managed(5))

    assert not index.note(IN_SHOP, managed(4, owner="uid-old"))
    assert set(index.of_owner("uid-pull")) == {IN_SHOP}
    assert index.of_owner("uid-old") == {}


def test_a_secret_that_is_gone_is_found_by_nothing() -> None:
    index = SecretIndex()
    elsewhere = ObjectKey("team", "pull")
    index.note(IN_SHOP, managed(1))
    index.note(elsewhere, managed(2))
    index.drop(IN_SHOP)
    index.drop(IN_SHOP)

    assert set(index.of_owner("uid-pull")) == {elsewhere}
    assert set(index.of_robot("uid-robot")) == {elsewhere}
    assert index.in_namespace("shop") == {}


def concerned(index: AccountIndex, owner: str, *namespaces: str) -> list[str]:
    """The ServiceAccounts that concern an owner, as namespace and name."""
    return ["/".join(key) for key, _ in index.concerning(owner, namespaces)]


def test_a_service_account_is_found_by_its_namespace_or_by_whose_entry_it_holds() -> None:
    index = AccountIndex()
    index.note(DEFAULT_ACCOUNT, account(1))
    index.note(ObjectKey("base", "build"), ServiceAccount(2, ("pull",), {"pull": "uid-pull"}))
    index.note(ObjectKey("base", "other"), account(3))

    assert concerned(index, "uid-pull", "shop") == ["base/build", "shop/default"]
    assert concerned(index, "uid-pull") == ["base/build"]
    assert concerned(index, "uid-x", "base") == ["base/build", "base/other"]


def test_a_service_account_is_found_by_what_is_true_of_it_now() -> None:
    index = AccountIndex()
    noted = ServiceAccount(5, ("pull",), {"pull": "uid-pull"})
    index.note(DEFAULT_ACCOUNT, noted)

    assert not index.note(DEFAULT_ACCOUNT, account(4))
    assert concerned(index, "uid-pull") == ["shop/default"]
    assert index.note(DEFAULT_ACCOUNT, ServiceAccount(6, ("pull",), {"pull": "uid-heir"}))
    assert (concerned(index, "uid-pull"), concerned(index, "uid-heir")) == ([], ["shop/default"])
    index.drop(DEFAULT_ACCOUNT)
    index.drop(DEFAULT_ACCOUNT)
    assert concerned(index, "uid-heir", "shop") == []


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        pytest.param({}, Namespace("shop"), id="a bare one"),
        pytest.param(
            {"labels": {"tier": "web"}}, Namespace("shop", {"tier": "web"}), id="its labels"
        ),
        pytest.param(
            {"annotations": {ANNOTATION_ACCEPT_PULL_SECRETS: " team, base ,,"}},
            Namespace("shop", accepts_from=frozenset({"team", "base"})),
            id="whom it accepts pull secrets from",
        ),
        pytest.param(
            {"deletionTimestamp": "2026-03-01T12:00:00Z"},
            Namespace("shop", terminating=True),
            id="that it is being deleted",
        ),
    ],
)
def test_what_is_remembered_of_a_namespace(metadata: dict[str, Any], expected: Namespace) -> None:
    assert summarize_namespace({"metadata": {"name": "shop", **metadata}}) == expected


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        pytest.param(None, {}, id="no note"),
        pytest.param('{"pull": "uid-1"}', {"pull": "uid-1"}, id="a note"),
        pytest.param("no json", {}, id="a note that is no JSON"),
        pytest.param("[]", {}, id="a note that is no map"),
    ],
)
def test_what_is_remembered_of_a_service_account(
    note: str | None, expected: dict[str, str]
) -> None:
    annotations = {} if note is None else {ANNOTATION_IMAGE_PULL_SECRETS: note}
    body = {
        "metadata": {
            "resourceVersion": "12",
            "annotations": annotations,
            "labels": {"team": "red"},
        },
        "imagePullSecrets": [{"name": "b"}, {}, {"name": "a"}],
    }

    assert summarize_account(body) == ServiceAccount(
        12, ("b", "", "a"), expected, {"team": "red"}, annotated=note is not None
    )


@dataclass(frozen=True, slots=True)
class Scene:
    """A cluster whose informers run, with somebody who listens."""

    kube: FakeCluster
    cluster: Cluster
    ear: Ear
    clock: LoopClock

    async def lose_watches(self) -> None:
        """Begin a gap of all watches."""
        await settle()
        self.kube.cut_watches()
        await settle()

    async def hear(self) -> list[str]:
        """What has been told since the last time, once every echo would have been taken in."""
        await settle()
        await self.clock.skip(ECHO_SECONDS)
        heard, self.ear.heard = self.ear.heard, []
        return heard


@asynccontextmanager
async def running(cluster: Cluster) -> AsyncIterator[None]:
    task = asyncio.create_task(cluster.run())
    await cluster.synced()
    await settle()
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    clock, kube, ear = LoopClock(monkeypatch), FakeCluster(), Ear()
    cluster = Cluster(kube, digester=Digester(b"key"), jitter=no_jitter)
    async with running(cluster):
        cluster.listener = ear
        yield Scene(kube, cluster, ear, clock)


async def test_the_first_list_of_secrets_is_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, kube, ear = LoopClock(monkeypatch), FakeCluster(), Ear()
    kube.put(SECRETS, secret_body())
    cluster = Cluster(kube, digester=Digester(b"key"), jitter=no_jitter)

    async with running(cluster):
        cluster.listener = ear
        heard = await Scene(kube, cluster, ear, clock).hear()

    assert list(cluster.secrets.items()) != []
    assert heard == []


def secret_body(content: str = "first") -> JsonObject:
    return compose(
        "pull",
        "shop",
        type_=BASIC_AUTH,
        data={"username": Secret("robot"), "password": Secret(content)},
        ownership=Ownership(PULL, "uid-pull", "uid-robot"),
    )


def account_body(*secrets: str) -> JsonObject:
    return {
        "metadata": {"name": "default", "namespace": "shop"},
        "imagePullSecrets": [{"name": name} for name in secrets],
    }


async def test_what_somebody_else_changes_is_told(scene: Scene) -> None:
    scene.kube.put(NAMESPACES, {"metadata": {"name": "shop"}})
    scene.kube.put(SECRETS, secret_body())
    scene.kube.put(SERVICE_ACCOUNTS, account_body())

    assert sorted(await scene.hear()) == [
        "account shop/default",
        "namespace shop",
        "secret shop/pull of pull",
    ]


async def test_what_is_seen_can_be_looked_up(scene: Scene) -> None:
    scene.kube.put(NAMESPACES, {"metadata": {"name": "shop", "labels": {"tier": "web"}}})
    scene.kube.put(SECRETS, secret_body())
    scene.kube.put(SERVICE_ACCOUNTS, account_body("pull"))
    await settle()

    seen = scene.cluster.accounts.get(DEFAULT_ACCOUNT)
    assert scene.cluster.namespaces["shop"].labels == {"tier": "web"}
    assert set(scene.cluster.secrets.of_owner("uid-pull")) == {IN_SHOP}
    assert seen is not None
    assert seen.pull_secrets == ("pull",)


async def test_a_secret_that_is_not_managed_is_not_looked_at(scene: Scene) -> None:
    scene.kube.put(SECRETS, {"metadata": {"name": "own", "namespace": "shop"}, "data": {}})

    assert await scene.hear() == []
    assert list(scene.cluster.secrets.items()) == []


async def test_the_echo_of_an_own_write_is_no_news(scene: Scene) -> None:
    scene.cluster.note_secret(await scene.kube.create(SECRETS, secret_body()))
    scene.cluster.note_account(await scene.kube.create(SERVICE_ACCOUNTS, account_body()))

    assert await scene.hear() == []


async def test_an_echo_that_comes_before_the_answer_is_no_news(scene: Scene) -> None:
    answer = await scene.kube.create(SECRETS, secret_body())
    await settle()
    scene.cluster.note_secret(answer)

    assert await scene.hear() == []


async def test_an_own_write_is_seen_without_waiting_for_the_watch(scene: Scene) -> None:
    scene.cluster.note_secret(await scene.kube.create(SECRETS, secret_body()))

    assert set(scene.cluster.secrets.of_robot("uid-robot")) == {IN_SHOP}


async def test_a_change_by_somebody_else_after_an_own_write_is_news(scene: Scene) -> None:
    scene.cluster.note_secret(await scene.kube.create(SECRETS, secret_body()))
    scene.cluster.note_account(await scene.kube.create(SERVICE_ACCOUNTS, account_body()))
    await scene.hear()
    scene.kube.put(SECRETS, secret_body("edited"))
    scene.kube.put(SERVICE_ACCOUNTS, account_body("theirs"))

    assert sorted(await scene.hear()) == ["account shop/default", "secret shop/pull of pull"]


async def test_a_stale_event_does_not_undo_an_own_write(scene: Scene) -> None:
    before = scene.kube.put(SECRETS, secret_body())
    answer = await scene.kube.replace(SECRETS, {**before, "type": "Opaque"})
    scene.cluster.note_secret(answer)
    await settle()

    (seen,) = scene.cluster.secrets.of_owner("uid-pull").values()
    assert seen.version == int(answer["metadata"]["resourceVersion"])


async def test_a_secret_that_somebody_deletes_is_told_with_its_owner(scene: Scene) -> None:
    scene.cluster.note_secret(await scene.kube.create(SECRETS, secret_body()))
    await scene.hear()
    scene.kube.remove(SECRETS, "pull", "shop")

    assert await scene.hear() == ["secret shop/pull of pull"]
    assert scene.cluster.secrets.of_owner("uid-pull") == {}


async def test_an_own_write_that_somebody_deletes_in_a_gap_of_the_watch_is_told_after_it(
    scene: Scene,
) -> None:
    await scene.lose_watches()
    scene.cluster.note_secret(await scene.kube.create(SECRETS, secret_body()))
    scene.kube.remove(SECRETS, "pull", "shop")

    await scene.clock.skip(RELIST_SECONDS)

    assert await scene.hear() == ["secret shop/pull of pull"]
    assert scene.cluster.secrets.of_owner("uid-pull") == {}


async def test_a_service_account_that_is_deleted_after_an_own_write_in_a_gap_is_forgotten(
    scene: Scene,
) -> None:
    await scene.lose_watches()
    scene.cluster.note_account(await scene.kube.create(SERVICE_ACCOUNTS, account_body("pull")))
    scene.kube.remove(SERVICE_ACCOUNTS, "default", "shop")

    await scene.clock.skip(RELIST_SECONDS)

    assert scene.cluster.accounts.get(DEFAULT_ACCOUNT) is None


async def test_an_own_write_after_a_list_was_read_is_not_taken_for_gone(scene: Scene) -> None:
    scene.cluster.note_secret(await scene.kube.create(SECRETS, secret_body()))
    scene.cluster.note_account(await scene.kube.create(SERVICE_ACCOUNTS, account_body("pull")))

    scene.cluster._on_secrets_listed(None, set(), 100)
    scene.cluster._on_accounts_listed(None, set(), 100)

    assert scene.cluster.secrets.get(IN_SHOP) is not None
    assert scene.cluster.accounts.get(DEFAULT_ACCOUNT) is not None


async def test_a_service_account_that_is_gone_concerns_nobody(scene: Scene) -> None:
    scene.kube.put(SERVICE_ACCOUNTS, account_body())
    await scene.hear()
    scene.kube.remove(SERVICE_ACCOUNTS, "default", "shop")

    assert await scene.hear() == []
    assert scene.cluster.accounts.get(DEFAULT_ACCOUNT) is None


async def test_a_namespace_that_is_gone_is_told_and_forgotten(scene: Scene) -> None:
    scene.kube.put(NAMESPACES, {"metadata": {"name": "shop"}})
    await scene.hear()
    scene.kube.remove(NAMESPACES, "shop")

    assert await scene.hear() == ["namespace shop"]
    assert scene.cluster.namespaces == {}


async def test_what_was_there_at_the_start_is_seen_without_anybody_listening(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, kube = LoopClock(monkeypatch), FakeCluster()
    kube.put(SECRETS, secret_body())
    cluster = Cluster(kube, digester=Digester(b"key"), jitter=no_jitter)

    async with running(cluster):
        await clock.skip(ECHO_SECONDS)
        age = cluster.age_seconds()

        assert set(cluster.secrets.of_owner("uid-pull")) == {IN_SHOP}
        assert age <= ECHO_SECONDS + 1


async def test_the_most_silent_watch_counts(scene: Scene) -> None:
    await scene.clock.skip(30)
    scene.kube.put(NAMESPACES, {"metadata": {"name": "shop"}})
    await settle()

    assert scene.cluster.age_seconds() >= 30


async def test_a_cluster_that_was_restored_to_an_earlier_state_is_believed(scene: Scene) -> None:
    scene.cluster.secrets.note(IN_SHOP, managed(9))
    scene.cluster.accounts.note(DEFAULT_ACCOUNT, account(9, "pull"))

    scene.cluster._on_secret(IN_SHOP, managed(9), managed(4, owner="uid-earlier"))
    scene.cluster._on_account(DEFAULT_ACCOUNT, account(9, "pull"), account(4))

    assert list(scene.cluster.secrets.of_owner("uid-earlier")) == [IN_SHOP]
    assert scene.cluster.secrets.of_owner("uid-pull") == {}
    assert scene.cluster.accounts.get(DEFAULT_ACCOUNT) == account(4)
