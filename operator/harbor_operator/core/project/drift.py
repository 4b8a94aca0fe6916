"""Repairs of drift: counted, and slowed down where somebody else keeps changing things back."""

from datetime import datetime, timedelta

MEMORY = timedelta(hours=1)
"""How long a repair counts."""

FIGHT = 5
"""So many repairs within `MEMORY` are a fight with another writer."""

SLOW_PACE = MEMORY / FIGHT
"""How long a fight waits between two repairs: just so often that it goes on being seen as one."""


def recent(repairs: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """The repairs that still count."""
    return tuple(at for at in repairs if now - at < MEMORY)


def with_repair(repairs: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """The repairs that count, after one more; no more of them are kept than a fight needs."""
    return (*recent(repairs, now), now)[-FIGHT:]


def is_fight(repairs: tuple[datetime, ...], now: datetime) -> bool:
    """Whether drift comes back again and again."""
    return len(recent(repairs, now)) >= FIGHT


def end_of_fight(repairs: tuple[datetime, ...], now: datetime) -> datetime | None:
    """When a fight is over unless another repair is needed; None: there is none."""
    counted = recent(repairs, now)
    return counted[-FIGHT] + MEMORY if len(counted) >= FIGHT else None


def next_repair(repairs: tuple[datetime, ...], now: datetime) -> datetime | None:
    """Until when a repair has to wait; None: it may be made now."""
    if not is_fight(repairs, now):
        return None
    due = repairs[-1] + SLOW_PACE
    return due if due > now else None
