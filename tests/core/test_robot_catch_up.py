"""After a downtime robots are replaced one after the other, the most urgent one first."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from harbor_operator.core.robot.catch_up import HEAD_START, PACE, Waiting, spread

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def waiting(key: str, *, due: timedelta = -DAY, expires: timedelta | None = DAY) -> Waiting:
    """A robot by how far from now it is due and expires."""
    return Waiting(key, NOW + due, None if expires is None else NOW + expires)


instants = st.integers(-100_000, 100_000).map(lambda seconds: NOW + timedelta(seconds=seconds))
robots = st.builds(Waiting, st.uuids().map(str), instants, st.none() | instants)
fleets = st.lists(robots, max_size=40, unique_by=lambda robot: robot.key)


def test_the_first_to_expire_begins_first() -> None:
    turns = spread(
        [
            waiting("never", expires=None),
            waiting("late", expires=3 * DAY),
            waiting("soon", expires=2 * DAY),
        ],
        NOW,
    )

    assert list(turns.items()) == [
        ("soon", NOW),
        ("late", NOW + PACE),
        ("never", NOW + 2 * PACE),
    ]


def test_of_two_that_expire_together_the_longer_overdue_begins_first() -> None:
    turns = spread([waiting("b"), waiting("a"), waiting("c", due=-2 * DAY)], NOW)

    assert list(turns) == ["c", "a", "b"]


def test_what_is_not_due_has_no_turn() -> None:
    turns = spread([waiting("due", due=timedelta(0)), waiting("ahead", due=MINUTE)], NOW)

    assert list(turns) == ["due"]


def test_what_would_expire_before_its_turn_begins_sooner() -> None:
    fleet = [waiting("first", expires=2 * MINUTE), waiting("second", expires=3 * MINUTE)]

    turns = spread(fleet, NOW, pace=DAY)

    assert turns == {"first": NOW, "second": NOW + 3 * MINUTE - HEAD_START}


def test_what_has_expired_begins_at_once() -> None:
    fleet = [waiting("first", expires=-MINUTE), waiting("second", expires=MINUTE / 2)]

    assert spread(fleet, NOW) == {"first": NOW, "second": NOW}


@given(fleets)
def test_every_overdue_robot_has_one_turn_whatever_the_order(fleet: list[Waiting]) -> None:
    turns = spread(fleet, NOW)

    assert set(turns) == {robot.key for robot in fleet if robot.due <= NOW}
    assert list(spread(reversed(fleet), NOW).items()) == list(turns.items())
    assert list(turns.values()) == sorted(turns.values())
    assert all(NOW <= turn <= NOW + len(fleet) * PACE for turn in turns.values())
