"""What `plan` tells: for each object what it would change, or why nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from harbor_operator.cli.failures import ExitCode
from harbor_operator.core.steps import Step


class Outcome(StrEnum):
    """What would become of an object's side in Harbor."""

    CREATE = "create"
    """It would be made."""

    CHANGE = "change"
    """It is there and would be changed."""

    NONE = "none"
    """It is as the spec says."""

    REFUSED = "refused"
    """The operator would not carry the spec out."""

    OBSERVED = "observed"
    """Nothing is written to it, by managementPolicy Observe; the entries say what differs."""

    SUSPENDED = "suspended"
    """The operator leaves it alone until it is resumed."""

    HIDDEN = "hidden"
    """The login may not read what is needed to tell."""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting before and after, in the words of the spec; None: it is not there."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: what is done to which part."""

    action: str
    """Create, Update or Delete."""
    block: str
    """The field of the spec that it belongs to."""
    target: str
    """Which entry of it, such as a label's name; empty where there is only one."""
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why all of an object, or a part of it, would not be carried out: as conditions say it."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class ObjectPlan:
    """What would become of one object."""

    kind: str
    namespace: str
    name: str
    place: str
    """The file, and the document in it."""
    in_harbor: str
    """What it is called in Harbor; empty where that is not known."""
    outcome: Outcome
    entries: tuple[Entry, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}/{self.name}"

    @property
    def changes(self) -> bool:
        """Whether anything would be written to Harbor."""
        return self.outcome in {Outcome.CREATE, Outcome.CHANGE}


@dataclass(frozen=True, slots=True)
class PlanReport:
    """All that `plan` has to say."""

    connection: str
    harbor: str
    """Its address."""
    objects: tuple[ObjectPlan, ...]
    counts: Mapping[str, int]
    """How many objects have each outcome."""
    ignored: Mapping[str, int]
    """How many documents of other kinds there were, by kind."""
    notes: tuple[str, ...]


def report_on(
    connection: str,
    harbor: str,
    objects: Iterable[ObjectPlan],
    ignored: Mapping[str, int],
    notes: Iterable[str],
) -> PlanReport:
    """Put together what was found, in a fixed order."""
    ordered = tuple(sorted(objects, key=lambda found: (found.kind, found.namespace, found.name)))
    counted = Counter(found.outcome for found in ordered)
    counts = {outcome.value: counted[outcome] for outcome in Outcome}
    kinds = dict(sorted(ignored.items()))
    return PlanReport(connection, harbor, ordered, counts, kinds, tuple(notes))


def exit_code(report: PlanReport, *, exit_zero: bool) -> ExitCode:
    """How the program ends: what cannot be told before what is refused or would change."""
    if any(found.outcome is Outcome.HIDDEN for found in report.objects):
        return ExitCode.NO_ACCESS
    refused = any(found.obstacles for found in report.objects)
    changes = any(found.changes for found in report.objects) and not exit_zero
    return ExitCode.NOT_SO if refused or changes else ExitCode.FINE


def entries_of(steps: Iterable[Step]) -> tuple[Entry, ...]:
    """Steps as entries: one for each field of the spec that a step is about."""
    entries: list[Entry] = []
    for step in steps:
        for block in step.blocks:
            fields = tuple(
                Field(change.field or change.block, change.before, change.after)
                for change in step.changes
                if change.block == block
            )
            entries.append(Entry(step.verb.value, block, step.target, fields))
    return tuple(entries)
