"""Schedules of garbage collection, scans and purges of the audit log: what is set, and when."""

from collections.abc import Mapping

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.api.maintenance import Maintenance
from harbor_operator.core.connection.maintenance import (
    Job,
    ScheduleSeen,
    SetSchedule,
    compare_schedules,
    stated_jobs,
    wanted_schedules,
)
from harbor_operator.core.steps import Change, Comparison, Trouble, Verb

NEW, OLD = (2, 16), (2, 12)
COLLECTION = {"garbageCollection": {"schedule": "0 2 * * 0"}}
FULL_COLLECTION = {
    "garbageCollection": {"schedule": "0 2 * * 0", "deleteUntagged": True, "workers": 3}
}
TAGGED_ONLY = {"garbageCollection": {"schedule": "0 2 * * 0", "deleteUntagged": False}}
SCANS = {"scanAll": {"schedule": "0 4 * * SUN"}}
PURGE = {"auditLogPurge": {"schedule": "0 5 * * *", "retentionHours": 24}}
ALL_EVENTS = "create_artifact,delete_artifact,pull_artifact,other"
PURGED = {"audit_retention_hour": 24, "dry_run": False, "include_event_types": ALL_EVENTS}

Stated = Mapping[str, Mapping[str, object]]


def compared(
    stated: Stated, seen: ScheduleSeen | Trouble | None, release: tuple[int, int] = NEW
) -> Comparison:
    wanted = wanted_schedules(Maintenance.model_validate(stated), release)
    return compare_schedules(wanted, dict.fromkeys(wanted, seen))


def written(
    stated: Stated, seen: ScheduleSeen | None, release: tuple[int, int] = NEW
) -> SetSchedule | None:
    """What is set, None where all is as the spec says."""
    steps = compared(stated, seen, release).steps
    write = steps[0].write if steps else None
    assert write is None or isinstance(write, SetSchedule)
    return write


def seen(cron: str, **parameters: object) -> ScheduleSeen:
    return ScheduleSeen(cron, parameters)


@pytest.mark.parametrize(
    ("stated", "jobs"),
    [
        pytest.param(None, (), id="no maintenance"),
        pytest.param({}, (), id="an empty one"),
        pytest.param(PURGE, (Job.AUDIT_LOG_PURGE,), id="one job"),
        pytest.param({**SCANS, **COLLECTION, **PURGE}, tuple(Job), id="all jobs"),
    ],
)
def test_only_what_is_stated_is_managed(stated: Stated | None, jobs: tuple[Job, ...]) -> None:
    spec = None if stated is None else Maintenance.model_validate(stated)

    assert set(stated_jobs(spec)) == set(wanted_schedules(spec, NEW)) == set(jobs)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        pytest.param(
            COLLECTION,
            SetSchedule(Job.GARBAGE_COLLECTION, "0 0 2 * * 0", {}, exists=False),
            id="garbage collection with Harbor's defaults",
        ),
        pytest.param(
            FULL_COLLECTION,
            SetSchedule(
                Job.GARBAGE_COLLECTION,
                "0 0 2 * * 0",
                {"delete_untagged": True, "workers": 3},
                exists=False,
            ),
            id="garbage collection with its parameters",
        ),
        pytest.param(
            SCANS, SetSchedule(Job.SCAN_ALL, "0 0 4 * * SUN", {}, exists=False), id="scans"
        ),
        pytest.param(
            PURGE,
            SetSchedule(Job.AUDIT_LOG_PURGE, "0 0 5 * * *", PURGED, exists=False),
            id="a purge, which needs to be told of which events",
        ),
    ],
)
def test_a_first_schedule(stated: Stated, expected: SetSchedule) -> None:
    (step,) = compared(stated, None).steps

    assert (step.write, step.verb, step.target) == (expected, Verb.CREATE, expected.job.value)


@pytest.mark.parametrize(
    ("stated", "present"),
    [
        pytest.param(COLLECTION, seen("0 0 2 * * 0"), id="the same time"),
        pytest.param(
            COLLECTION,
            seen("0 0 2 * * 0", delete_untagged=True, delete_tag=True, workers=7),
            id="parameters that the spec leaves out",
        ),
        pytest.param(
            FULL_COLLECTION,
            seen("0 0 2 * * 0", delete_untagged=True, delete_tag=False, workers=3),
            id="parameters as stated",
        ),
        pytest.param(TAGGED_ONLY, seen("0 0 2 * * 0"), id="false and absent"),
        pytest.param(SCANS, seen("0 0 4 * * SUN"), id="scans"),
        pytest.param(
            PURGE,
            seen("0 0 5 * * *", audit_retention_hour=24, include_event_types="pull_artifact"),
            id="a purge of somebody's choice of events",
        ),
        pytest.param(PURGE, seen("0 0 5 * * *", **PURGED), id="a purge of our own"),
    ],
)
def test_nothing_is_set_where_harbor_has(stated: Stated, present: ScheduleSeen) -> None:
    assert compared(stated, present) == Comparison()


