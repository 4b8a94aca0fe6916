"""The simulator answers every recorded exchange with a real Harbor as Harbor did."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.trace_player import RECORDED_ALONE, RECORDED_TOGETHER, Outcome, replay_everything

NOT_REPLAYED = Path(__file__).parent / "not_replayed.txt"
MOST_NOT_REPLAYED = 71
"""How long the list has been at its shortest; lower it whenever the list shrinks."""


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return asyncio.run(replay_everything())


@pytest.fixture(scope="module")
def not_replayed() -> set[tuple[str, int]]:
    return set(_listed())


def _listed() -> Iterator[tuple[str, int]]:
    """Reads lines of `file first-last note`; what follows a `#` is ignored."""
    for line in NOT_REPLAYED.read_text().splitlines():
        entry = line.partition("#")[0].split(maxsplit=2)
        if entry:
            first, _, last = entry[1].partition("-")
            yield from ((entry[0], index) for index in range(int(first), int(last or first) + 1))


@pytest.mark.parametrize("file", [*RECORDED_TOGETHER, *RECORDED_ALONE])
def test_recorded_exchanges_replay(
    file: str, outcomes: list[Outcome], not_replayed: set[tuple[str, int]]
) -> None:
    problems = [
        f"{outcome.index} ({outcome.note}): {outcome.problem}"
        for outcome in outcomes
        if outcome.file == file and outcome.problem and outcome.key not in not_replayed
    ]

    assert not problems, "\n".join(problems)


def test_the_list_names_only_exchanges_that_fail(
    outcomes: list[Outcome], not_replayed: set[tuple[str, int]]
) -> None:
    failing = {outcome.key for outcome in outcomes if outcome.problem}

    assert sorted(not_replayed - failing) == []


def test_the_list_never_grows(not_replayed: set[tuple[str, int]]) -> None:
    assert len(not_replayed) <= MOST_NOT_REPLAYED


def test_only_members_and_policies_are_not_replayed_yet(
    not_replayed: set[tuple[str, int]],
) -> None:
    assert {file for file, _ in not_replayed} <= {"members", "policies"}


def test_progress_is_shown(outcomes: list[Outcome], capsys: pytest.CaptureFixture[str]) -> None:
    done = sum(not outcome.problem for outcome in outcomes)

    with capsys.disabled():
        print(f" {done}/{len(outcomes)} exchanges ", end="")  # noqa: T201 - the figure is the point

    assert done > 0
