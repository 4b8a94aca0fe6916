"""Which actions may be carried out side by side: those in different namespaces."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from harbor_operator.core.pullsecret.actions import (
    Action,
    AddToAccount,
    Deliver,
    Hold,
    KeepChild,
    RemoveChild,
    RemoveFromAccount,
    TryCanary,
    Withdraw,
)

LocalAction: TypeAlias = Deliver | AddToAccount | RemoveFromAccount | Withdraw
"""An action in one namespace, on which nothing in another one depends."""

Lane: TypeAlias = tuple[LocalAction, ...]
"""What is to be done in one namespace, in this order."""


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Actions of many namespaces, in no order between them."""

    lanes: tuple[Lane, ...]


Step: TypeAlias = Hold | KeepChild | RemoveChild | TryCanary | SideBySide


def steps_of(actions: Iterable[Action]) -> tuple[Step, ...]:
    """The actions in their order, those of namespaces that follow each other put side by side."""
    return tuple(_steps(actions))


def places_of(steps: Iterable[Step]) -> frozenset[str]:
    """The namespaces that steps are about."""
    sides = (step for step in steps if isinstance(step, SideBySide))
    return frozenset(place_of(lane[0]) for side in sides for lane in side.lanes)


def place_of(action: LocalAction) -> str:
    """The namespace that an action is about."""
    match action:
        case Deliver(namespace) | Withdraw(namespace):
            return namespace
        case AddToAccount(account) | RemoveFromAccount(account):
            return account.namespace


def _steps(actions: Iterable[Action]) -> Iterator[Step]:
    lanes: dict[str, list[LocalAction]] = {}
    for action in actions:
        match action:
            case Hold() | KeepChild() | RemoveChild() | TryCanary():
                yield from _side_by_side(lanes)
                lanes = {}
                yield action
            case _:
                lanes.setdefault(place_of(action), []).append(action)
    yield from _side_by_side(lanes)


def _side_by_side(lanes: dict[str, list[LocalAction]]) -> Iterator[SideBySide]:
    if lanes:
        yield SideBySide(tuple(tuple(lane) for lane in lanes.values()))
