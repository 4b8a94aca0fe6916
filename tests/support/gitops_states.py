"""Leads one object of each kind through every state that a GitOps tool has to judge."""

from dataclasses import dataclass, field
from typing import Any

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from testbed.tools.ports import LOOPBACK, free_ports
from tests.support.cluster import Check, condition, has_reason, is_ready
from tests.support.custom_resources import AnyKind, Json, manifest
from tests.support.system_world import SystemWorld, cluster_path, connection_spec
from tests.support.team import Team

STATES = (
    "fresh",
    "progressing",
    "ready",
    "outdated",
    "stalled",
    "suspended",
    "suspended-unready",
    "suspended-changed",
    "deleting",
)
"""Fresh is an object that the operator has not seen; outdated one whose spec has changed since;
suspended-unready one that never was Ready, suspended-changed one whose spec has changed since it
was suspended."""
KINDS: tuple[AnyKind, ...] = (CONNECTIONS, PROJECTS, ROBOTS, PULL_SECRETS)
"""In the order in which they need each other."""
HOLD = "example.com/hold"
"""A finalizer of somebody else, for time to look at what nothing else holds."""
LATER: dict[str, tuple[Json, Json]] = {
    CONNECTIONS.kind: (
        {"requests": {"perSecond": 900}},
        {"requests": {"perSecond": 800}},
    ),
    PROJECTS.kind: ({"storageQuota": "1Gi"}, {"storageQuota": "2Gi"}),
    ROBOTS.kind: ({"lifetimeDays": 80}, {"lifetimeDays": 70}),
    PULL_SECRETS.kind: (
        {"secretTemplate": {"labels": {"team": "payments"}}},
        {"secretTemplate": {"labels": {"team": "invoices"}}},
    ),
}
"""Two changes to the spec of each kind."""

