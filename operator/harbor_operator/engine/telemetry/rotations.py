"""Rotations under way, as reads and writes of the ledgers show them."""

import time
from collections.abc import Callable
from datetime import datetime

from harbor_operator.api.robot import RotationResult
from harbor_operator.api.rotation import RotationStrategy
from harbor_operator.core.robot.ledger import Cause, Ledger
from harbor_operator.core.robot.report import failure_of
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.telemetry.meters import Meters


class Rotations:
    """Which robots have a credential in doubt, and since when this process knows it."""

    def __init__(self, meters: Meters, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with none.

        Args:
            meters: Where those that end are counted.
            clock: Monotonic seconds.
        """
        self._meters = meters
        self._clock = clock
        self._begun: dict[ObjectId, float] = {}

    def in_doubt(self) -> tuple[ObjectId, ...]:
        """The robots with a new credential that neither serves nor is given up."""
        return tuple(self._begun)

    def read(self, robot: ObjectId, ledger: Ledger | None) -> None:
        """Take in a ledger as it is now."""
        if ledger is None or ledger.attempt is None:
            self._begun.pop(robot, None)
        else:
            self._begun.setdefault(robot, self._clock())

    def written(self, robot: ObjectId, before: Ledger, after: Ledger, now: datetime) -> None:
        """Take in a write of a ledger, and count the rotation that it ends."""
        result = _result(before, after, now)
        if result is not None:
            begun = self._begun.pop(robot, None)
            self._count(before, result, None if begun is None else self._clock() - begun)
        self.read(robot, after)

    def forget(self, robot: ObjectId) -> None:
        """Take in that an object is gone."""
        self._begun.pop(robot, None)

    def _count(self, before: Ledger, result: RotationResult, seconds: float | None) -> None:
        if before.attempt is None or before.attempt.cause is Cause.CREATED:
            return
        strategy = RotationStrategy.REFRESH if before.refreshes else RotationStrategy.REPLACE
        self._meters.rotated(strategy, result, seconds)


def _result(before: Ledger, after: Ledger, now: datetime) -> RotationResult | None:
    """What a write of the ledger ends; None while nothing is decided."""
    failure = failure_of(before, after, now)
    if failure is not None:
        return failure.result
    if before.attempt is None or after.attempt is not None or after.live is None:
        return None
    served = before.live.revision if before.live else None
    return RotationResult.SUCCEEDED if after.live.revision != served else None
