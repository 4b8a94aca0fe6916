"""A robot account said as a HarborRobot's spec, as far as one can say it."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from harbor_operator.api.access import Preset, ProjectAccess
from harbor_operator.api.robot import MAX_LIFETIME_DAYS, NEVER
from harbor_operator.core.grants import ALL_PROJECTS, SYSTEM, Level, by_place
from harbor_operator.core.permissions import grants_of
from harbor_operator.core.robot.facts import HarborRobot
from harbor_operator.core.statement import Statement
from harbor_operator.core.tenancy import NEVER_EXPIRES, Grant

_ALL: Final[Mapping[str, Any]] = {"allProjects": True}

Refs = Mapping[str, Mapping[str, str]]
"""What names each HarborProject in a spec, by the project's name in Harbor."""


def statement_of(robot: HarborRobot, base: str, refs: Refs) -> Statement:
    """What a spec says that asks for an account like this one; without fields where none can.

    Args:
        robot: The account.
        base: Its name without Harbor's prefix and the project.
        refs: The HarborProjects that it may name.
    """
    places = by_place(robot.grants)
    obstacle = _obstacle(places, refs)
    if obstacle is not None:
        return Statement(notes=(obstacle,))
    alone = len(places) == 1 and not places.keys() & {ALL_PROJECTS, SYSTEM}
    level = Level.PROJECT if alone else Level.SYSTEM
    access = [
        {**(_ALL if place == ALL_PROJECTS else {"projectRef": dict(refs[place])}), **stated}
        for place, granted in places.items()
        if place != SYSTEM
        for stated in (_granted(granted, level),)
    ]
    system = _permissions(places.get(SYSTEM, frozenset()))
    lifetime = _lifetime(robot.lifetime_days)
    fields: dict[str, Any] = {
        "robotName": base,
        **({"access": access} if access else {}),
        **({"system": system} if system else {}),
        **({} if lifetime is None else {"lifetimeDays": lifetime}),
        **({"disabled": True} if robot.disabled else {}),
    }
    return Statement(fields, tuple(_notes(robot, level, lifetime)))


def _obstacle(places: Mapping[str, Collection[Grant]], refs: Refs) -> str | None:
    if not places:
        return "it may do nothing, which no spec asks for"
    unknown = sorted(places.keys() - refs.keys() - {ALL_PROJECTS, SYSTEM})
    if unknown:
        return f"it may use projects without a manifest here: {', '.join(unknown)}"
    return None


def _granted(granted: frozenset[Grant], level: Level) -> dict[str, Any]:
    """The preset that grants just this, or each permission."""
    for preset in Preset:
        if grants_of(ProjectAccess(all_projects=True, preset=preset), level) == granted:
            return {"preset": preset.value}
    return {"permissions": _permissions(granted)}


def _permissions(granted: frozenset[Grant]) -> list[dict[str, Any]]:
    resources = sorted({resource for resource, _ in granted})
    return [
        {
            "resource": resource,
            "actions": sorted(action for of, action in granted if of == resource),
        }
        for resource in resources
    ]


def _lifetime(days: int) -> int | str | None:
    if days == NEVER_EXPIRES:
        return NEVER
    return days if 1 <= days <= MAX_LIFETIME_DAYS else None


def _notes(robot: HarborRobot, level: Level, lifetime: int | str | None) -> Iterator[str]:
    if robot.level is not level:
        yield "it is one of the system; a HarborRobot for one project makes one of the project"
    if lifetime is None:
        yield f"its lifetime of {robot.lifetime_days} days is not stated"
