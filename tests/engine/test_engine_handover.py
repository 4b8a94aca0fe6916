"""How a managed Secret ends: deleted, or handed over to an object that waits for it."""

from typing import Any

import pytest

from harbor_operator.api.base import ANNOTATION_OWNER_NAME, LABEL_OWNER_UID, LABEL_ROBOT_UID
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.core.secret import Secret
from harbor_operator.engine.context import Ports
from harbor_operator.engine.faults import Outdated
from harbor_operator.engine.handover import take_away
from harbor_operator.engine.heirs import Heir
from harbor_operator.engine.objects import ObjectId, kube_resource
from harbor_operator.engine.secrets import BASIC_AUTH, DOCKER_CONFIG, Ownership, compose
from harbor_operator.kube.errors import Conflict, KubeError, Operation
from harbor_operator.kube.resources import SECRETS, JsonObject, ObjectKey
from tests.support.busy_cluster import BusyCluster
from tests.support.cluster_ear import Ear
from tests.support.engine_world import custom_resource, ports_over
from tests.support.fake_cluster import FakeCluster

OWNER = ObjectId(PULL_SECRETS.kind, "team", "first")
HEIR = Heir(ObjectId(PULL_SECRETS.kind, "team", "second"), "uid-second")
KEY = ObjectKey("shop", "pull")
CHANGED: KubeError = Conflict(Operation("delete"), "changed", reason="Conflict", status=409)


@pytest.fixture
def kube() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
async def ports(kube: FakeCluster) -> Ports:
    return ports_over(kube)


def put_secret(ports: Ports, kube: FakeCluster, type_: str = DOCKER_CONFIG) -> JsonObject:
    """The owner's Secret, with the owner among its references as in the owner's namespace."""
    ownership = Ownership(OWNER, "uid-first", "uid-robot")
    body = compose("pull", "shop", type_=type_, data={"key": Secret("x")}, ownership=ownership)
    body["metadata"]["ownerReferences"] = [{"uid": "uid-first", "controller": True}]
    stored = kube.put(SECRETS, body)
    ports.cluster.note_secret(stored)
    return stored


def let_wait(ports: Ports, kube: FakeCluster, **metadata: Any) -> None:  # noqa: ANN401 -- fields of ObjectMeta
    """Let the heir exist, and wait for the Secret."""
    kube.put(kube_resource(PULL_SECRETS), custom_resource(PULL_SECRETS, "second", **metadata))
    ports.cluster.heirs.want(HEIR, frozenset({KEY}))


async def test_a_secret_that_nobody_waits_for_is_deleted(ports: Ports, kube: FakeCluster) -> None:
    put_secret(ports, kube)

    await take_away(ports, KEY, "uid-first")

    assert kube.objects(SECRETS) == []
    assert ports.cluster.secrets.get(KEY) is None


async def test_a_secret_goes_to_who_waits_with_its_data_and_its_uid(
    ports: Ports, kube: FakeCluster
) -> None:
    before = put_secret(ports, kube)
    let_wait(ports, kube)

    await take_away(ports, KEY, "uid-first")

    [after] = kube.objects(SECRETS)
    metadata = after["metadata"]
    assert (metadata["uid"], after["data"]) == (before["metadata"]["uid"], before["data"])
    assert metadata["labels"][LABEL_OWNER_UID] == "uid-second"
    assert metadata["labels"][LABEL_ROBOT_UID] == "uid-robot"
    assert metadata["annotations"][ANNOTATION_OWNER_NAME] == "second"
    assert "ownerReferences" not in metadata


async def test_what_may_not_be_inherited_is_deleted(ports: Ports, kube: FakeCluster) -> None:
    put_secret(ports, kube)
    let_wait(ports, kube)

    await take_away(ports, KEY, "uid-first", inheritable=False)

    assert kube.objects(SECRETS) == []


async def test_a_secret_of_another_type_fits_no_pull_secret(
    ports: Ports, kube: FakeCluster
) -> None:
    put_secret(ports, kube, BASIC_AUTH)
    let_wait(ports, kube)

    await take_away(ports, KEY, "uid-first")

    assert kube.objects(SECRETS) == []


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param({"deletionTimestamp": "2026-03-01T11:00:00Z"}, id="is being deleted"),
        pytest.param({"uid": "uid-later"}, id="was made anew"),
    ],
)
async def test_an_heir_that_is_not_there_to_stay_gets_nothing(
    ports: Ports, kube: FakeCluster, metadata: dict[str, Any]
) -> None:
    put_secret(ports, kube)
    let_wait(ports, kube, **metadata)

    await take_away(ports, KEY, "uid-first")

    assert kube.objects(SECRETS) == []


async def test_a_secret_that_is_another_objects_by_now_is_left_alone(
    ports: Ports, kube: FakeCluster
) -> None:
    put_secret(ports, kube)

    await take_away(ports, KEY, "uid-earlier")

    assert len(kube.objects(SECRETS)) == 1


async def test_a_secret_that_is_gone_is_forgotten(ports: Ports, kube: FakeCluster) -> None:
    put_secret(ports, kube)
    kube.remove(SECRETS, "pull", "shop")

    await take_away(ports, KEY, "uid-first")

    assert ports.cluster.secrets.get(KEY) is None


async def test_the_heir_and_all_others_know_at_once_whose_the_secret_is(
    ports: Ports, kube: FakeCluster
) -> None:
    put_secret(ports, kube)
    let_wait(ports, kube)
    ports.cluster.listener = listener = Ear()

    await take_away(ports, KEY, "uid-first")

    assert list(ports.cluster.secrets.of_owner("uid-second")) == [KEY]
    assert ports.cluster.secrets.of_owner("uid-first") == {}
    assert listener.heard == ["secret shop/pull of second"]


async def test_what_the_watch_told_of_the_heir_before_the_answer_stays_known() -> None:
    kube = BusyCluster()
    ports = ports_over(kube)
    put_secret(ports, kube)
    let_wait(ports, kube)
    kube.meanwhile = ports.cluster.note_secret

    await take_away(ports, KEY, "uid-first")

    assert KEY in ports.cluster.secrets.of_owner("uid-second")


async def test_an_heir_that_goes_in_this_moment_leaves_nothing_behind() -> None:
    kube = BusyCluster()
    ports = ports_over(kube)
    put_secret(ports, kube)
    let_wait(ports, kube)
    kube.meanwhile = lambda _: kube.remove(kube_resource(PULL_SECRETS), "second", "team")

    await take_away(ports, KEY, "uid-first")

    assert kube.objects(SECRETS) == []


@pytest.mark.parametrize("verb", ["delete", "replace"])
async def test_a_secret_that_somebody_changes_in_this_moment_is_looked_at_again(
    ports: Ports, kube: FakeCluster, verb: str
) -> None:
    put_secret(ports, kube)
    let_wait(ports, kube)
    kube.fail_on(verb, CHANGED)

    with pytest.raises(Outdated):
        await take_away(ports, KEY, "uid-first", inheritable=verb == "replace")

    assert ports.cluster.secrets.get(KEY) is not None
