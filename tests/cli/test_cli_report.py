"""What `status` reports of which objects."""

from datetime import timedelta

import pytest

from harbor_operator.cli.kinds import CONNECTION, KINDS, PROJECT, PULL_SECRET, ROBOT, Kind
from harbor_operator.cli.status.report import ConnectionLine, Count, Report, look_at, report_on
from tests.support.custom_resources import Json
from tests.support.plugin import NOW, READY, an_object, condition_of, stamp

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STALLED = condition_of("Stalled", "True", "InvalidSpec", "Say what.", ago=HOUR)
UNREADY = condition_of("Ready", "False", "InvalidSpec", "Say what.", ago=2 * HOUR)
WAITING = condition_of("Ready", "False", "WaitingForProject", "There is none.", ago=HOUR)


def report_of(*objects: tuple[Kind, Json]) -> Report:
    """Report on objects of kinds that can all be read."""
    looks = {kind: [look_at(k, body) for k, body in objects if k is kind] for kind in KINDS}
    return report_on(looks, (), NOW)


def changed(body: Json, **metadata: object) -> Json:
    return {**body, "metadata": {**body["metadata"], **metadata}}


def suspended(body: Json) -> Json:
    return {**body, "spec": {"suspend": True}}


def test_ready_objects_are_counted_and_nothing_more() -> None:
    report = report_of(
        (CONNECTION, an_object(CONNECTION, "default", harborVersion="2.14.0")),
        (PROJECT, an_object(PROJECT, "web")),
        (PULL_SECRET, suspended(an_object(PULL_SECRET, "images"))),
    )

    assert report == Report(
        connections=(ConnectionLine("default", "True", "Succeeded", "2.14.0"),),
        troubles=(),
        rotations=(),
        expiring=(),
        counts={
            "connection": Count(1, 1, 0),
            "project": Count(1, 1, 0),
            "robot": Count(0, 0, 0),
            "pullsecret": Count(1, 1, 1),
        },
        notes=(),
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (an_object(PROJECT, "web", UNREADY, STALLED), [("Stalled", "InvalidSpec", HOUR)]),
        (an_object(PROJECT, "web", WAITING), [("Ready", "WaitingForProject", HOUR)]),
        (
            an_object(PROJECT, "web", READY, condition_of("DriftFight", "True", "RepeatedDrift")),
            [("DriftFight", "RepeatedDrift", HOUR)],
        ),
        (
            an_object(
                PROJECT, "web", WAITING, condition_of("RemovalHeld", "True", "RemovalNotConfirmed")
            ),
            [("RemovalHeld", "RemovalNotConfirmed", HOUR), ("Ready", "WaitingForProject", HOUR)],
        ),
        (an_object(PROJECT, "web", READY, condition_of("Synced", "False", "Observed")), []),
        (changed(an_object(PROJECT, "web"), generation=2), [("Ready", "NotSeen", None)]),
        ({"metadata": {"name": "web", "generation": 1}}, [("Ready", "NotSeen", None)]),
        (
            changed(
                an_object(PROJECT, "web", condition_of("Ready", "True", "Suspended")), generation=2
            ),
            [],
        ),
        (
            an_object(PROJECT, "web", condition_of("Ready", "Unknown", "Suspended")),
            [("Ready", "Suspended", HOUR)],
        ),
    ],
)
def test_each_trouble_says_why_and_since_when(
    body: Json, expected: list[tuple[str, str, timedelta | None]]
) -> None:
    report = report_of((PROJECT, body))

    assert [
        (t.condition, t.reason, NOW - t.since if t.since else None) for t in report.troubles
    ] == expected
    unready = any(condition in {"Ready", "Stalled"} for condition, *_ in expected)
    assert report.counts["project"].ready == (0 if unready else 1)


def test_connections_come_first_and_then_what_needs_a_person() -> None:
    report = report_of(
        (ROBOT, an_object(ROBOT, "a", WAITING)),
        (ROBOT, an_object(ROBOT, "z", UNREADY, STALLED)),
        (CONNECTION, an_object(CONNECTION, "default", WAITING)),
    )

    assert [trouble.name for trouble in report.troubles] == ["default", "z", "a"]


def test_the_next_rotation_comes_first_and_those_of_suspended_robots_do_not_come() -> None:
    report = report_of(
        (ROBOT, an_object(ROBOT, "later", nextRotationAt=stamp(2 * DAY))),
        (ROBOT, an_object(ROBOT, "soon", nextRotationAt=stamp(DAY))),
        (ROBOT, suspended(an_object(ROBOT, "held", nextRotationAt=stamp(HOUR)))),
        (ROBOT, an_object(ROBOT, "never")),
    )

    assert [due.name for due in report.rotations] == ["soon", "later"]


@pytest.mark.parametrize(
    ("expiry", "rotation", "is_told"),
    [
        (3 * DAY, None, True),
        (3 * DAY, DAY, False),
        (3 * DAY, -HOUR, True),
        (3 * DAY, 4 * DAY, True),
        (-HOUR, None, True),
        (30 * DAY, None, False),
        (None, None, False),
    ],
)
def test_an_expiry_is_told_if_no_rotation_prevents_it(
    expiry: timedelta | None, rotation: timedelta | None, *, is_told: bool
) -> None:
    times = {"expiresAt": expiry, "nextRotationAt": rotation}
    told = {key: stamp(ahead) for key, ahead in times.items() if ahead is not None}

    report = report_of((ROBOT, an_object(ROBOT, "ci", **told)))

    assert bool(report.expiring) is is_told


def test_a_suspended_robot_is_not_rotated_before_it_expires() -> None:
    body = an_object(ROBOT, "ci", expiresAt=stamp(3 * DAY), nextRotationAt=stamp(DAY))

    assert [due.name for due in report_of((ROBOT, suspended(body))).expiring] == ["ci"]


def test_times_that_are_none_are_left_out() -> None:
    report = report_of((ROBOT, an_object(ROBOT, "ci", expiresAt="soon", nextRotationAt=7)))

    assert (report.rotations, report.expiring) == ((), ())
