"""A robot of a simulated Harbor, reconciled over a cluster in memory."""

import json
from typing import Any

import aiohttp
from pydantic import SecretStr

from harbor_operator.api.base import FINALIZER, GROUP
from harbor_operator.api.conditions import ConditionStatus, ConditionType
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.kinds.case import ManagedKind
from harbor_operator.engine.kinds.connection import ConnectionCase
from harbor_operator.engine.kinds.robot import RobotCase
from harbor_operator.engine.objects import kube_resource
from harbor_operator.engine.reconciler import Outcome, Reconciler
from harbor_operator.harbor.connection import Credentials
from harbor_operator.kube.resources import NAMESPACES, SECRETS, JsonObject
from testbed.harbor import HarborSimulator
from testbed.harbor.state import Project, Robot
from tests.support.cluster import condition, decoded, encoded
from tests.support.custom_resources import AnyKind, Json
from tests.support.engine_world import (
    READY_STATUS,
    Told,
    custom_resource,
    events_of,
    no_jitter,
    ports_over,
)
from tests.support.engine_world import condition as stated
from tests.support.fake_cluster import FakeCluster
from tests.support.loop_clock import LoopClock

ADMIN_PASSWORD = "Made-Up-Password-3Xd"
CONNECTION = "default"
TEAM = "team"
"""The namespace, and the project in Harbor."""
_KINDS: dict[str, ManagedKind[Any, Any]] = {
    CONNECTIONS.kind: ManagedKind(CONNECTIONS, ConnectionCase),
    ROBOTS.kind: ManagedKind(ROBOTS, RobotCase),
}


