"""When a robot whose secret is refreshed gets another secret, and when another robot.

A refresh does not move the expiry of the robot, which Harbor counts from its creation. So the
secrets follow the schedule from one to the next, and at each due time it is asked whether the
robot lives until the one after it: if not, this is the time to replace the robot, with an overlap.
"""

from dataclasses import replace
from datetime import datetime

from harbor_operator.core.robot.schedule import Schedule, due_at


def rhythm(schedule: Schedule, created_at: datetime, minted_at: datetime) -> Schedule:
    """The schedule of a secret that was made later than its robot, to be counted from the secret.

    What is left of the robot's life bounds it; the period stays that of a whole life, or else
    the secrets would be replaced ever faster towards its end.
    """
    if schedule.lifetime is None:
        return schedule
    return replace(_steady(schedule), lifetime=schedule.lifetime - (minted_at - created_at))


def leaves_time(schedule: Schedule, created_at: datetime, key: str, now: datetime) -> bool:
    """Whether a secret that is made now is due again before its robot has to be replaced."""
    latest = schedule.latest(created_at)
    if latest is None:
        return True
    again = due_at(replace(_steady(schedule), lifetime=None), now, key)
    return again is not None and again <= latest


def _steady(schedule: Schedule) -> Schedule:
    """The schedule with its period stated, where it follows from the lifetime."""
    if schedule.cron is not None or schedule.every is not None or schedule.lifetime is None:
        return schedule
    return replace(schedule, every=schedule.lifetime * 2 / 3)
