"""The effects of an operator's plan on the world, one at a time, as the engine carries them out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto
from typing import Any, TypeAlias

from harbor_operator.core.robot.actions import (
    Action,
    DeleteRobot,
    Mint,
    NotePrevious,
    WriteLedger,
    WriteSecret,
)
from harbor_operator.core.robot.facts import HarborRobot, Previous, Recorded
from harbor_operator.core.robot.ledger import Credential, Ledger
from harbor_operator.core.secret import Secret
from tests.core.exploration.world import NAME, Account, Login, Scene, full_name, instant, login_of


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
        changed = before is not now and self is Grip.CURRENT
        return Grip.OUTDATED if changed else self


@dataclass(frozen=True, slots=True)
class Store:
    """The second half of `Mint`: keep Harbor's answer in the ledger."""

    ledger: Ledger
    credential: Credential


@dataclass(frozen=True, slots=True)
class Report:
    """The status that is written when nothing is left to do."""

    status: Recorded


Step: TypeAlias = Action | Store | Report


@dataclass(frozen=True, slots=True)
class Flight:
    """What an instance of the operator has still to do, and what it knows of the Secrets."""

    steps: tuple[Step, ...]
    ledger: Grip
    target: Grip

    def seen_by(self, before: Scene, after: Scene) -> "Flight":
        """The same flight after somebody else changed the world."""
        return replace(
            self,
            ledger=self.ledger.after(before.ledger, after.ledger),
            target=self.target.after(before.target, after.target),
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """What the engine keeps to; a mutant keeps to less."""

    compare_and_swap: bool = True


SHIPPED = Rules()


def advance(scene: Scene, flight: Flight, rules: Rules) -> tuple[Scene, Flight] | None:
    """Carry out the next step; None when it fails, which ends the flight."""
    step, rest = flight.steps[0], replace(flight, steps=flight.steps[1:])
    done: tuple[Scene, Flight] | None
    match step:
        case WriteLedger(ledger):
            done = _write_ledger(scene, rest, ledger)
        case Store(ledger, credential):
            forced = not rules.compare_and_swap
            done = _write_ledger(scene, rest, ledger.store(credential), forced=forced)
        case Mint():
            done = _mint(scene, rest, step)
        case WriteSecret(credential):
            done = _write_target(scene, rest, credential)
        case NotePrevious(robot_id, previous):
            status = replace(scene.status, robot_id=robot_id, previous=previous)
            done = replace(scene, status=status), rest
        case Report(status):
            done = replace(scene, status=status), rest
        case DeleteRobot(robot):
            done = _delete(scene, rest, robot)
        case _:
            raise AssertionError(f"The model does not know {type(step).__name__}.")
    return done


def _write_target(
    scene: Scene, rest: Flight, credential: Credential
) -> tuple[Scene, Flight] | None:
    if not rest.target.holds(scene.target):
        return None
    changed = switch(replace(scene, target=login_of(credential)), scene.target)
    return changed, replace(rest, target=Grip.CURRENT)


def _write_ledger(
    scene: Scene, rest: Flight, ledger: Ledger, *, forced: bool = False
) -> tuple[Scene, Flight] | None:
    if not forced and not rest.ledger.holds(scene.ledger):
        return None
    return replace(scene, ledger=ledger), replace(rest, ledger=Grip.CURRENT)


def _mint(scene: Scene, rest: Flight, mint: Mint) -> tuple[Scene, Flight] | None:
    n = mint.attempt.n
    if any(account.n == n for account in scene.accounts):
        return None
    changed = scene.add(n, ours=True)
    credential = Credential(
        n=n,
        robot_id=changed.made,
        username=full_name(n),
        password=Secret("first"),
        minted_at=instant(scene.now),
        cause=mint.attempt.cause,
    )
    return changed, replace(rest, steps=(Store(mint.ledger, credential), *rest.steps))


def _delete(scene: Scene, rest: Flight, robot: HarborRobot) -> tuple[Scene, Flight] | None:
    """Delete by id, after reading the robot again: its name and mark must be the plan's."""
    account = scene.account(robot.id)
    if account is None or not account.ours or full_name(account.n) != robot.name:
        return None
    return scene.without(robot.id), rest


def switch(scene: Scene, old: Login | None) -> Scene:
    """Note on the account that a Secret held until now when it was left."""
    account = scene.account(old.robot_id) if old else None
    return scene if account is None else scene.put(_left(account, scene))


def _left(account: Account, scene: Scene) -> Account:
    held = any(login.robot_id == account.id for login in scene.logins())
    return replace(account, left=None if held else scene.now)


def reported(report: Mapping[str, Any]) -> Recorded:
    """What of a report the next look reads back."""
    username = report["username"]
    number = NAME.number(username) if username else None
    previous = tuple(
        Previous(entry["n"], entry["robotID"], entry["username"], _time(entry["since"]))
        for entry in report["previous"] or ()
    )
    return Recorded(report["robotID"], previous, () if number is None else (number,))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