class RobotBench:
    """One connection, one project, and the robots of one namespace.

    Attributes:
        harbor: The simulated Harbor.
        kube: The cluster.
        ports: What the objects are reconciled with.
    """

    def __init__(self, harbor: HarborSimulator, clock: LoopClock) -> None:
        self.harbor = harbor
        self.kube = FakeCluster()
        self.ports = ports_over(self.kube)
        self._clock = clock
        self._reconciler = Reconciler(self.ports, jitter=no_jitter)

    async def begin(self, username: str = "admin", password: str = ADMIN_PASSWORD) -> None:
        """Connect to Harbor, and have a project there."""
        self.kube.put(NAMESPACES, {"metadata": {"name": TEAM, "uid": "uid-team-namespace"}})
        self.put_login(username, password)
        spec = {"url": self.harbor.url, "requests": {"perSecond": 1000}}
        body = custom_resource(
            CONNECTIONS, CONNECTION, namespace="", spec=spec, finalizers=[FINALIZER]
        )
        self.kube.put(kube_resource(CONNECTIONS), body)
        await self.look_at_connection()
        await self.project_is(await self.connection.client.projects.create(TEAM, metadata={}))

    async def project_is(self, project_id: int) -> None:
        """Have the HarborProject report that project of Harbor."""
        status = {**READY_STATUS, "projectID": project_id}
        ready = stated(ConditionType.SYNCED, ConditionStatus.TRUE)
        status["conditions"] = [*READY_STATUS["conditions"], ready]
        self.kube.put(kube_resource(PROJECTS), custom_resource(PROJECTS, TEAM, status=status))

    def put_login(self, username: str, password: str) -> None:
        """Write the Secret with the operator's login."""
        metadata = {"name": "harbor-admin", "namespace": "harbor-operator", "uid": "uid-login"}
        data = encoded(username=username, password=password)
        self.kube.put(SECRETS, {"metadata": metadata, "data": data})

    async def admin_call(self, method: str, path: str, body: Json) -> Json:
        """Ask Harbor as its administrator, past the operator."""
        pair = aiohttp.encode_basic_auth("admin", ADMIN_PASSWORD)
        async with (
            aiohttp.ClientSession(headers={"Authorization": pair}) as session,
            session.request(method, f"{self.harbor.url}/api/v2.0{path}", json=body) as answer,
        ):
            assert answer.ok, path
            made: Json = await answer.json()
            return made

    @property
    def connection(self) -> Connection:
        """The live connection."""
        found = self.ports.connections.get(CONNECTION)
        assert found is not None
        return found

    async def robot(self, name: str = "ci", **spec: object) -> None:
        """Make a robot and look at it until it serves."""
        access = [{"projectRef": {"name": TEAM}, "preset": "Pull"}]
        wanted = {"access": access, "connectionRef": {"name": CONNECTION}, **spec}
        body = custom_resource(ROBOTS, name, spec=wanted)
        self.kube.put(kube_resource(ROBOTS), body)
        await self.look(name)

    async def look(self, name: str = "ci") -> Outcome:
        """Reconcile a robot once and write its status."""
        return await self._reconcile(ROBOTS, name, TEAM)

    async def look_at_connection(self) -> Outcome:
        """Reconcile the connection once and write its status."""
        return await self._reconcile(CONNECTIONS, CONNECTION, "")

    async def _reconcile(self, kind: AnyKind, name: str, namespace: str) -> Outcome:
        resource, where = kube_resource(kind), namespace or None
        body = await self.kube.get(resource, name, namespace=where)
        outcome = await self._reconciler.reconcile(_KINDS[kind.kind], body)
        if outcome.status:
            patch = {"status": dict(outcome.status)}
            await self.kube.patch_merge(resource, name, patch, namespace=where)
        return outcome

    async def restart(self) -> None:
        """Lose all that the process remembers, and connect again."""
        await self.ports.connections.close()
        self._reconciler = Reconciler(self.ports, jitter=no_jitter)
        await self.look_at_connection()

    async def travel(self, seconds: float, *, own: float | None = None) -> None:
        """Let time pass for Harbor, and for the operator as much, or as much as is said."""
        self.harbor.clock.offset_seconds += seconds
        await self._clock.skip(seconds if own is None else own)
        # Any answer tells the new time.
        await self.connection.client.system.probe()

    async def look_until_proven(self, name: str = "ci") -> None:
        """Look twice at a credential that Harbor refuses, as far apart as proves something."""
        await self.look(name)
        await self.travel(61)
        await self.look(name)

    async def change(self, name: str = "ci", **spec: object) -> None:
        """Merge into a robot's spec."""
        await self._merge(ROBOTS, name, TEAM, {"spec": spec})

    async def annotate(self, key: str, value: str | None, name: str = "ci") -> None:
        """Set one of the operator's annotations on a robot; None takes it off."""
        await self._merge(ROBOTS, name, TEAM, _annotation(key, value))

    async def annotate_connection(self, key: str, value: str | None) -> None:
        """The same on the connection."""
        await self._merge(CONNECTIONS, CONNECTION, "", _annotation(key, value))

    async def label(self, name: str, key: str, value: str | None) -> None:
        """Set one of the operator's labels on a robot; None takes it off."""
        patch = {"metadata": {"labels": {f"{GROUP}/{key}": value}}}
        await self._merge(ROBOTS, name, TEAM, patch)

    async def _merge(self, kind: AnyKind, name: str, namespace: str, patch: JsonObject) -> None:
        await self.kube.patch_merge(kube_resource(kind), name, patch, namespace=namespace or None)

    async def status(self, name: str = "ci") -> Json:
        """A robot's status."""
        body = await self.kube.get(kube_resource(ROBOTS), name, namespace=TEAM)
        status: Json = body["status"]
        return status

    async def connection_status(self) -> Json:
        """The connection's status."""
        body = await self.kube.get(kube_resource(CONNECTIONS), CONNECTION)
        status: Json = body["status"]
        return status

    async def told(self, type_: str = "Ready", name: str = "ci") -> tuple[str, str]:
        """Status and reason of one of a robot's conditions."""
        found = condition({"status": await self.status(name)}, type_) or {}
        return found.get("status", ""), found.get("reason", "")

    async def login(self, name: str = "ci") -> dict[str, str]:
        """What the user's Secret holds."""
        return decoded(await self.kube.get(SECRETS, name, namespace=TEAM))

    async def ledger(self, name: str = "ci") -> dict[str, Any]:
        """What the robot's ledger holds."""
        body = await self.kube.get(SECRETS, f"{name}-ledger", namespace=TEAM)
        document: dict[str, Any] = json.loads(decoded(body)["ledger"])
        return document

    async def works(self, login: dict[str, str]) -> bool:
        """Whether Harbor lets a login in."""
        credentials = Credentials(login["username"], SecretStr(login["password"]))
        return await self.connection.client.registry.authenticates(credentials)

    @property
    def project(self) -> Project:
        """The project in Harbor; its robots are found by its id."""
        found = self.harbor.state.project_named(TEAM)
        assert found is not None
        return found

    @property
    def accounts(self) -> list[Robot]:
        """The robot accounts of the project, by id."""
        robots = self.harbor.state.robots.values()
        return [robot for robot in robots if robot.project_id == self.project.project_id]

    @property
    def numbers(self) -> list[int]:
        """The numbers at the end of their names."""
        return [int(account.name.rpartition("-")[2]) for account in self.accounts]

    async def events(self, *reasons: str) -> list[Told]:
        """The Events of these reasons."""
        posted = await events_of(self.ports, self.kube)
        return [event for event in posted if event.reason in reasons]

    async def close(self) -> None:
        """End what was begun."""
        await self.ports.recorder.close()
        await self.ports.sources.close()
        await self.ports.connections.close()


def _annotation(key: str, value: str | None) -> JsonObject:
    return {"metadata": {"annotations": {f"{GROUP}/{key}": value}}}
