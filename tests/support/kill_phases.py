"""What the operator is killed in: steps that follow each other, in rounds that can be repeated."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from harbor_operator.api.robot import ROBOTS
from tests.support.kill_pair import Pair
from tests.support.kill_stage import OVERLAP, PROJECT, Complaints, KillStage
from tests.support.team import accesses

PAST_OVERLAP = OVERLAP + timedelta(seconds=2)
PAST_PAUSE = timedelta(hours=3)
"""After so long nobody remembers that a robot was replaced out of turn before."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a user or time does, and what is promised once the operator has followed."""

    name: str
    begin: Callable[[], Awaitable[None]]
    complaints: Complaints
    kills: bool = True
    """Whether the operator is killed in it; elsewhere it only leads back to the beginning."""


@dataclass(frozen=True, slots=True)
class Round:
    """Steps after which everything is as before them, so that they can be gone through again."""

    steps: tuple[Step, ...]
    pulled: tuple[str, ...]
    """Pull secrets that are pulled with all the time, where they are there."""
    ends_old: bool = False
    """Whether what was delivered before may be refused from some moment of a step on."""

    @property
    def names(self) -> frozenset[str]:
        """The names of its steps."""
        return frozenset(step.name for step in self.steps)


def replacement(stage: KillStage, pair: Pair) -> Round:
    """A robot that serves all the time is replaced, and its predecessor goes.

    Then once more, with the answer to the creation lost.
    """

    async def rotate() -> None:
        await pair.ask("rotate-requested-at")

    async def rotate_unanswered() -> None:
        stage.world.harbor.faults.add_drop("POST", "*/robots", times=1, after_effect=True)
        await pair.ask("rotate-requested-at")

    async def overlaps() -> list[str]:
        broken = await pair.broken(accounts=2, handled="lastHandledRotateAt")
        return broken or await pair.refused_before()

    async def end() -> None:
        stage.world.harbor.faults.clear()
        await stage.travel(PAST_OVERLAP)
        await pair.ask("reconcile-requested-at")

    async def alone() -> list[str]:
        return await pair.broken(accounts=1, handled="lastHandledReconcileAt")

    steps = (
        Step("rotate", rotate, overlaps),
        Step("overlap-ends", end, alone),
        Step("rotate-unanswered", rotate_unanswered, overlaps),
        Step("overlap-ends-again", end, alone, kills=False),
    )
    return Round(steps, pair.pull_paths)


def life(stage: KillStage, pair: Pair) -> Round:
    """A robot is made, gets more access, and is deleted, under a name that has been used before."""

    async def create() -> None:
        await pair.create()

    async def widen() -> None:
        access = [{"projectRef": {"name": PROJECT}, "preset": "PullPush"}]
        await stage.team.change(ROBOTS, pair.robot, access=access)

    async def serves() -> list[str]:
        return await pair.broken(accounts=1)

    async def serves_more() -> list[str]:
        may_push = all(("repository", "push") in accesses(robot) for robot in pair.accounts())
        return await serves() if may_push else ["it may not push"]

    steps = (
        Step("create", create, serves),
        Step("widen", widen, serves_more),
        Step("delete", pair.delete, pair.left),
    )
    return Round(steps, pair.pull_paths)


def refreshment(pair: Pair) -> Round:
    """A robot that serves all the time gets another secret; the one before ends with that."""

    async def refresh() -> None:
        await pair.ask("rotate-requested-at")

    async def serves() -> list[str]:
        broken = await pair.broken(accounts=1, handled="lastHandledRotateAt")
        return broken or await pair.accepted_before()

    return Round((Step("refresh", refresh, serves),), pair.pull_paths, ends_old=True)


def revocation(stage: KillStage, pair: Pair, name: str) -> Round:
    """A robot that serves all the time is revoked; its successor takes over at once."""

    async def revoke() -> None:
        await stage.travel(PAST_PAUSE)
        await pair.ask("revoke-requested-at")

    async def serves() -> list[str]:
        broken = await pair.broken(accounts=1, handled="lastHandledRevokeAt")
        return broken or await pair.accepted_before()

    return Round((Step(name, revoke, serves),), pair.pull_paths, ends_old=True)
