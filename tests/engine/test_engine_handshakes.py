"""Credentials shown to the token service: what is believed, and for how long."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from harbor_operator.core.robot.facts import Answer, Handshake
from harbor_operator.core.secret import Secret
from harbor_operator.engine.handshakes import FRESH_SECONDS, ROW_SECONDS, Handshakes
from harbor_operator.harbor.errors import Exchange, Unreachable
from harbor_operator.harbor.models import IdentityKind
from harbor_operator.harbor.system import Identity
from tests.support.engine_world import NOW
from tests.support.fake_harbor import FakeHarbor, Login
from tests.support.loop_clock import LoopClock

ROBOT = "robot$team+ci-1"
PULL = frozenset({"pull"})
PULL_PUSH = frozenset({"pull", "push"})
RIGHT, WRONG = Secret("right"), Secret("wrong")


class Desk:
    """Handshakes with a Harbor that knows one robot."""

    def __init__(self, clock: LoopClock) -> None:
        self.clock = clock
        self.harbor = FakeHarbor(NOW)
        self.login = Login("right")
        self.harbor.state.logins[ROBOT] = self.login
        self.handshakes = Handshakes(self.harbor)

    @property
    def requests(self) -> list[str]:
        """What Harbor was asked."""
        return self.harbor.state.requests

    async def show(self, password: Secret = RIGHT, actions: frozenset[str] = PULL) -> Handshake:
        """Show the robot's credential."""
        return await self.handshakes.show(ROBOT, password, wanted={"team": actions})


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(LoopClock(monkeypatch))


def seconds_after_now(handshake: Handshake) -> int | None:
    """How long after `NOW` a row of refusals began."""
    since = handshake.refused_since
    return None if since is None else round((since - NOW).total_seconds())


async def test_a_credential_with_the_wanted_access_works(desk: Desk) -> None:
    assert await desk.show() == Handshake(Answer.WORKS)
    assert desk.requests == ["token"]


async def test_one_that_worked_is_not_asked_about_again_for_a_while(desk: Desk) -> None:
    await desk.show()
    await desk.clock.skip(FRESH_SECONDS - 1)

    assert (await desk.show()).answer is Answer.WORKS
    assert desk.requests == ["token"]


async def test_one_that_worked_long_ago_is_asked_about_again(desk: Desk) -> None:
    await desk.show()
    await desk.clock.skip(FRESH_SECONDS)
    desk.login.enabled = False

    assert (await desk.show()).answer is Answer.REFUSED


@pytest.mark.parametrize(
    ("password", "actions", "answer"),
    [
        pytest.param(WRONG, PULL, Answer.REFUSED, id="another password"),
        pytest.param(RIGHT, PULL_PUSH, Answer.UNCLEAR, id="more access"),
    ],
)
async def test_what_worked_says_nothing_about(
    desk: Desk, password: Secret, actions: frozenset[str], answer: Answer
) -> None:
    await desk.show()

    assert (await desk.show(password, actions)).answer is answer


async def test_a_refusal_ends_what_worked(desk: Desk) -> None:
    await desk.show()
    await desk.show(WRONG)
    desk.login.enabled = False

    assert (await desk.show()).answer is Answer.REFUSED


async def test_too_little_access_is_unclear(desk: Desk) -> None:
    assert await desk.show(actions=PULL_PUSH) == Handshake(Answer.UNCLEAR)


async def test_a_wrong_password_is_refused_although_the_token_service_answers(
    desk: Desk,
) -> None:
    handshake = await desk.show(WRONG)

    assert handshake.answer is Answer.REFUSED
    assert desk.requests == ["token", "authenticate", "probe"]


async def test_a_row_of_refusals_keeps_its_beginning(desk: Desk) -> None:
    first = await desk.show(WRONG)
    await desk.clock.skip(70)
    second = await desk.show(WRONG)

    assert (seconds_after_now(first), seconds_after_now(second)) == (0, 0)


async def test_a_row_of_refusals_ends_when_the_robot_works(desk: Desk) -> None:
    await desk.show(WRONG)
    await desk.clock.skip(70)
    await desk.show(RIGHT)
    again = await desk.show(WRONG)

    assert seconds_after_now(again) == 70


async def test_each_password_has_a_row_of_its_own(desk: Desk) -> None:
    """A secret that was refused says nothing about the next one of the same robot."""
    await desk.show(Secret("old"))
    await desk.clock.skip(70)
    first = await desk.show(Secret("new"))
    await desk.clock.skip(70)

    assert seconds_after_now(first) == 70
    assert seconds_after_now(await desk.show(Secret("new"))) == 70
    assert seconds_after_now(await desk.show(Secret("old"))) == 0


async def test_the_rows_of_all_passwords_end_when_one_of_them_works(desk: Desk) -> None:
    await desk.show(Secret("old"))
    await desk.clock.skip(70)
    await desk.show(RIGHT)

    assert seconds_after_now(await desk.show(Secret("old"))) == 70


