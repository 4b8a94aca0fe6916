"""What an instance of the operator is about, and what it knows of the Secrets."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Any, NamedTuple, TypeAlias

from harbor_operator.core.robot.actions import (
    Action,
    NewSecret,
    SetSecret,
    WriteLedger,
    WriteSecret,
)
from harbor_operator.core.robot.facts import Previous, Recorded
from harbor_operator.core.robot.ledger import Credential, Ledger, Revokes
from tests.core.exploration.logins import NAME, Login
from tests.core.exploration.look import KubeView, Look, Rules
from tests.core.exploration.world import Scene


class Grip(Enum):
    """How the version of a Secret that an instance has read stands to the one that is there."""

    ABSENT = auto()
    """There was none: it is created, which fails if one is there by then."""
    CURRENT = auto()
    OUTDATED = auto()
    """Somebody has written or deleted it since."""

    @staticmethod
    def on(present: object | None) -> "Grip":
        """The grip of who reads it now."""
        return Grip.ABSENT if present is None else Grip.CURRENT

    def holds(self, present: object | None) -> bool:
        """Whether a write by this grip succeeds."""
        return self is Grip.CURRENT or (self is Grip.ABSENT and present is None)

    def after(self, before: object | None, now: object | None) -> "Grip":
        """The grip of an instance while another one changed the Secret."""
        return Grip.OUTDATED if self is Grip.CURRENT and before != now else self


class Store(NamedTuple):
    """The second half of `Mint`: keep Harbor's answer in the ledger."""

    ledger: Ledger
    credential: Credential


class Again(NamedTuple):
    """Look again in the same reconcile, which knows the Secrets as it has read them at first."""

    kube: KubeView


class Report(NamedTuple):
    """The status that is written when nothing is left to do."""

    status: Recorded


class Release(NamedTuple):
    """Take the finalizer off, which ends a deletion."""

    uid: int


Step: TypeAlias = Action | Store | Again | Report | Release


class Flight(NamedTuple):
    """What an instance of the operator has still to do, and what it knows of the Secrets."""

    uid: int
    """The object's, as it has read it."""
    steps: tuple[Step, ...]
    ledger: Grip
    target: Grip

    @property
    def told(self) -> str:
        """The next step."""
        return type(self.steps[0]).__name__

    def rest(self) -> "Flight":
        """What is left after the next step."""
        return self._replace(steps=self.steps[1:])

    def then(self, step: Step) -> "Flight":
        """The same with one step before the others."""
        return self._replace(steps=(step, *self.steps))

    def seen_by(self, before: Scene, after: Scene) -> "Flight":
        """The same flight after somebody else changed the world."""
        ledger = self.ledger.after(before.sheet, after.sheet)
        target = self.target.after(_secret(before), _secret(after))
        if ledger is self.ledger and target is self.target:
            return self
        return self._replace(ledger=ledger, target=target)

    def is_over(self, rules: Rules) -> bool:
        """Whether it can do nothing any more, whatever happens."""
        match self.steps[0] if self.steps else None:
            case None:
                return True
            case Store() if not rules.compare_and_swap:
                return False
            case WriteLedger() | NewSecret() | Store():
                return self.ledger is Grip.OUTDATED
            case WriteSecret():
                return self.target is Grip.OUTDATED
            case _:
                return False


def _secret(scene: Scene) -> tuple[Login | None, bool]:
    return scene.target, scene.is_ours


def steps_of(seen: Look) -> tuple[Step, ...]:
    """What an instance does about a look."""
    resource, plan = seen.resource, seen.plan
    if plan.actions and isinstance(plan.actions[-1], SetSecret):
        return (*plan.actions, Again(seen.kube))
    if plan.actions:
        return plan.actions
    if resource.deleting:
        return () if plan.verdicts else (Release(resource.uid),)
    if "robotID" not in plan.report:
        return ()
    status = _reported(plan.report)
    return () if status == resource.status else (Report(status),)


def taken_off(scene: Scene, seen: Look | None = None) -> Flight:
    """An instance that has just read the Secrets, and what it does about its look."""
    uid = scene.resource.uid if scene.resource else 0
    steps = steps_of(seen) if seen else ()
    return Flight(uid, steps, Grip.on(scene.sheet), Grip.on(scene.target))


def _reported(report: Mapping[str, Any]) -> Recorded:
    """What of a report the next look reads back."""
    username = report["username"]
    number = NAME.number(username) if username else None
    previous = tuple(
        Previous(entry["n"], entry["robotID"], entry["username"], _time(entry["since"]))
        for entry in report["previous"] or ()
    )
    return Recorded(
        robot_id=report["robotID"],
        previous=previous,
        numbers=() if number is None else (number,),
        revoked=Revokes(report.get("lastHandledRevokeAt")),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
