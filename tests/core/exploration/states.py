"""What an exploration visits: the world, what may still happen, and what judging needs to know."""

from datetime import datetime
from typing import NamedTuple, final

from tests.core.exploration.flights import Flight
from tests.core.exploration.look import HalfLook
from tests.core.exploration.world import Scene


class Budget(NamedTuple):
    """How much may still go wrong, happen or pass; it bounds the exploration."""

    faults: int = 0
    """Crashes, freezes and lost answers of an instance."""
    people: int = 0
    """What people do to robots, Secrets and the project behind the operator's back."""
    requests: int = 0
    """Rotations that people ask for."""
    revokes: int = 0
    """Revokes that people ask for."""
    edits: int = 0
    """What people do to the object: another spec, a wiped status, deleted, let go, made again."""
    ticks: int = 0
    """Steps of time."""
    clocks: int = 0
    """Steps of a clock, Harbor's or the local one, that are not time."""
    restores: int = 0
    """Backups that are put back, of Harbor, of etcd or of the ledger alone."""


class Past(NamedTuple):
    """What has happened that the world does not show any more."""

    hurt: int = 0
    """A bit for each account that people deleted or spoiled, or whose old login they put back."""
    stored: int = 0
    """A bit for each number of which a credential was ever in the ledger."""
    asked: int = 0
    """How many passwords there had been when a rotation was last asked for."""
    doomed: int = 0
    """How many passwords there had been when a revoke was last asked for."""
    turned_back: int = 0
    """By how many minutes Harbor's clock has been set back."""
    ledger_lost: bool = False
    """Whether people have ever deleted, garbled or restored the ledger."""
    target_lost: bool = False
    """Whether people have ever deleted or restored the user's Secret."""
    put_back: bool = False
    """Whether etcd was ever restored: a frozen instance may know of wishes that are gone."""
    disturbed: bool = False
    """Whether anything else has happened that no robot shows; it may leave an old robot more."""

    def is_hurt(self, serial: int) -> bool:
        """Whether people have spoiled this account."""
        return bool(self.hurt >> serial & 1)


@final
class Late:
    """An instance that was frozen in the middle, to finish what it was about at any later time.

    With a half look it has read one half of the world and not yet the other. Each exists once,
    so that it is compared by what it is and not by what is in it.
    """

    __slots__ = ("ends", "flight", "half")

    def __init__(self, flight: Flight, half: HalfLook | None) -> None:
        self.flight = flight
        self.half = half
        self.ends: dict[Place, tuple[tuple[str, Place], ...]] = {}
        """Where it leads when it goes on, by where the world is then."""


@final
class Place:
    """A scene that has been come to, and what follows from it alone, once it was asked for.

    Each scene has one, so that states are compared by where they are.
    """

    __slots__ = ("course", "deeds", "faults", "following", "is_settling", "recheck_at", "scene")

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.course: tuple[tuple[Place, Flight], ...] | None = None
        self.following: Place | None = None
        self.deeds: dict[str, tuple[Deed, ...]] = {}
        self.faults: Faults | None = None
        self.is_settling = False
        self.recheck_at: datetime | None = None


class Deed(NamedTuple):
    """Something that happens to the world from outside, and how it excuses the operator."""

    label: str
    place: Place
    hurt: int = 0
    ledger_lost: bool = False
    target_lost: bool = False
    turned_back: int = 0
    put_back: bool = False
    disturbed: bool = False


class Faults(NamedTuple):
    """What is wrong with a scene, whatever led to it."""

    broken: tuple[tuple[int, int, str], ...] = ()
    """Logins that do not work, by what may excuse them: their account and their stamp."""
    unrest: tuple[str, ...] = ()
    """What should not be while everything rests."""
    crowd: str | None = None
    """More old robots than one, which takes a mishap."""
    oldest: int | None = None
    """The oldest password that works although a revoke has been handled, by its stamp."""


class State(NamedTuple):
    """The world, the frozen instance, and what judging needs to know of the past."""

    place: Place
    budget: Budget
    late: Late | None = None
    past: Past = Past()
    backup: Place | None = None
    """Where the world was when a backup was taken."""


class Move(NamedTuple):
    """One thing that can happen next."""

    label: str
    state: State
    is_outside: bool = False
    """Whether it is none of the operator's doing."""
