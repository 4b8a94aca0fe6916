"""The simulator answers every recorded exchange with a real Harbor as Harbor did."""

import asyncio

import pytest

from tests.support.trace_player import RECORDED_ALONE, RECORDED_TOGETHER, Outcome, replay_everything


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return asyncio.run(replay_everything())


@pytest.mark.parametrize("file", [*RECORDED_TOGETHER, *RECORDED_ALONE])
def test_recorded_exchanges_replay(file: str, outcomes: list[Outcome]) -> None:
    played = [outcome for outcome in outcomes if outcome.file == file]

    problems = [f"{o.index} ({o.note}): {o.problem}" for o in played if o.problem]

    assert played
    assert not problems, "\n".join(problems)
