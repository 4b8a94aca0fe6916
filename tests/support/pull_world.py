"""A pull secret's world in memory: its robot, the namespaces, a Harbor that knows the login."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from harbor_operator.api.base import LEDGER_SUFFIX, LEDGER_TYPE
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core import dockerconfig
from harbor_operator.core.namespaces import Selection
from harbor_operator.core.robot import ledger as ledgers
from harbor_operator.core.robot.ledger import Cause, Credential, Ledger
from harbor_operator.core.secret import Secret
from harbor_operator.core.tenancy import DistributionRule
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.kinds.case import ManagedKind
from harbor_operator.engine.kinds.pullsecret import PullSecretCase
from harbor_operator.engine.objects import ObjectId, kube_resource
from harbor_operator.engine.reconciler import Outcome, Reconciler
from harbor_operator.engine.scope import Scope
from harbor_operator.engine.secrets import Ownership, compose
from harbor_operator.kube.resources import NAMESPACES, SECRETS, SERVICE_ACCOUNTS, JsonObject
from harbor_operator.kube.secret_data import decode
from tests.support.engine_world import NOW, READY_STATUS, custom_resource, no_jitter, ports_over
from tests.support.fake_cluster import FakeCluster
from tests.support.fake_harbor import FakeHarbor, Login
from tests.support.loop_clock import settle

KIND = ManagedKind(PULL_SECRETS, PullSecretCase)
SHOPS = ("shop-a", "shop-b")
TO_SHOPS: dict[str, Any] = {"targets": {"namespaces": {"names": ["shop-*"]}}}


def username(n: int) -> str:
    """The login of the robot's n-th credential."""
    return f"robot$team+ci-{n}"


