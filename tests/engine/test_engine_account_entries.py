"""How an entry of ours among a ServiceAccount's imagePullSecrets ends."""

import pytest

from harbor_operator.api.base import ANNOTATION_IMAGE_PULL_SECRETS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.engine.account_entries import add_entry, take_entry_away
from harbor_operator.engine.context import Ports
from harbor_operator.engine.heirs import Heir
from harbor_operator.engine.objects import ObjectId, kube_resource
from harbor_operator.kube.resources import SERVICE_ACCOUNTS, ObjectKey
from tests.support.busy_cluster import BusyCluster
from tests.support.engine_world import custom_resource, ports_over
from tests.support.fake_cluster import FakeCluster

HEIR = Heir(ObjectId(PULL_SECRETS.kind, "team", "second"), "uid-second")
ACCOUNT = ObjectKey("shop", "builder")
OWNER_UID = "uid-first"


@pytest.fixture
def kube() -> BusyCluster:
    return BusyCluster()


@pytest.fixture
async def ports(kube: BusyCluster) -> Ports:
    """A ServiceAccount with the owner's entry, behind one of somebody else."""
    ports = ports_over(kube)
    metadata = {"name": "builder", "namespace": "shop"}
    entries = [{"name": "theirs"}]
    stored = kube.put(SERVICE_ACCOUNTS, {"metadata": metadata, "imagePullSecrets": entries})
    ports.cluster.see_account(stored)
    await add_entry(ports, ACCOUNT, "pull", OWNER_UID)
    return ports


def let_wait(ports: Ports, kube: FakeCluster) -> None:
    """Let the heir exist, and wait for the Secret."""
    kube.put(kube_resource(PULL_SECRETS), custom_resource(PULL_SECRETS, "second"))
    ports.cluster.heirs.want(HEIR, frozenset({ObjectKey("shop", "pull")}))


def entries(kube: FakeCluster) -> list[str]:
    [body] = kube.objects(SERVICE_ACCOUNTS)
    return [entry["name"] for entry in body["imagePullSecrets"]]


def noted(kube: FakeCluster) -> str | None:
    [body] = kube.objects(SERVICE_ACCOUNTS)
    note: str | None = body["metadata"]["annotations"].get(ANNOTATION_IMAGE_PULL_SECRETS)
    return note


async def test_an_entry_that_nobody_waits_for_goes(ports: Ports, kube: BusyCluster) -> None:
    await take_entry_away(ports, ACCOUNT, "pull", OWNER_UID)

    assert entries(kube) == ["theirs"]
    assert noted(kube) is None


async def test_an_entry_stays_for_who_waits(ports: Ports, kube: BusyCluster) -> None:
    let_wait(ports, kube)

    await take_entry_away(ports, ACCOUNT, "pull", OWNER_UID)

    assert entries(kube) == ["theirs", "pull"]
    assert noted(kube) == '{"pull": "uid-second"}'


async def test_what_may_not_be_inherited_goes(ports: Ports, kube: BusyCluster) -> None:
    let_wait(ports, kube)

    await take_entry_away(ports, ACCOUNT, "pull", OWNER_UID, inheritable=False)

    assert entries(kube) == ["theirs"]


async def test_an_entry_of_another_object_is_left_alone(ports: Ports, kube: BusyCluster) -> None:
    await take_entry_away(ports, ACCOUNT, "pull", "uid-other")

    assert entries(kube) == ["theirs", "pull"]


async def test_an_heir_that_goes_in_this_moment_leaves_no_entry_behind(
    ports: Ports, kube: BusyCluster
) -> None:
    let_wait(ports, kube)
    kube.meanwhile = lambda _: kube.remove(kube_resource(PULL_SECRETS), "second", "team")

    await take_entry_away(ports, ACCOUNT, "pull", OWNER_UID)

    assert entries(kube) == ["theirs"]
    assert noted(kube) is None
