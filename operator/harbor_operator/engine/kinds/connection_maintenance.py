"""Harbor's own schedules: read as far as a connection states them, and set."""

from collections.abc import Mapping

from harbor_operator.api.connection import ConnectionSpec
from harbor_operator.core.connection.maintenance import (
    MAINTENANCE,
    Job,
    ScheduleSeen,
    SetSchedule,
    stated_jobs,
)
from harbor_operator.core.steps import Trouble
from harbor_operator.engine.kinds.connection_troubles import trouble_with
from harbor_operator.harbor.client import HarborClient
from harbor_operator.harbor.errors import HarborError
from harbor_operator.harbor.schedules import ScheduleKind

_KINDS: Mapping[Job, ScheduleKind] = {
    Job.GARBAGE_COLLECTION: ScheduleKind.GARBAGE_COLLECTION,
    Job.SCAN_ALL: ScheduleKind.SCAN_ALL,
    Job.AUDIT_LOG_PURGE: ScheduleKind.AUDIT_LOG_PURGE,
}


async def observe_schedules(
    harbor: HarborClient, spec: ConnectionSpec
) -> dict[Job, ScheduleSeen | Trouble | None]:
    """The schedules that the spec states, as they are in Harbor."""
    return {job: await _observe(harbor, job) for job in stated_jobs(spec.maintenance)}


async def _observe(harbor: HarborClient, job: Job) -> ScheduleSeen | Trouble | None:
    try:
        seen = await harbor.schedules.get(_KINDS[job])
    except HarborError as error:
        return trouble_with(f"{MAINTENANCE}.{job.value}", error)
    return ScheduleSeen(seen.cron, seen.parameters) if seen else None


async def set_schedule(harbor: HarborClient, write: SetSchedule) -> None:
    """Carry out one step.

    Raises:
        HarborError: Harbor does not take it.
    """
    await harbor.schedules.set(_KINDS[write.job], write.cron, write.parameters, exists=write.exists)