@pytest.mark.parametrize("step", [timedelta(hours=5), -timedelta(hours=5)], ids=["ahead", "back"])
async def test_a_step_of_harbors_clock_proves_nothing(desk: Desk, step: timedelta) -> None:
    await desk.show(WRONG)
    desk.harbor.clock.observe(format_datetime(NOW + step, usegmt=True))

    again = await desk.show(WRONG)

    assert seconds_after_now(again) == round(step.total_seconds())


async def test_a_row_without_another_refusal_is_forgotten(desk: Desk) -> None:
    await desk.show(WRONG)
    await desk.clock.skip(ROW_SECONDS)

    assert seconds_after_now(await desk.show(WRONG)) == ROW_SECONDS


async def test_a_row_of_refusals_ends_when_harbor_cannot_tell(desk: Desk) -> None:
    await desk.show(WRONG)
    await desk.clock.skip(70)
    desk.login.password = WRONG.reveal()
    await desk.show(WRONG, PULL_PUSH)
    desk.login.password = RIGHT.reveal()
    again = await desk.show(WRONG)

    assert seconds_after_now(again) == 70


async def test_no_refusal_counts_while_the_connections_own_login_is_bad(desk: Desk) -> None:
    desk.harbor.state.identity = Identity(IdentityKind.ANONYMOUS, "")

    assert await desk.show(WRONG) == Handshake(Answer.UNCLEAR)


async def test_an_own_login_that_fails_for_a_while_starts_the_row_of_refusals_anew(
    desk: Desk,
) -> None:
    await desk.show(WRONG)
    await desk.clock.skip(70)
    desk.harbor.state.identity = Identity(IdentityKind.ANONYMOUS, "")
    await desk.show(WRONG)
    desk.harbor.state.identity = Identity(IdentityKind.ROBOT, "robot$operator")

    assert seconds_after_now(await desk.show(WRONG)) == 70


@pytest.mark.parametrize("request_", ["token", "authenticate", "probe"])
async def test_a_harbor_that_does_not_answer_proves_nothing(desk: Desk, request_: str) -> None:
    lost = Unreachable("gone", Exchange("GET", "/service/token"))
    desk.harbor.state.fail_on(request_, lost)

    with pytest.raises(Unreachable):
        await desk.show(WRONG)

    assert seconds_after_now(await desk.show(WRONG)) == 0


async def test_when_a_credential_last_worked_is_told_by_harbors_clock(desk: Desk) -> None:
    before = desk.handshakes.worked_at(ROBOT, RIGHT, wanted={"team": PULL})
    await desk.clock.skip(70)
    await desk.show()

    worked_at = desk.handshakes.worked_at(ROBOT, RIGHT, wanted={"team": PULL})
    assert before is None
    assert worked_at is not None
    assert timedelta(seconds=70) <= worked_at - NOW < timedelta(seconds=75)


async def test_a_credential_that_was_replaced_is_forgotten(desk: Desk) -> None:
    await desk.show()
    desk.login.password = "new"
    await desk.show(Secret("new"))

    assert desk.handshakes.worked_at(ROBOT, RIGHT, wanted={"team": PULL}) is None
    assert desk.handshakes.worked_at(ROBOT, Secret("new"), wanted={"team": PULL}) is not None


IMAGE = ("team/app", "v1")


async def test_one_that_worked_is_asked_about_again_where_a_fresh_answer_is_wanted(
    desk: Desk,
) -> None:
    await desk.show()

    await desk.handshakes.show(ROBOT, RIGHT, wanted={"team": PULL}, fresh=True)

    assert desk.requests == ["token", "token"]


async def test_a_credential_that_gets_the_image_is_believed_for_a_while(desk: Desk) -> None:
    desk.harbor.state.images.add(IMAGE)

    answers = [await desk.handshakes.pulls(ROBOT, RIGHT, IMAGE) for _ in range(2)]
    await desk.clock.skip(FRESH_SECONDS)
    desk.harbor.state.images.clear()

    assert answers == [True, True]
    assert desk.requests == ["manifest"]
    assert not await desk.handshakes.pulls(ROBOT, RIGHT, IMAGE)


async def test_a_fresh_answer_about_an_image_is_harbors_own(desk: Desk) -> None:
    desk.harbor.state.images.add(IMAGE)
    await desk.handshakes.pulls(ROBOT, RIGHT, IMAGE)
    desk.harbor.state.images.clear()

    assert not await desk.handshakes.pulls(ROBOT, RIGHT, IMAGE, fresh=True)


@pytest.mark.parametrize(
    ("password", "image"),
    [
        pytest.param(WRONG, IMAGE, id="a wrong password"),
        pytest.param(RIGHT, ("team/app", "v2"), id="no such image"),
    ],
)
async def test_a_refusal_of_an_image_is_an_answer(
    desk: Desk, password: Secret, image: tuple[str, str]
) -> None:
    desk.harbor.state.images.add(IMAGE)

    assert not await desk.handshakes.pulls(ROBOT, password, image)


async def test_a_harbor_that_does_not_answer_about_an_image_says_nothing(desk: Desk) -> None:
    desk.harbor.state.fail_on("manifest", Unreachable("gone", Exchange("HEAD", "/v2")))

    with pytest.raises(Unreachable):
        await desk.handshakes.pulls(ROBOT, RIGHT, IMAGE)
