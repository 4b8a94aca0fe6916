"""Look, decide and act until nothing is left to do."""

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.core.plan import ready
from harbor_operator.engine.faults import NotConverging, Outdated
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.reconciler import MAX_ROUNDS, converge
from harbor_operator.engine.telemetry.work import Work
from tests.support.toy_kind import Ladder, LadderCase

WORK = Work(ObjectId("HarborProject", "team", "app"))


async def test_at_rest_it_looks_once_and_does_nothing() -> None:
    ladder = Ladder(report={"rungs": 0})

    plan = await converge(LadderCase(ladder), WORK)

    assert (ladder.looks, ladder.climbed) == (1, 0)
    assert plan.verdicts == ready(Reason.SUCCEEDED, "At the top.")
    assert plan.report == {"rungs": 0}


@pytest.mark.parametrize("rungs", [1, 3, MAX_ROUNDS - 1])
async def test_it_looks_again_after_acting_and_stops_at_rest(rungs: int) -> None:
    ladder = Ladder(rungs)

    plan = await converge(LadderCase(ladder), WORK)

    assert (ladder.looks, ladder.climbed) == (rungs + 1, rungs)
    assert plan.actions == ()


async def test_a_plan_that_never_rests_is_given_up_and_names_what_it_wants() -> None:
    ladder = Ladder(rungs=1000)

    with pytest.raises(NotConverging, match=f"after {MAX_ROUNDS} rounds: Climb"):
        await converge(LadderCase(ladder), WORK)

    assert ladder.looks == MAX_ROUNDS


@pytest.mark.parametrize("step", ["observe", "act"])
async def test_what_goes_wrong_ends_it_at_once(step: str) -> None:
    ladder = Ladder(rungs=2)
    ladder.fail_on(step, Outdated())

    with pytest.raises(Outdated):
        await converge(LadderCase(ladder), WORK)

    assert (ladder.looks, ladder.climbed) == (1, 0)


async def test_what_was_carried_out_is_known_by_name_and_what_failed_is_not() -> None:
    ladder, work = Ladder(rungs=3), Work(ObjectId("HarborProject", "team", "app"))
    ladder.fail_on("act", None, None, Outdated())

    with pytest.raises(Outdated):
        await converge(LadderCase(ladder), work)

    assert work.done == ["Climb", "Climb"]
    assert work.action is None
