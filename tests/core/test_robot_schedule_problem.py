"""Schedules that cannot work are found at the first look, and the sentence says what to change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harbor_operator.core.robot.schedule import Schedule, Window
from harbor_operator.core.robot.schedule_problem import problem_of

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MADE = datetime(2026, 3, 4, 12, tzinfo=UTC)
KEY = "0f5c"
NIGHTLY = Window("0 1 * * *", 4 * HOUR)
MONTHLY = Window("0 1 1 * *", 4 * HOUR)
PLAIN = Schedule(lifetime=90 * DAY, overlap=HOUR)

FINE: dict[str, dict[str, Any]] = {
    "nothing said": {},
    "nothing said, no end": {"lifetime": None},
    "an age of twice the overlap": {"every": 2 * HOUR},
    "a life of three overlaps": {"lifetime": 3 * HOUR},
    "an age after the end, which the end overrules": {"every": 100 * DAY},
    "a schedule every two hours": {"cron": "0 */2 * * *"},
    "room for the jitter": {"cron": "0 */3 * * *", "jitter": HOUR},
    "a leap day": {"cron": "0 3 29 2 *", "lifetime": None},
    "a yearly schedule, which the end overrules": {"cron": "0 3 1 1 *"},
    "a window a night": {"windows": (NIGHTLY,)},
    "a window in the robot's life": {"windows": (MONTHLY,), "lifetime": 28 * DAY},
    "a window once in a leap cycle, no end": {
        "windows": (Window("0 3 29 2 *", HOUR),),
        "every": DAY,
        "lifetime": None,
    },
    "windows for what is only asked for": {"windows": (NIGHTLY,), "lifetime": None},
}
PROBLEMS: dict[str, tuple[dict[str, Any], str]] = {
    "no schedule": ({"cron": "@daily"}, "'@daily' is no schedule: it needs minute, hour"),
    "a field that is none": (
        {"cron": "0 25 * * *"},
        "'0 25 * * *' can never come round because of its hour",
    ),
    "a 30th of February": (
        {"cron": "0 3 30 2 *"},
        "'0 3 30 2 *' can never come round because of its day-of-month",
    ),
    "a fifth Monday of months too short for one": (
        {"cron": "0 3 */31 2 MON#5", "lifetime": None},
        "'0 3 */31 2 MON#5' can never come round",
    ),
    "an unknown time zone": (
        {"cron": "0 3 * * *", "time_zone": "Europe/Atlantis"},
        "rotation.timeZone: 'Europe/Atlantis' is no time zone",
    ),
    "an unknown time zone for windows": (
        {"windows": (NIGHTLY,), "time_zone": "Europe"},
        "rotation.timeZone: 'Europe' is no time zone",
    ),
    "an age below twice the overlap": (
        {"every": 2 * HOUR - timedelta(seconds=1)},
        "rotation.every is 1:59:59, less than twice the overlap, which is 1:00:00",
    ),
    "a schedule below twice the overlap": (
        {"cron": "0 * * * *"},
        "rotation.schedule comes round after 1:00:00, sooner than twice the overlap",
    ),
    "a schedule that is too often now and then": (
        {"cron": "0 3,4 1 * *"},
        "rotation.schedule comes round after 1:00:00",
    ),
    "a schedule without room for the jitter": (
        {"cron": "0 */2 * * *", "jitter": HOUR},
        "the jitter, which are 3:00:00",
    ),
    "a life below three overlaps": (
        {"lifetime": 3 * HOUR - timedelta(seconds=1)},
        "lives for 2:59:59 leaves no room for an overlap of 1:00:00",
    ),
    "a window that is no schedule": (
        {"windows": (NIGHTLY, Window("0 1 * *", HOUR))},
        "'0 1 * *' is no schedule",
    ),
    "a window that never opens, no end": (
        {"windows": (Window("0 3 */31 2 MON#5", HOUR),), "lifetime": None},
        "'0 3 */31 2 MON#5' can never come round",
    ),
}


@pytest.mark.parametrize("created_at", [MADE, None], ids=["made", "not made yet"])
@pytest.mark.parametrize("changes", FINE.values(), ids=FINE.keys())
def test_what_works_is_no_problem(changes: dict[str, Any], created_at: datetime | None) -> None:
    assert problem_of(replace(PLAIN, **changes), created_at, KEY) is None


@pytest.mark.parametrize("created_at", [MADE, None], ids=["made", "not made yet"])
@pytest.mark.parametrize(("changes", "says"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_what_never_works_is_said(
    changes: dict[str, Any], says: str, created_at: datetime | None
) -> None:
    problem = problem_of(replace(PLAIN, **changes), created_at, KEY)

    assert problem is not None
    assert says in problem


def test_a_window_that_opens_too_late_for_a_robot_is_said_of_that_robot() -> None:
    schedule = replace(PLAIN, windows=(MONTHLY,), lifetime=20 * DAY)

    of_any = problem_of(schedule, None, KEY)
    of_one = problem_of(schedule, MADE, KEY)
    of_another = problem_of(schedule, MADE + 20 * DAY, KEY)

    assert (of_any, of_another) == (None, None)
    assert of_one == (
        "no window opens before the robot expires: its replacement must begin by"
        " 2026-03-24 11:00 UTC, and the next window opens at 2026-04-01 01:00 UTC"
    )