Seen = dict[tuple[str, str], Json]
"""Objects as the API server shows them, by kind and state."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One object of each kind on its way through the states."""

    world: SystemWorld
    team: Team
    seen: Seen = field(default_factory=dict)

    async def go(self) -> Seen:
        """Lead the objects through all states; nothing of them is left at the end."""
        await self._create("", self.world.harbor.url)
        await self._look("ready", is_ready)
        await self._miss_the_operator()
        await self._stall()
        await self._suspend()
        await self._leave()
        return self.seen

    async def _miss_the_operator(self) -> None:
        await self.world.operator.stop()
        for kind in KINDS:
            await self._merge(kind, {"spec": LATER[kind.kind][0]})
        await self._look("outdated")
        (port,) = free_ports(1)
        await self._create("-new", f"http://{LOOPBACK}:{port}")
        await self._look("fresh", suffix="-new")
        await self.world.operator.start()
        await self._look("progressing", waits_for_harbor, suffix="-new")
        await self._delete_others("-new")
        await self._wait(is_ready)

    async def _create(self, suffix: str, url: str, **spec: object) -> None:
        connection = f"{self.world.connection}{suffix}"
        project, robot = f"web{suffix}", f"ci{suffix}"
        connected: Json = {"connectionRef": {"name": connection}, **spec}
        await self._connect(connection, {**connection_spec(url), **spec})
        await self.team.project(project, deletionPolicy="DeleteIfEmpty", **connected)
        await self.team.robot(robot, project, **connected)
        await self.team.pull_secret(f"pull{suffix}", robot, **spec)

    async def _stall(self) -> None:
        for name in ("ci-stalled", "pull-stalled"):
            body = {"metadata": {"name": name}, "stringData": {"of": "somebody else"}}
            await self.world.cluster.create(self.team.core_path("secrets"), body)
        missing = {"namespace": "default", "name": "missing"}
        spec = {**connection_spec(self.world.harbor.url), "credentialsSecretRef": missing}
        await self._connect(f"{self.world.connection}-stalled", spec)
        await self.team.project("web-stalled", projectName="somebody-elses")
        await self.team.robot("ci-stalled", "web", secretName="ci-stalled")
        await self.team.pull_secret("pull-stalled", "ci")
        await self._look("stalled", is_stalled, suffix="-stalled")
        await self._delete_others("-stalled")

    async def _suspend(self) -> None:
        await self._create("-idle", self.world.harbor.url, suspend=True)
        await self._look("suspended-unready", is_observed, suffix="-idle")
        await self._delete_others("-idle")
        for kind in KINDS:
            await self._merge(kind, {"spec": {"suspend": True}})
        await self._look("suspended", is_observed)
        for kind in KINDS:
            await self._merge(kind, {"spec": LATER[kind.kind][1]})
        await self._look("suspended-changed", is_observed)
        for kind in KINDS:
            await self._merge(kind, {"spec": {"suspend": False}})
        await self._wait(is_ready)

    async def _leave(self) -> None:
        *needed, last = KINDS
        for kind in needed:
            await self.world.cluster.delete(self._path(kind))
        for kind in needed:
            in_use = has_reason("InUse", stalled=False)
            found = await self.world.cluster.seen(self._path(kind), in_use)
            self.seen[kind.kind, "deleting"] = found
        held = (await self._find(last))["metadata"].get("finalizers", [])
        await self._merge(last, {"metadata": {"finalizers": [*held, HOLD]}})
        await self.world.cluster.delete(self._path(last))
        found = await self.world.cluster.seen(self._path(last), is_held_by_nothing_else)
        self.seen[last.kind, "deleting"] = found
        await self._merge(last, {"metadata": {"finalizers": []}})
        for kind in reversed(KINDS):
            await self.world.cluster.gone(self._path(kind))

    async def _delete_others(self, suffix: str) -> None:
        for kind in reversed(KINDS):
            await self.world.cluster.delete(self._path(kind, suffix))
        for kind in reversed(KINDS):
            await self.world.cluster.gone(self._path(kind, suffix))

    async def _look(self, state: str, check: Check = bool, *, suffix: str = "") -> None:
        await self._wait(check, suffix=suffix)
        await self.world.at_rest()
        for kind in KINDS:
            self.seen[kind.kind, state] = await self._find(kind, suffix)

    async def _wait(self, check: Check, *, suffix: str = "") -> None:
        for kind in KINDS:
            await self.world.cluster.seen(self._path(kind, suffix), check)

    async def _find(self, kind: AnyKind, suffix: str = "") -> Json:
        return await self.world.cluster.get(self._path(kind, suffix))

    async def _merge(self, kind: AnyKind, patch: Json) -> None:
        await self.world.cluster.merge(self._path(kind), patch)

    async def _connect(self, name: str, spec: Json) -> None:
        body = manifest(CONNECTIONS, name, spec)
        await self.world.cluster.create(cluster_path(CONNECTIONS), body)

    def _path(self, kind: AnyKind, suffix: str = "") -> str:
        if kind is CONNECTIONS:
            return f"{self.world.connection_path}{suffix}"
        name = {PROJECTS.kind: "web", ROBOTS.kind: "ci", PULL_SECRETS.kind: "pull"}[kind.kind]
        return self.team.path(kind, f"{name}{suffix}")


def is_observed(body: Json) -> bool:
    """Whether the operator has seen the object as it is now."""
    seen: Any = body.get("status", {}).get("observedGeneration")
    return bool(seen == body["metadata"]["generation"])


def is_held_by_nothing_else(body: Json) -> bool:
    """Whether the operator has let an object go, and the test has not."""
    return bool(body["metadata"]["finalizers"] == [HOLD])


def is_stalled(body: Json) -> bool:
    """Whether the object waits for a person."""
    return condition(body, "Stalled") is not None


def waits_for_harbor(body: Json) -> bool:
    """Whether the object, or one that it needs, waits for Harbor to answer."""
    reasons = ("HarborUnreachable", "WaitingForConnection", "WaitingForProject", "WaitingForRobot")
    return any(has_reason(reason, stalled=False)(body) for reason in reasons)
