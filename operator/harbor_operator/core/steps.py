"""Steps towards what is wanted of Harbor, as data: what is written, and what it changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harbor_operator.api.conditions import Reason


class Verb(StrEnum):
    """What a step does to its target."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


@dataclass(frozen=True, slots=True)
class Change:
    """One setting before and after, in the words of the spec. A secret is never among them."""

    block: str
    """The field of the spec that the setting belongs to, such as ``scanning``."""
    field: str
    """The setting within it, such as ``onPush``; empty where the block is one value."""
    before: str | None
    after: str | None
    """None: it is not there."""


@dataclass(frozen=True, slots=True)
class Step:
    """One write to one place in Harbor, and what it changes."""

    source: str
    """The block that planned it, whose adapter carries it out."""
    verb: Verb
    target: str
    """Which entry of the block, such as a label's name; empty where there is only one."""
    changes: tuple[Change, ...]
    write: Any
    """What the block's adapter is told."""

    @property
    def key(self) -> tuple[str, Verb, str]:
        """What tells this step from the others of one plan."""
        return self.source, self.verb, self.target

    @property
    def subject(self) -> str:
        """What it is about, for a message."""
        return " ".join(part for part in (", ".join(self.blocks), self.target) if part)

    @property
    def blocks(self) -> tuple[str, ...]:
        """The fields of the spec that it is about, each once."""
        return tuple(dict.fromkeys(change.block for change in self.changes))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a part of a block cannot be brought in line; all else goes on."""

    reason: Reason
    message: str
    passing: bool = False
    """Whether it may end without a change of the spec by something that wakes the project."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What lies between a block as wanted and as seen."""

    steps: tuple[Step, ...] = ()
    troubles: tuple[Trouble, ...] = ()


StepKey = tuple[str, Verb, str]
"""Which step of a plan: source, verb and target."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """What one reconcile has written so far, and what came of it."""

    written: tuple[Step, ...] = ()
    refused: Mapping[StepKey, Trouble] = field(default_factory=dict)
    """Steps that Harbor does not accept, and why."""

    def trouble_with(self, step: Step) -> Trouble | None:
        """Why a step is not tried again; None: it has not been tried."""
        refused = self.refused.get(step.key)
        if refused is not None or step not in self.written:
            return refused
        return Trouble(
            Reason.INVALID_SPEC,
            f"{step.subject}: Harbor accepts the change and does not keep it: check that this"
            " Harbor supports the setting.",
        )


def differences(
    block: str, before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> tuple[Change, ...]:
    """The fields whose values differ, in the order in which they are wanted."""
    return tuple(
        Change(block, name, before.get(name), value)
        for name, value in after.items()
        if before.get(name) != value
    )
