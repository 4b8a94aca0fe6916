"""Schedules between a spec's five fields and Harbor's six."""


def six_fields(schedule: str) -> str:
    """A schedule for Harbor, whose cron begins with the seconds and wants them to be 0."""
    return f"0 {schedule}"


def five_fields(schedule: str) -> str | None:
    """A schedule of Harbor as the spec writes it, None for one that never comes round."""
    return schedule.removeprefix("0 ") or None
