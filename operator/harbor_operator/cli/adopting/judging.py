"""Says who may be taken over, and how far an object has come. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from harbor_operator.cli.adopting.model import Adoption, State
from harbor_operator.cli.exporting.reading import ProjectFound
from harbor_operator.cli.objects import (
    READY,
    STALLED,
    conditions_of,
    generation_of,
    is_current,
    is_suspended,
    status_of,
)
from harbor_operator.core.ownership import RELEASED_PREFIX, parse_mark
from harbor_operator.kube.resources import JsonObject

FULL: Final = "Full"
TAKE_OVER: Final[Mapping[str, Any]] = {"managementPolicy": FULL, "adoptionPolicy": "IfUnclaimed"}
"""What a spec says so that the operator takes a project over."""
_HELD: Final = frozenset({"Owned", "Adopted"})
_UNSEEN: Final = "the operator has not seen it yet: is it running?"


@dataclass(frozen=True, slots=True)
class Objects:
    """The HarborProjects that there are.

    Attributes:
        namespace: Where new ones go.
        connection: What they name.
        bodies: Those that are known, of this namespace at least.
    """

    namespace: str
    connection: str
    bodies: tuple[JsonObject, ...]

    def naming(self, project: str) -> Iterable[JsonObject]:
        """Those that are for a project of this Harbor."""
        for body in self.bodies:
            spec = body.get("spec") or {}
            connection = (spec.get("connectionRef") or {}).get("name", "default")
            named = spec.get("projectName") or body["metadata"]["name"]
            if (named, connection) == (project, self.connection):
                yield body


def own_object(project: str, objects: Objects) -> JsonObject | None:
    """The object of the namespace that is for a project already."""
    named = objects.naming(project)
    return next((b for b in named if b["metadata"]["namespace"] == objects.namespace), None)


def refusal(project: ProjectFound, objects: Objects) -> str | None:
    """Why a project is left alone; None where it may be taken over, or is being so."""
    own = own_object(project.name, objects)
    if project.mark is not None and not project.mark.startswith(RELEASED_PREFIX):
        mark = parse_mark(project.mark)
        if mark is None:
            return "it carries a mark that this program cannot read"
        if own is None or (mark.namespace, mark.name) != (
            objects.namespace,
            own["metadata"]["name"],
        ):
            owner = f"HarborProject {mark.namespace}/{mark.name} of cluster {mark.cluster}"
            return f"it belongs to {owner}"
    if own is not None:
        return None
    for body in objects.naming(project.name):
        metadata = body["metadata"]
        return f"HarborProject {metadata['namespace']}/{metadata['name']} is for it already"
    return None


def robots_left(project: ProjectFound) -> int | None:
    """How many robot accounts no HarborRobot has; None where they are not shown."""
    if project.robots is None:
        return None
    return sum(parse_mark(robot.description.strip()) is None for robot in project.robots)


def is_settled(body: JsonObject) -> bool:
    """Whether the operator has done with the present spec what it can."""
    if not is_current(body):
        return False
    conditions = conditions_of(body)
    return any(
        name in conditions and conditions[name].status == "True" for name in (READY, STALLED)
    )


def is_full(body: JsonObject) -> bool:
    """Whether the spec lets the operator change anything in Harbor."""
    spec: JsonObject = body.get("spec") or {}
    return bool(spec.get("managementPolicy", FULL) == FULL)


def may_confirm(body: JsonObject) -> bool:
    """Whether an object observes, and has shown what would be done."""
    return judged("", body).state is State.PLANNED


def judged(project: str, body: JsonObject, robots: int | None = None) -> Adoption:
    """How far an object has come."""
    name, status = body["metadata"]["name"], status_of(body)
    ready = conditions_of(body).get(READY)
    plan = tuple(status.get("plan") or ())
    if ready is None or not is_current(body) or ready.generation != generation_of(body):
        return Adoption(project, name, State.UNSETTLED, _UNSEEN, plan, robots)
    said = f"{ready.reason}: {ready.message}"
    if ready.status != "True" or is_suspended(body):
        return Adoption(project, name, State.UNSETTLED, said, plan, robots)
    if not is_full(body):
        return Adoption(project, name, State.PLANNED, "", plan, robots)
    if (status.get("ownership") or {}).get("state") in _HELD:
        return Adoption(project, name, State.MANAGED, "", (), robots)
    return Adoption(project, name, State.UNSETTLED, said, plan, robots)


def confirmation(body: JsonObject) -> JsonObject:
    """The patch by which a plan is carried out; of no effect where the object has changed since."""
    version = body["metadata"]["resourceVersion"]
    return {"metadata": {"resourceVersion": version}, "spec": dict(TAKE_OVER)}
