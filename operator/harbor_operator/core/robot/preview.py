"""What would become of a robot's account by its spec, for people to read; nothing is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from harbor_operator.api.robot import NEVER
from harbor_operator.core.grants import ALL_PROJECTS, SYSTEM, PlacedGrant, by_place
from harbor_operator.core.plan import Verdict
from harbor_operator.core.robot.facts import Desired, HarborRobot, Observed, RobotName
from harbor_operator.core.robot.refusal import refusal_of
from harbor_operator.core.robot.verdicts import problem_with
from harbor_operator.core.robot.view import View, needs_replacement
from harbor_operator.core.steps import Change, Step, Verb, differences
from harbor_operator.core.tenancy import NEVER_EXPIRES

BLOCK: Final = "account"
_PLACES: Final = {ALL_PROJECTS: "all projects", SYSTEM: "the system"}


@dataclass(frozen=True, slots=True)
class Preview:
    """What lies between a robot's account and its spec, or why it stays so."""

    steps: tuple[Step, ...] = ()
    refusal: tuple[Verdict, ...] = ()


def preview(desired: Desired, observed: Observed, name: RobotName, now: datetime) -> Preview:
    """Compare the account that serves with the spec.

    Rotations that are due are no change of the spec and are not told.

    Args:
        desired: The spec.
        observed: One look; ledger, Secrets and handshakes may be left out.
        name: How the accounts are called.
        now: Harbor's clock at that look.
    """
    refusal = refusal_of(desired, observed) or problem_with(View(desired, observed, name, now))
    if refusal:
        return Preview(refusal=refusal)
    serving = _serving(observed)
    if serving is None:
        n = observed.next_number(name)
        changes = differences(BLOCK, {}, _wanted(desired))
        return Preview((Step(BLOCK, Verb.CREATE, name.local(n), changes, write=None),))
    before, after = _seen(serving), _wanted(desired)
    changes = differences(BLOCK, before, after) + _withdrawn(before, after)
    if needs_replacement(desired, serving, can_update=observed.can_update):
        replaced = Change(BLOCK, "replaced by", serving.name, "another account")
        changes = (replaced, *changes)
    if not changes:
        return Preview()
    return Preview((Step(BLOCK, Verb.UPDATE, serving.name, changes, write=None),))


def _serving(observed: Observed) -> HarborRobot | None:
    """The account that the status calls the serving one, or else the newest."""
    ours = [*observed.ours()]
    recorded = [robot for robot in ours if robot.id == observed.recorded.robot_id]
    return max(recorded or ours, key=lambda robot: robot.id, default=None)


def _wanted(desired: Desired) -> dict[str, str | None]:
    disabled = {} if desired.disabled is None else {"disabled": _switch(on=desired.disabled)}
    return {
        **_access_words(desired.grants),
        "lifetimeDays": _days(desired.lifetime_days),
        **disabled,
    }


def _seen(robot: HarborRobot) -> dict[str, str | None]:
    return {
        **_access_words(robot.grants),
        "lifetimeDays": _days(robot.lifetime_days),
        "disabled": _switch(on=robot.disabled),
    }


def _withdrawn(
    before: Mapping[str, str | None], after: Mapping[str, str | None]
) -> tuple[Change, ...]:
    """What it may do now at places that the spec does not name."""
    gone = [place for place in before if place not in after and place.startswith(_ACCESS)]
    return tuple(Change(BLOCK, place, before[place], None) for place in gone)


_ACCESS: Final = "access to "


def _access_words(grants: frozenset[PlacedGrant]) -> dict[str, str | None]:
    return {
        f"{_ACCESS}{_PLACES.get(place, place)}": "; ".join(
            f"{resource}: {', '.join(sorted(a for of, a in granted if of == resource))}"
            for resource in sorted({resource for resource, _ in granted})
        )
        for place, granted in by_place(grants).items()
    }


def _days(lifetime: int) -> str:
    return NEVER if lifetime == NEVER_EXPIRES else str(lifetime)


def _switch(*, on: bool) -> str:
    return str(on).lower()