@pytest.mark.parametrize(
    ("stated", "present", "parameters"),
    [
        pytest.param(
            COLLECTION,
            seen("0 0 0 * * *", delete_untagged=True, delete_tag=False, workers=7),
            {"delete_untagged": True, "workers": 7},
            id="another time keeps what the spec leaves out",
        ),
        pytest.param(
            COLLECTION,
            seen("0 0 0 * * *", workers=0),
            {},
            id="no workers are not sent back: Harbor refuses the zero that it shows",
        ),
        pytest.param(
            FULL_COLLECTION,
            seen("0 0 2 * * 0", delete_untagged=True, delete_tag=True, workers=1),
            {"delete_untagged": True, "delete_tag": True, "workers": 3},
            id="another number of workers",
        ),
        pytest.param(
            TAGGED_ONLY,
            seen("0 0 2 * * 0", delete_untagged=True),
            {"delete_untagged": False},
            id="what the spec switches off",
        ),
        pytest.param(
            PURGE,
            seen("0 0 5 * * *", audit_retention_hour=48, include_event_types="pull_artifact"),
            {**PURGED, "include_event_types": "pull_artifact"},
            id="another age keeps the choice of events",
        ),
        pytest.param(
            PURGE,
            seen("0 0 5 * * *", audit_retention_hour=24, include_event_types=""),
            PURGED,
            id="a purge of no events deletes nothing",
        ),
        pytest.param(
            PURGE,
            seen("0 0 5 * * *", **{**PURGED, "dry_run": True}),
            PURGED,
            id="a dry run deletes nothing",
        ),
        pytest.param(
            PURGE,
            seen("0 0 5 * * *", audit_retention_hour=24, include_operations="pull"),
            {**PURGED, "include_operations": "pull"},
            id="a schedule from before Harbor's upgrade",
        ),
    ],
)
def test_a_schedule_that_differs(
    stated: Stated, present: ScheduleSeen, parameters: Mapping[str, object]
) -> None:
    write = written(stated, present)

    assert write is not None
    assert write.exists
    assert (write.cron[:2], write.parameters) == ("0 ", parameters)


@pytest.mark.parametrize(
    ("release", "name", "value"),
    [
        pytest.param((2, 12), "include_operations", "create,delete,pull", id="operations"),
        pytest.param((2, 13), "include_event_types", ALL_EVENTS, id="types of events"),
        pytest.param((2, 16), "include_event_types", ALL_EVENTS, id="still types of events"),
    ],
)
def test_what_a_release_purges_by(release: tuple[int, int], name: str, value: str) -> None:
    write = written(PURGE, None, release)

    assert write is not None
    assert write.parameters == {"audit_retention_hour": 24, "dry_run": False, name: value}


def test_changes_are_told_in_the_words_of_the_spec() -> None:
    (step,) = compared(FULL_COLLECTION, seen("0 0 0 * * *", workers=1)).steps

    assert (step.verb, step.changes) == (
        Verb.UPDATE,
        (
            Change("maintenance", "garbageCollection.schedule", "0 0 * * *", "0 2 * * 0"),
            Change("maintenance", "garbageCollection.deleteUntagged", None, "true"),
            Change("maintenance", "garbageCollection.workers", "1", "3"),
        ),
    )


def test_a_change_for_which_the_spec_has_no_word_is_told_in_those_of_harbor() -> None:
    stored = {**PURGED, "dry_run": True, "include_event_types": ""}

    (step,) = compared(PURGE, seen("0 0 5 * * *", **stored)).steps

    assert step.changes == (
        Change("maintenance", "auditLogPurge.dry_run", "true", None),
        Change("maintenance", "auditLogPurge.include_event_types", None, ALL_EVENTS),
    )


def test_a_schedule_that_cannot_be_read_is_trouble_and_not_written() -> None:
    trouble = Trouble(Reason.INVALID_SPEC, "no scanner")

    assert compared(SCANS, trouble) == Comparison(troubles=(trouble,))
