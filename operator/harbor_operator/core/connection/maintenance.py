"""What Harbor does by itself from time to time: garbage collection, scans, old audit entries.

A schedule is one value: Harbor replaces its time and parameters together, so a step carries the
parameters that the spec leaves out, too, as Harbor has them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from harbor_operator.api.maintenance import AuditLogPurge, GarbageCollection, Maintenance
from harbor_operator.core.cron import six_fields
from harbor_operator.core.steps import Change, Comparison, Step, Trouble, Verb, differences

MAINTENANCE = "maintenance"

Parameters: TypeAlias = Mapping[str, object]

_EVENT_TYPES_SINCE = (2, 13)
"""From this release on a purge is told event types, before that operations."""
_ALL_EVENTS = {"include_event_types": "create_artifact,delete_artifact,pull_artifact,other"}
_ALL_OPERATIONS = {"include_operations": "create,delete,pull"}

_WORDS: Mapping[str, str] = {
    "delete_untagged": "deleteUntagged",
    "workers": "workers",
    "audit_retention_hour": "retentionHours",
}
"""Harbor's parameters in the words of the spec, where it has any for them."""


class Job(StrEnum):
    """What is done by schedule, as the spec names it."""

    GARBAGE_COLLECTION = "garbageCollection"
    SCAN_ALL = "scanAll"
    AUDIT_LOG_PURGE = "auditLogPurge"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A schedule of the spec."""

    cron: str
    """Harbor's six fields."""
    parameters: Parameters = field(default_factory=dict)
    """What the spec decides; all else stays as Harbor has it."""
    required: Parameters = field(default_factory=dict)
    """What the job cannot do without, where Harbor has no value of its own."""


@dataclass(frozen=True, slots=True)
class ScheduleSeen:
    """A schedule in Harbor."""

    cron: str
    parameters: Parameters = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetSchedule:
    """Make a schedule this one."""

    job: Job
    cron: str
    parameters: Parameters
    exists: bool
    """Whether there is one; Harbor knows a first schedule from a changed one."""


def stated_jobs(maintenance: Maintenance | None) -> tuple[Job, ...]:
    """The jobs whose schedules a spec states; all others are left as they are."""
    return tuple(wanted_schedules(maintenance, _EVENT_TYPES_SINCE))


def wanted_schedules(
    maintenance: Maintenance | None, release: tuple[int, int]
) -> dict[Job, Wanted]:
    """The schedules that a spec states, for a release of Harbor (major, minor)."""
    if maintenance is None:
        return {}
    collection, scan = maintenance.garbage_collection, maintenance.scan_all
    purge = maintenance.audit_log_purge
    wanted: dict[Job, Wanted] = {}
    if collection is not None:
        parameters = _collection_parameters(collection)
        wanted[Job.GARBAGE_COLLECTION] = Wanted(six_fields(collection.schedule), parameters)
    if scan is not None:
        wanted[Job.SCAN_ALL] = Wanted(six_fields(scan.schedule))
    if purge is not None:
        wanted[Job.AUDIT_LOG_PURGE] = _wanted_purge(purge, release)
    return wanted


def _collection_parameters(stated: GarbageCollection) -> Parameters:
    parameters = {"delete_untagged": stated.delete_untagged, "workers": stated.workers}
    return {key: value for key, value in parameters.items() if value is not None}


def _wanted_purge(stated: AuditLogPurge, release: tuple[int, int]) -> Wanted:
    """What a purge needs to delete anything at all.

    Harbor refuses a purge without a choice of events, and deletes nothing with an empty one or
    in a dry run.
    """
    return Wanted(
        six_fields(stated.schedule),
        parameters={"audit_retention_hour": stated.retention_hours, "dry_run": False},
        required=_ALL_EVENTS if release >= _EVENT_TYPES_SINCE else _ALL_OPERATIONS,
    )


def compare_schedules(
    desired: Mapping[Job, Wanted], observed: Mapping[Job, ScheduleSeen | Trouble | None]
) -> Comparison:
    """The schedules to be set."""
    steps: list[Step] = []
    troubles: list[Trouble] = []
    for job, wanted in desired.items():
        seen = observed[job]
        if isinstance(seen, Trouble):
            troubles.append(seen)
        else:
            steps.extend(_steps(job, wanted, seen))
    return Comparison(tuple(steps), tuple(troubles))


def _steps(job: Job, wanted: Wanted, seen: ScheduleSeen | None) -> Iterator[Step]:
    kept = {} if seen is None else {k: v for k, v in seen.parameters.items() if _is_set(v)}
    # A zero is as good as none, and as a number of workers Harbor refuses one that it has stored.
    missing = {key: value for key, value in wanted.required.items() if key not in kept}
    changes = _changes(job, wanted, missing, seen)
    if not changes:
        return
    yield Step(
        MAINTENANCE,
        Verb.CREATE if seen is None else Verb.UPDATE,
        target=job.value,
        changes=changes,
        write=SetSchedule(
            job,
            wanted.cron,
            parameters={**kept, **missing, **wanted.parameters},
            exists=seen is not None,
        ),
    )


def _changes(
    job: Job, wanted: Wanted, missing: Parameters, seen: ScheduleSeen | None
) -> tuple[Change, ...]:
    stored = {} if seen is None else seen.parameters
    decided = {**wanted.parameters, **missing}
    before = {"schedule": None if seen is None else _five_fields(seen.cron)}
    after: dict[str, str | None] = {"schedule": _five_fields(wanted.cron)}
    for key, value in decided.items():
        word = _WORDS.get(key, key)
        before[word], after[word] = _shown(stored.get(key)), _shown(value)
    changes = differences(MAINTENANCE, before, after)
    return tuple(
        Change(change.block, f"{job.value}.{change.field}", change.before, change.after)
        for change in changes
    )


def _is_set(value: object) -> bool:
    return bool(value)


def _shown(value: object) -> str | None:
    """A parameter as text; what is zero and what is absent is the same to Harbor."""
    return str(value).lower() if _is_set(value) else None


def _five_fields(cron: str) -> str:
    return cron.removeprefix("0 ")
