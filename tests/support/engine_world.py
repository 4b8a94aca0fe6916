"""What the engine works with, in memory: ports over a fake cluster, and custom resources."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from harbor_operator.api.base import API_VERSION
from harbor_operator.api.conditions import Condition, ConditionStatus, ConditionType, Reason
from harbor_operator.engine.cluster import Cluster
from harbor_operator.engine.connections import Connections
from harbor_operator.engine.context import Ports
from harbor_operator.engine.events import Recorder
from harbor_operator.engine.secret_looks import SecretLooks
from harbor_operator.engine.secrets import Digester
from harbor_operator.engine.sources import Sources
from harbor_operator.kube.resources import EVENTS, JsonObject
from tests.support.custom_resources import MINIMAL_SPECS, AnyKind
from tests.support.fake_cluster import FakeCluster

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
THEN = datetime(2026, 2, 1, 12, tzinfo=UTC)
LOOK_SECONDS = 60
"""How often each Secret is read where Secrets are not watched."""
CLUSTER_ID = "cluster-1"


def no_jitter() -> float:
    """The middle of every pause."""
    return 0.5


def ports_over(kube: FakeCluster, *, watch_secrets: bool = True) -> Ports:
    """Ports over a fake cluster at noon of `NOW`, with no connection to any Harbor."""
    numbers = count(1)
    cluster = Cluster(
        kube, digester=Digester(b"key"), jitter=no_jitter, watch_secrets=watch_secrets
    )
    return Ports(
        kube=kube,
        cluster=cluster,
        connections=Connections(),
        recorder=Recorder(
            kube, instance="test", now=lambda: NOW, suffix=lambda: str(next(numbers))
        ),
        sources=Sources(kube, jitter=no_jitter),
        cluster_id=CLUSTER_ID,
        now=lambda: NOW,
        user_agent="tests",
        looks=None if watch_secrets else SecretLooks(kube, cluster, period=LOOK_SECONDS),
    )


@dataclass(frozen=True, slots=True)
class Told:
    """An Event, as a person reads it."""

    type: str
    reason: str
    about: str
    note: str


async def events_of(ports: Ports, kube: FakeCluster) -> list[Told]:
    """Every Event posted by now."""
    await ports.recorder.close()
    return [
        Told(body["type"], body["reason"], body["regarding"]["name"], body["note"])
        for body in kube.objects(EVENTS)
    ]


def custom_resource(
    kind: AnyKind,
    name: str = "app",
    *,
    namespace: str = "team",
    spec: Mapping[str, Any] | None = None,
    status: Mapping[str, Any] | None = None,
    **metadata: object,
) -> JsonObject:
    """A custom resource as the API server sends it, with the least that its spec needs."""
    return {
        "apiVersion": API_VERSION,
        "kind": kind.kind,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": f"uid-{name}",
            "generation": 1,
            "resourceVersion": "1",
            **metadata,
        },
        "spec": {**MINIMAL_SPECS[kind.kind], **(spec or {})},
        "status": {"observedGeneration": -1, **(status or {})},
    }


def condition(
    type_: ConditionType, status: ConditionStatus, reason: Reason = Reason.SUCCEEDED
) -> dict[str, Any]:
    """A condition on the wire, of generation 1, that has been so since `THEN`."""
    return Condition(
        type=type_.value,
        status=status,
        reason=reason.value,
        message="As before.",
        last_transition_time=THEN,
        observed_generation=1,
    ).to_wire()


READY_STATUS: Mapping[str, Any] = {
    "observedGeneration": 1,
    "conditions": [condition(ConditionType.READY, ConditionStatus.TRUE)],
}
"""The status of an object whose first generation is applied."""
