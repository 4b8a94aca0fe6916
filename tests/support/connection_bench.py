"""A connection to a simulated Harbor, reconciled over a cluster in memory."""

from harbor_operator.api.base import FINALIZER
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.engine.kinds.case import ManagedKind
from harbor_operator.engine.kinds.connection import ConnectionCase
from harbor_operator.engine.objects import kube_resource
from harbor_operator.engine.reconciler import Outcome, Reconciler
from harbor_operator.kube.resources import SECRETS, JsonObject
from testbed.harbor import HarborSimulator
from testbed.harbor.policy_state import JobSchedule, UpstreamRegistry, Vendor
from tests.support.cluster import condition, encoded
from tests.support.custom_resources import Json
from tests.support.engine_world import Told, custom_resource, events_of, no_jitter, ports_over
from tests.support.fake_cluster import FakeCluster

ADMIN_PASSWORD = "Made-Up-Password-3Xd"
NAMESPACE = "harbor-operator"
"""Where the Secrets are."""


class ConnectionBench:
    """One connection, its Secrets and its Harbor.

    Attributes:
        harbor: The simulated Harbor.
        kube: The cluster.
        ports: What the connection is reconciled with.
    """

    def __init__(self, harbor: HarborSimulator) -> None:
        self.harbor = harbor
        self.kube = FakeCluster()
        self._spec: Json = {}
        self._generation = 1
        self.ports = ports_over(self.kube)
        self._reconciler = Reconciler(self.ports, jitter=no_jitter)
        self._status: Json = {}
        self.put_login("harbor-admin", "admin", ADMIN_PASSWORD)

    def put_login(self, name: str, username: str, password: str) -> None:
        """Write a Secret with a user name and a password."""
        metadata = {"name": name, "namespace": NAMESPACE, "uid": f"uid-{name}"}
        data = encoded(username=username, password=password)
        self.kube.put(SECRETS, {"metadata": metadata, "data": data})

    async def reconcile(self, **spec: object) -> Outcome:
        """Look once, with these fields in the spec; what is not given stays as it was."""
        if spec:
            self._spec, self._generation = {**self._spec, **spec}, self._generation + 1
        stored = self.kube.put(kube_resource(CONNECTIONS), self._body())
        kind = ManagedKind(CONNECTIONS, ConnectionCase)
        outcome = await self._reconciler.reconcile(kind, stored)
        self._status = {**self._status, **outcome.status}
        return outcome

    def _body(self) -> JsonObject:
        spec = {"url": self.harbor.url, "requests": {"perSecond": 1000}, **self._spec}
        return custom_resource(
            CONNECTIONS,
            namespace="",
            spec=spec,
            status=self._status,
            generation=self._generation,
            finalizers=[FINALIZER],
        )

    def told(self, type_: str) -> tuple[str, str]:
        """Status and reason of a condition."""
        found = condition({"status": self._status}, type_) or {}
        return found.get("status", ""), found.get("reason", "")

    def message(self) -> str:
        """What Synced says."""
        return str((condition({"status": self._status}, "Synced") or {}).get("message"))

    @property
    def registries(self) -> list[Json]:
        """The registries in the status."""
        listed: list[Json] = self._status.get("registries", [])
        return listed

    @property
    def writes(self) -> int:
        """How many requests could have changed something in Harbor, apart from logins."""
        requests = self.harbor.requests
        return requests.writes - requests.count("POST", "/c/login")

    def schedule(self, vendor: Vendor) -> JobSchedule:
        """The schedule of a job in Harbor."""
        (found,) = [row for row in self.harbor.state.schedules.values() if row.vendor is vendor]
        return found

    def upstream(self, name: str = "hub") -> UpstreamRegistry:
        """A registry in Harbor."""
        (found,) = [row for row in self.harbor.state.registries.values() if row.name == name]
        return found

    async def events(self) -> list[Told]:
        """The Events of drift that was put right."""
        posted = await events_of(self.ports, self.kube)
        return [event for event in posted if event.reason == "DriftCorrected"]

    async def close(self) -> None:
        """End what was begun."""
        await self.ports.recorder.close()
        await self.ports.sources.close()
        await self.ports.connections.close()
