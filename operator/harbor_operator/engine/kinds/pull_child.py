"""The HarborRobot that is made for a pull secret's projectRefs."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from harbor_operator.api.base import API_VERSION
from harbor_operator.api.conditions import ConditionType
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PullSecretSpec, PullSecretStatus, child_name
from harbor_operator.api.robot import ROBOTS, RobotSpec
from harbor_operator.core.pullsecret.actions import KeepChild
from harbor_operator.core.pullsecret.facts import Child, ChildSpec, ChildState
from harbor_operator.engine.context import Ports
from harbor_operator.engine.faults import Outdated
from harbor_operator.engine.objects import LiveObject, kube_resource
from harbor_operator.kube.errors import AlreadyExists, Conflict, NotFound
from harbor_operator.kube.resources import JsonObject

_RESOURCE = kube_resource(ROBOTS)


@dataclass(frozen=True, slots=True)
class RobotSeen:
    """The robot to be delivered, and the one made for projectRefs, which may be the same."""

    body: JsonObject | None
    """The robot to be delivered; None where there is none that may be used."""
    child: Child | None = None
    connections: Mapping[str, str | None] = field(default_factory=dict)


class ChildRobot:
    """Reads and writes the robot of one pull secret."""

    def __init__(self, live: LiveObject[PullSecretSpec, PullSecretStatus], ports: Ports) -> None:
        self._live = live
        self._ports = ports
        self._name = child_name(live.name)
        self._body: JsonObject | None = None

    async def read(self, wanted: ChildSpec | None) -> RobotSeen:
        """Read the robot to be delivered, and the child as far as there may be one."""
        named = self._live.parsed.spec.robot_ref
        if named is not None:
            child = await self._read_child(None) if self._may_be_left() else None
            return RobotSeen(await self._get(named.name), child)
        child = await self._read_child(wanted)
        if child.state is ChildState.ABSENT and wanted is not None:
            connections = {name: await self._connection_of(name) for name in wanted.projects}
            return RobotSeen(None, child, connections)
        return RobotSeen(None if child.state is ChildState.FOREIGN else self._body, child)

    async def keep(self, action: KeepChild) -> None:
        """Make the child, or change the fields that the operator decides.

        Raises:
            Outdated: Somebody made or changed it in this moment.
        """
        try:
            if action.child.state is ChildState.ABSENT:
                body = self._newborn(action.wanted, action.connection)
                await self._ports.kube.create(_RESOURCE, body, namespace=self._live.namespace)
            elif self._body is not None:
                patch = _patch(self._body, action.wanted)
                await self._ports.kube.patch_merge(
                    _RESOURCE, self._name, patch, namespace=self._live.namespace
                )
        except (AlreadyExists, Conflict, NotFound):
            raise Outdated from None

    async def remove(self, child: Child) -> None:
        """Delete the child, which waits until no Secret holds its credential."""
        with suppress(NotFound, Conflict):
            await self._ports.kube.delete(
                _RESOURCE, self._name, namespace=self._live.namespace, uid=child.uid
            )

    def _may_be_left(self) -> bool:
        """Whether an earlier spec may have had a child: its status says so, or was not written."""
        parsed = self._live.parsed
        if parsed.metadata.generation == 1:
            return False
        settled = parsed.status.condition(ConditionType.DISTRIBUTED)
        told = settled is not None and settled.observed_generation == parsed.metadata.generation
        return not told or parsed.status.child_robot is not None

    async def _read_child(self, wanted: ChildSpec | None) -> Child:
        self._body = body = await self._get(self._name)
        if body is None:
            return Child(ChildState.ABSENT, self._name)
        metadata = body["metadata"]
        if not any(
            reference.get("controller") and reference["uid"] == self._live.uid
            for reference in metadata.get("ownerReferences") or ()
        ):
            return Child(ChildState.FOREIGN, self._name)
        in_line = wanted is None or _is_in_line(body["spec"], wanted)
        state = ChildState.IN_LINE if in_line else ChildState.BEHIND
        return Child(state, self._name, metadata["uid"], "deletionTimestamp" in metadata)

    async def _get(self, name: str) -> JsonObject | None:
        try:
            return await self._ports.kube.get(_RESOURCE, name, namespace=self._live.namespace)
        except NotFound:
            return None

    async def _connection_of(self, project: str) -> str | None:
        try:
            body = await self._ports.kube.get(
                kube_resource(PROJECTS), project, namespace=self._live.namespace
            )
        except NotFound:
            return None
        return PROJECTS.parse(body).spec.connection_ref.name

    def _newborn(self, wanted: ChildSpec, connection: str | None) -> JsonObject:
        stated = {name: value for name, value in wanted.spec.items() if value is not None}
        return {
            "apiVersion": API_VERSION,
            "kind": ROBOTS.kind,
            "metadata": {
                "name": self._name,
                "namespace": self._live.namespace,
                "labels": {"app.kubernetes.io/managed-by": "harbor-operator"},
                "ownerReferences": [self._live.owner_reference()],
            },
            "spec": {"connectionRef": {"name": connection}, **stated},
        }


def _is_in_line(present: Mapping[str, Any], wanted: ChildSpec) -> bool:
    """Whether a spec says what it should; what people add beside it is theirs."""
    merged = {
        name: value for name, value in {**present, **wanted.spec}.items() if value is not None
    }
    now, then = RobotSpec.model_validate(present), RobotSpec.model_validate(merged)
    return now.to_wire() == then.to_wire()


def _patch(body: JsonObject, wanted: ChildSpec) -> JsonObject:
    """The merge patch towards a spec: a field that is not wanted has to be named to go."""
    rotation = wanted.spec["rotation"]
    if rotation is not None:
        rotation = {**dict.fromkeys(body["spec"].get("rotation") or ()), **rotation}
    return {
        "metadata": {"resourceVersion": body["metadata"]["resourceVersion"]},
        "spec": {**wanted.spec, "rotation": rotation},
    }
