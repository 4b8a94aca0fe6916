"""Many questions for projects, one request."""

import asyncio

import pytest

from harbor_operator.engine.finder import GATHERING_SECONDS, ProjectFinder
from harbor_operator.harbor.errors import Exchange, InvalidRequest, Unreachable
from harbor_operator.harbor.models import Project
from tests.support.engine_world import NOW
from tests.support.fake_harbor import FakeHarbor
from tests.support.loop_clock import LoopClock, settle

Question = asyncio.Task[Project | None]


class Bench:
    """A finder before a Harbor with the projects a and b."""

    def __init__(self, clock: LoopClock) -> None:
        self.clock = clock
        self.harbor = FakeHarbor(NOW)
        self.finder = ProjectFinder(self.harbor)
        for number, name in enumerate("ab", start=1):
            self.harbor.state.projects[name] = Project(project_id=number, name=name)

    def ask(self, *names: str) -> list[Question]:
        """Ask for each name at once."""
        return [asyncio.create_task(self.finder.find(name)) for name in names]

    async def gather(self) -> None:
        """Let the questions that wait for company be asked."""
        await settle()
        await self.clock.skip(GATHERING_SECONDS)


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(LoopClock(monkeypatch))


def ids(questions: list[Question]) -> list[int | None]:
    found = [question.result() for question in questions]
    return [None if project is None else project.id for project in found]


async def test_questions_of_one_moment_are_one_request(bench: Bench) -> None:
    questions = bench.ask("a", "b", "missing", "a")

    await bench.gather()

    assert ids(questions) == [1, 2, None, 1]
    assert bench.harbor.state.asked == [{"a", "b", "missing"}]


async def test_a_question_waits_for_company_and_no_longer(bench: Bench) -> None:
    (first,) = bench.ask("a")
    await settle()

    before = list(bench.harbor.state.asked)
    (second,) = bench.ask("b")
    await bench.gather()

    assert before == []
    assert ids([first, second]) == [1, 2]
    assert bench.harbor.state.asked == [{"a", "b"}]


async def test_a_question_that_is_asked_during_a_round_goes_to_the_next(bench: Bench) -> None:
    bench.harbor.state.gate = asyncio.Event()
    early = bench.ask("a")
    await bench.gather()
    del bench.harbor.state.projects["a"]
    late = bench.ask("a")
    bench.harbor.state.gate.set()
    await bench.gather()

    assert bench.harbor.state.asked == [{"a"}, {"a"}]
    assert ids([*early, *late]) == [None, None]


async def test_an_answer_is_never_older_than_its_question(bench: Bench) -> None:
    first = bench.ask("a")
    await bench.gather()
    bench.harbor.state.projects["a"] = Project(project_id=9, name="a")
    second = bench.ask("a")
    await bench.gather()

    assert ids([*first, *second]) == [1, 9]


async def test_a_failure_is_told_to_everybody_who_asked(bench: Bench) -> None:
    error = Unreachable("gone", Exchange("GET", "/projects"))
    bench.harbor.state.fail_on("find projects", error)
    questions = bench.ask("a", "b", "a")

    await bench.gather()

    assert [question.exception() for question in questions] == [error] * 3


async def test_the_round_after_a_failure_is_asked_anew(bench: Bench) -> None:
    bench.harbor.state.fail_on("find projects", Unreachable("gone", Exchange("GET", "/projects")))
    failed = bench.ask("a")
    await bench.gather()
    again = bench.ask("a")
    await bench.gather()

    assert failed[0].exception() is not None
    assert ids(again) == [1]


async def test_a_name_that_harbor_cannot_have_fails_nobody_elses_question(bench: Bench) -> None:
    good, bad = bench.ask("a", "No Name")

    await bench.gather()

    assert ids([good]) == [1]
    assert isinstance(bad.exception(), InvalidRequest)


async def test_one_who_gives_up_takes_nobody_elses_answer_along(bench: Bench) -> None:
    leaver, stayer = bench.ask("a", "a")
    await settle()
    leaver.cancel()

    await bench.gather()

    assert leaver.cancelled()
    assert ids([stayer]) == [1]