class PullWorld:
    """What a test of the engine of pull secrets works with: namespace team and two shops."""

    def __init__(self, kube: FakeCluster | None = None, *, watch_secrets: bool = True) -> None:
        self.kube = kube or FakeCluster()
        self.harbor = FakeHarbor(NOW)
        self.ports = ports_over(self.kube, watch_secrets=watch_secrets)
        self.reconciler = Reconciler(self.ports, jitter=no_jitter)
        self.connection = Connection(
            "default",
            self.harbor,
            fingerprint=1,
            registry_hosts=("harbor.example.com",),
            distribution=(DistributionRule(("team",), Selection(names=("shop-*",))),),
            robot_prefix="robot$",
            ready=True,
        )
        self.ports.connections.put(self.connection)
        for name in ("team", *SHOPS):
            self.kube.put(NAMESPACES, {"metadata": {"name": name}})

    def serve(self, *namespaces: str) -> None:
        """Let no other namespaces exist for the operator."""
        self.ports = replace(self.ports, scope=Scope(frozenset(namespaces)))
        self.reconciler = Reconciler(self.ports, jitter=no_jitter)

    def project(self, name: str = "team", connection: str = "default") -> None:
        """Put a HarborProject into the cluster."""
        spec = {"connectionRef": {"name": connection}}
        body = custom_resource(PROJECTS, name, spec=spec, status=READY_STATUS)
        self.kube.put(kube_resource(PROJECTS), body)

    def robot(
        self,
        n: int = 1,
        name: str = "payments-pull",
        *,
        password: str | None = None,
        cause: Cause = Cause.CREATED,
        edition: int = 1,
        **fields: Any,  # noqa: ANN401 -- JSON
    ) -> None:
        """Put a HarborRobot whose n-th credential serves into cluster and Harbor."""
        status = {**READY_STATUS, "robotID": 100 + n, "username": username(n)}
        self.kube.put(
            kube_resource(ROBOTS), {**custom_resource(ROBOTS, name, status=status), **fields}
        )
        password = password or f"password-{n}"
        credential = Credential(n, 100 + n, username(n), Secret(password), NOW, cause, edition)
        body = compose(
            name + LEDGER_SUFFIX,
            "team",
            type_=LEDGER_TYPE,
            data={ledgers.KEY: ledgers.encode(Ledger(live=credential))},
            ownership=Ownership(ObjectId(ROBOTS.kind, "team", name), f"uid-{name}", ""),
        )
        self.kube.put(SECRETS, body)
        self.harbor.state.logins[username(n)] = Login(password)

    def pull_secret(self, name: str = "pull", **spec: Any) -> JsonObject:  # noqa: ANN401 -- JSON
        """Put a HarborPullSecret into the cluster, as a person writes it."""
        return self.kube.put(
            kube_resource(PULL_SECRETS), custom_resource(PULL_SECRETS, name, spec=spec)
        )

    def change(self, name: str = "pull", **spec: Any) -> None:  # noqa: ANN401 -- JSON
        """Change fields of a HarborPullSecret's spec; None takes one away."""
        body = self.object(name)
        changed = {**body["spec"], **spec}
        body["spec"] = {key: value for key, value in changed.items() if value is not None}
        self.kube.put(kube_resource(PULL_SECRETS), body)

    def object(self, name: str = "pull") -> JsonObject:
        """A HarborPullSecret as it is now."""
        found = self.find(kube_resource(PULL_SECRETS), "team", name)
        assert found is not None
        return found

    def account(self, namespace: str, *entries: str, name: str = "default", **labels: str) -> None:
        """Put a ServiceAccount into the cluster."""
        metadata = {"name": name, "namespace": namespace, "labels": labels}
        listed = [{"name": entry} for entry in entries]
        self.kube.put(SERVICE_ACCOUNTS, {"metadata": metadata, "imagePullSecrets": listed})

    def entries(self, namespace: str, name: str = "default") -> list[str]:
        """What a ServiceAccount lists."""
        body = self.find(SERVICE_ACCOUNTS, namespace, name) or {}
        return [entry["name"] for entry in body.get("imagePullSecrets", ())]

    def secret(self, namespace: str, name: str = "pull") -> JsonObject | None:
        """A delivered Secret; None where there is none."""
        return self.find(SECRETS, namespace, name)

    def login_in(self, namespace: str) -> tuple[str, Secret] | None:
        """The login that a namespace's nodes pull with; None where there is none."""
        body = self.secret(namespace)
        return dockerconfig.login_in(decode(body, dockerconfig.KEY) or "") if body else None

    def find(self, resource: Any, namespace: str, name: str) -> JsonObject | None:  # noqa: ANN401 -- any kind
        """An object of any kind; None where there is none."""
        for body in self.kube.objects(resource):
            metadata = body["metadata"]
            if (metadata.get("namespace", ""), metadata["name"]) == (namespace, name):
                return body
        return None

    async def look(self, name: str = "pull") -> Outcome:
        """Reconcile a HarborPullSecret once, and write its status as the operator does."""
        await settle()
        outcome = await self.reconciler.reconcile(KIND, self.object(name))
        if outcome.status:
            await self.kube.patch_merge(
                kube_resource(PULL_SECRETS), name, {"status": outcome.status}, namespace="team"
            )
        await settle()
        return outcome

    async def delete(self, name: str = "pull") -> Outcome:
        """Mark a HarborPullSecret as deleted, and clean up."""
        body = self.object(name)
        body["metadata"]["deletionTimestamp"] = "2026-03-01T11:00:00Z"
        self.kube.put(kube_resource(PULL_SECRETS), body)
        outcome = await self.look(name)
        if outcome.finished:
            self.kube.remove(kube_resource(PULL_SECRETS), name, "team")
        return outcome


@asynccontextmanager
async def pull_world(
    kube: FakeCluster | None = None, *, watch_secrets: bool = True
) -> AsyncIterator[PullWorld]:
    """A world whose informers run."""
    world = PullWorld(kube, watch_secrets=watch_secrets)
    watching = asyncio.create_task(world.ports.cluster.run())
    await world.ports.cluster.synced()
    try:
        yield world
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def reasons(outcome: Outcome) -> dict[str, str]:
    """The reason of each condition that an outcome writes."""
    return {c["type"]: c["reason"] for c in outcome.status["conditions"]}
