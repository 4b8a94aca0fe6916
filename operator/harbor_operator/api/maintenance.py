"""Maintenance: what Harbor does by itself from time to time, for all projects."""

from typing import Final

from pydantic import Field

from harbor_operator.api.cron import CronSchedule
from harbor_operator.api.model import ApiModel

MAX_WORKERS: Final = 10
"""Harbor's limit."""

MAX_RETENTION_HOURS: Final = 240000
"""Harbor's limit."""


class GarbageCollection(ApiModel):
    """When Harbor frees the storage of what was deleted."""

    schedule: CronSchedule
    """When it runs, as five fields like a CronJob's, such as 0 2 * * 0, in Harbor's time zone."""

    delete_untagged: bool | None = None
    """Whether artifacts without a tag are deleted too. Absent: left as it is."""

    workers: int | None = Field(default=None, ge=1, le=MAX_WORKERS)
    """How many deletions run at once. Absent: left as it is."""


class ScanAll(ApiModel):
    """When Harbor scans all artifacts again."""

    schedule: CronSchedule
    """When it runs, as five fields like a CronJob's, such as 0 4 * * *, in Harbor's time zone."""


class AuditLogPurge(ApiModel):
    """When Harbor deletes old entries of its audit log."""

    schedule: CronSchedule
    """When it runs, as five fields like a CronJob's, such as 0 5 * * *, in Harbor's time zone."""

    retention_hours: int = Field(ge=1, le=MAX_RETENTION_HOURS)
    """How old an entry may become, in hours."""


class Maintenance(ApiModel):
    """What Harbor does by itself from time to time. What is absent is left as it is."""

    garbage_collection: GarbageCollection | None = None
    """When Harbor frees the storage of what was deleted."""

    scan_all: ScanAll | None = None
    """When Harbor scans all artifacts again."""

    audit_log_purge: AuditLogPurge | None = None
    """When Harbor deletes old entries of its audit log."""
