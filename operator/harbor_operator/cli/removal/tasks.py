"""What is to be done before the operator goes, as a function of what is there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from harbor_operator.cli.kinds import CONNECTION, GROUP, PROJECT, PULL_SECRET, ROBOT, Kind
from harbor_operator.cli.objects import READY, conditions_of, read_time, status_of
from harbor_operator.kube.resources import JsonObject, Resource, key_of

FINALIZER: Final = f"{GROUP}/cleanup"
ORDER: Final = (PULL_SECRET, ROBOT, PROJECT, CONNECTION)
"""The kinds in the order in which their objects go: step 1 is the first."""

POLICY_STEP: Final = len(ORDER) + 1
LAST_STEP: Final = POLICY_STEP + 1
"""The operator itself."""

_LOSSES: Final = {
    "DeleteIfEmpty": "goes from Harbor, and waits while it holds a repository",
    "DeleteWithContents": "goes from Harbor with all its images",
}
"""What a project's deletionPolicy means for it, where it does not stay."""


@dataclass(frozen=True, slots=True)
class Holding:
    """An object that is in the way: our finalizer holds it, or what it uses waits for it.

    Attributes:
        kind: Its kind.
        namespace: Its namespace, empty for a connection.
        name: Its name.
        held: Whether the finalizer is on it.
        deleting: Whether it is being deleted.
        message: What its condition Ready says.
        policy: A project's deletionPolicy, empty where it does not matter.
        serves: Whether it is a robot that has a credential.
        expires: When that ends.
    """

    kind: Kind
    namespace: str
    name: str
    held: bool
    deleting: bool
    message: str
    policy: str
    serves: bool
    expires: datetime | None

    @property
    def path(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do.

    Attributes:
        step: Its number among the steps of the page about uninstalling.
        problem: What would break or hang without it.
        cure: The command that does it.
        objects: What it is about.
    """

    step: int
    problem: str
    cure: str
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expiry:
    """The end of a robot's credential."""

    namespace: str
    name: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Removal:
    """All that `uninstall-check` has to say.

    Attributes:
        tasks: In the order in which they are done.
        robots: How many robots have a credential that nobody would rotate any more.
        expiry: The first one of these that ends, None where none does.
        complete: Whether everything could be read.
        notes: What could not be read.
    """

    tasks: tuple[Task, ...]
    robots: int
    expiry: Expiry | None
    complete: bool
    notes: tuple[str, ...]


def holding_of(kind: Kind, body: JsonObject) -> Holding | None:
    """Read an object; None for a connection without our finalizer, as nothing waits for it."""
    metadata, spec = body["metadata"], body.get("spec") or {}
    held = FINALIZER in (metadata.get("finalizers") or ())
    if not held and kind is CONNECTION:
        return None
    ready = conditions_of(body).get(READY)
    policy = str(spec.get("deletionPolicy") or "")
    observed = spec.get("managementPolicy") == "Observe"
    return Holding(
        kind,
        *key_of(body),
        held=held,
        deleting="deletionTimestamp" in metadata,
        message=f"{ready.reason}: {ready.message}" if ready else "the operator has not seen it",
        policy=policy if held and kind is PROJECT and policy in _LOSSES and not observed else "",
        serves=kind is ROBOT and bool(status_of(body).get("username")),
        expires=read_time(status_of(body).get("expiresAt")) if kind is ROBOT else None,
    )


def removal_of(
    holdings: Iterable[Holding],
    policies: Iterable[tuple[Resource, str]],
    notes: Sequence[str],
    now: datetime,
) -> Removal:
    """Put together what is to be done.

    Args:
        holdings: The objects that are in the way.
        policies: Kind and name of the admission policies that no release of the chart brought.
        notes: What could not be read.
        now: The time.
    """
    held = sorted(holdings, key=lambda holding: (holding.namespace, holding.name))
    tasks = [
        task
        for step, kind in enumerate(ORDER, start=1)
        for task in _tasks(step, kind, [holding for holding in held if holding.kind is kind])
    ]
    tasks += [_policy(resource, name) for resource, name in policies]
    robots = [holding for holding in held if holding.serves]
    ends = [
        Expiry(robot.namespace, robot.name, robot.expires)
        for robot in robots
        if robot.expires is not None and robot.expires > now
    ]
    return Removal(
        tuple(tasks),
        len(robots),
        min(ends, key=lambda end: end.time, default=None),
        not notes,
        tuple(notes),
    )


def _tasks(step: int, kind: Kind, held: Sequence[Holding]) -> Iterator[Task]:
    """What a kind asks for: to save what shall stay, to delete the rest, to see it gone."""
    here = [holding for holding in held if not holding.deleting]
    yield from (_rescue(step, holding) for holding in here if holding.policy)
    if here:
        everywhere = " --all-namespaces" if kind.resource.namespaced else ""
        yield Task(
            step,
            f"{kind.title}: {_obstacle(here)}",
            f"kubectl delete {kind.short_name} --all{everywhere}",
            tuple(holding.path for holding in here),
        )
    yield from (_wait(step, holding) for holding in held if holding.deleting)


def _obstacle(here: Sequence[Holding]) -> str:
    held = sum(holding.held for holding in here)
    if held:
        return f"{held} would hang when deleted, as only the operator takes off their finalizer"
    return f"{len(here)} are there, and what they use waits until they are gone (InUse)"


def _rescue(step: int, project: Holding) -> Task:
    return Task(
        step,
        f"project {project.path} {_LOSSES[project.policy]} ({project.policy}); to keep it:",
        f"kubectl -n {project.namespace} patch {project.kind.short_name} {project.name}"
        """ --type=merge -p '{"spec":{"deletionPolicy":"Retain"}}'""",
        (project.path,),
    )


def _wait(step: int, going: Holding) -> Task:
    within = f" -n {going.namespace}" if going.namespace else ""
    return Task(
        step,
        f"{going.kind.word} {going.path} is being deleted and waits for the operator:"
        f" {going.message}",
        f"kubectl{within} wait --for=delete {going.kind.short_name}/{going.name} --timeout=10m",
        (going.path,),
    )


def _policy(resource: Resource, name: str) -> Task:
    word = resource.kind.lower()
    return Task(
        POLICY_STEP,
        f"{resource.kind} {name} stays in force: nothing else removes it",
        f"kubectl delete {word} {name}",
        (name,),
    )
