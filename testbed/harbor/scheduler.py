"""What runs at which times: the schedules of retention policies and of jobs of the system."""

from datetime import datetime

from testbed.harbor.clock import ZERO_TIME, rfc3339
from testbed.harbor.cron import CronError, parse_cron, validate_cron
from testbed.harbor.errors import bad_request
from testbed.harbor.policy_state import JobSchedule, Vendor
from testbed.harbor.state import HarborState

SCHEDULES_OF_A_NEW_HARBOR = 2
"""Harbor schedules the clean-up of its own artifacts and of executions when it first starts."""
OF_THE_SYSTEM = -1
"""The vendor id of jobs that exist once."""


def add_schedule(state: HarborState, schedule: JobSchedule) -> None:
    """Stores a schedule; like Harbor's it draws a number for itself and one for its execution."""
    schedule.id = state.next_id("schedule")
    state.next_id("execution")
    state.schedules[schedule.id] = schedule


def remove_schedules(state: HarborState, vendor: Vendor, vendor_id: int) -> None:
    """Ends the schedules of somebody, if there are any."""
    owner = (vendor, vendor_id)
    rows = state.schedules.items()
    state.schedules = {k: row for k, row in rows if (row.vendor, row.vendor_id) != owner}


def find_schedule(state: HarborState, vendor: Vendor) -> JobSchedule | None:
    """The schedule of a job of the system."""
    return next((row for row in state.schedules.values() if row.vendor is vendor), None)


def require_cron(text: str, purpose: str) -> None:
    """Refuses an expression that Harbor does not schedule.

    Raises:
        HarborError: 400.
    """
    try:
        validate_cron(text)
    except CronError as error:
        raise bad_request(
            f"invalid cron string for scheduled {purpose}: {text}, error: {error}"
        ) from error


def next_run(cron: str, now: datetime) -> str:
    """When an expression is next due, as the API writes it."""
    moment = parse_cron(cron).next_after(now) if cron else None
    return ZERO_TIME if moment is None else rfc3339(moment)
