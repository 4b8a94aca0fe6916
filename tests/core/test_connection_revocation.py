"""A revoke of all robots of a connection: whose turn it is, and what is told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from harbor_operator.api.base import LABEL_CANARY
from harbor_operator.api.resources import Metadata
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.connection.revocation import (
    MAX_NAMED,
    PATIENCE,
    WIDTH,
    Member,
    Revocation,
    Standing,
    advance,
    member_of,
)
from tests.support.robots import NOW

SECOND = timedelta(seconds=1)
OPEN, HELD, STUCK, DONE = Standing.OPEN, Standing.HELD, Standing.STUCK, Standing.DONE


def member(name: str, standing: Standing = OPEN, *, canary: bool = False) -> Member:
    return Member(f"uid-{name}", f"team/{name}", canary, standing)


def fleet(size: int, standing: Standing = OPEN) -> list[Member]:
    return [member(f"r{number:03}", standing) for number in range(size)]


def canary(standing: Standing = OPEN) -> Member:
    return member("zz-canary", standing, canary=True)


def look(
    members: list[Member],
    before: Revocation | None = None,
    now: datetime = NOW,
    *,
    heed_canaries: bool = True,
) -> Revocation:
    return advance("all", members, before, now, heed_canaries=heed_canaries)


def turns(revocation: Revocation) -> set[str]:
    """Whose turn it is, by name."""
    return {uid.removeprefix("uid-") for uid in revocation.admitted}


def test_a_few_at_a_time_in_the_order_of_their_names() -> None:
    first = look(fleet(WIDTH + 2)[::-1])

    assert turns(first) == {f"r{number:03}" for number in range(WIDTH)}
    assert (first.total, first.done, first.failed) == (WIDTH + 2, 0, ())
    assert first.message == f"{WIDTH + 2} robots are left."


def test_who_is_done_makes_room() -> None:
    members = fleet(WIDTH + 2)
    first = look(members)

    second = look([replace(members[0], standing=DONE), *members[1:]], first, NOW + SECOND)

    assert turns(second) == {f"r{number:03}" for number in range(1, WIDTH + 1)}
    assert second.admitted["uid-r001"] == NOW
    assert second.done == 1


def test_when_all_are_done_it_is_finished() -> None:
    last = look(fleet(3, DONE))

    assert last.finished
    assert (last.admitted, last.message) == ({}, "Every robot has a new credential.")


def test_a_connection_without_robots_is_finished_at_once() -> None:
    assert look([]).finished


def test_canaries_go_first_and_alone() -> None:
    first = look([*fleet(3), canary()])

    assert turns(first) == {"zz-canary"}
    assert first.message == "4 robots are left. The others wait for the canaries."


def test_the_others_follow_when_the_canaries_are_through() -> None:
    first = look([*fleet(3), canary()])

    assert turns(look([*fleet(3), canary(DONE)], first)) == {"r000", "r001", "r002"}


@pytest.mark.parametrize(
    ("standing", "waited"),
    [
        pytest.param(OPEN, PATIENCE, id="one that is not proven in time"),
        pytest.param(STUCK, timedelta(0), id="one that is Stalled"),
    ],
)
def test_a_canary_that_fails_holds_the_others(standing: Standing, waited: timedelta) -> None:
    first = look([*fleet(3), canary()])

    second = look([*fleet(3), canary(standing)], first, NOW + waited)

    assert turns(second) == {"zz-canary"}
    assert second.failed == ("team/zz-canary",)
    assert second.message == (
        "4 robots are left. No working successor yet: team/zz-canary."
        " The others wait for the canaries."
    )


def test_who_must_not_wait_goes_without_canaries() -> None:
    first = look([*fleet(3), canary(STUCK)], heed_canaries=False)

    assert turns(first) == {"r000", "r001", "r002", "zz-canary"}


def test_a_suspended_canary_holds_nobody() -> None:
    first = look([*fleet(1), canary(HELD)])

    assert turns(first) == {"r000", "zz-canary"}
    assert first.message == "2 robots are left. Suspended: team/zz-canary."


def test_who_cannot_go_on_holds_no_place_and_stays_asked() -> None:
    stuck, waiting = fleet(3, STUCK), [member(f"z{number}") for number in range(WIDTH)]

    first = look([*stuck, *waiting])

    assert turns(first) == {entry.label.removeprefix("team/") for entry in [*stuck, *waiting]}
    assert first.failed == tuple(entry.label for entry in stuck)


def test_who_hangs_makes_room_after_a_while_and_is_named() -> None:
    first = look(fleet(WIDTH + 1))

    at_work = look(fleet(WIDTH + 1), first, NOW + PATIENCE - SECOND)
    hanging = look(fleet(WIDTH + 1), first, NOW + PATIENCE)

    assert (len(at_work.admitted), at_work.failed) == (WIDTH, ())
    assert (len(hanging.admitted), len(hanging.failed)) == (WIDTH + 1, WIDTH)


def test_not_all_names_are_told() -> None:
    first = look(fleet(MAX_NAMED + 2, STUCK))

    assert first.message.endswith("team/r004 and 2 more.")


def test_another_request_begins_anew() -> None:
    first = look(fleet(1))

    second = advance("again", fleet(1), first, NOW + SECOND)

    assert second.admitted == {"uid-r000": NOW + SECOND}


def condition(type_: str, status: str) -> Mapping[str, Any]:
    return {
        "type": type_,
        "status": status,
        "reason": "Any",
        "message": "",
        "lastTransitionTime": "2026-03-01T12:00:00Z",
        "observedGeneration": 1,
    }


READY = {"conditions": [condition("Ready", "True")]}
STALLED = {"conditions": [condition("Ready", "False"), condition("Stalled", "True")]}
HAS_ONE = {"robotID": 7, "lastHandledConnectionRevokeAt": "before"}
ANSWERED = {"robotID": 7, "lastHandledConnectionRevokeAt": "all"}


@pytest.mark.parametrize(
    ("status", "labels", "suspended", "standing"),
    [
        pytest.param(HAS_ONE, {}, False, OPEN, id="not answered yet"),
        pytest.param(ANSWERED, {}, False, DONE, id="answered"),
        pytest.param({**ANSWERED, **READY}, {LABEL_CANARY: "true"}, False, DONE, id="a canary"),
        pytest.param(ANSWERED, {LABEL_CANARY: "true"}, False, OPEN, id="a canary, not Ready yet"),
        pytest.param(ANSWERED, {LABEL_CANARY: "false"}, False, DONE, id="no canary"),
        pytest.param(HAS_ONE, {}, True, HELD, id="suspended"),
        pytest.param({**HAS_ONE, **STALLED}, {}, False, STUCK, id="Stalled"),
    ],
)
def test_how_far_a_robot_is(
    status: Mapping[str, Any], labels: Mapping[str, str], standing: Standing, *, suspended: bool
) -> None:
    metadata = Metadata(name="ci", namespace="team", uid="uid", labels=labels)

    found = member_of(metadata, ROBOTS.parse_status({"status": status}), "all", suspended=suspended)

    assert found == Member("uid", "team/ci", labels == {LABEL_CANARY: "true"}, standing)


@pytest.mark.parametrize(
    ("status", "deleted"),
    [
        pytest.param({}, None, id="it has no credential yet"),
        pytest.param(HAS_ONE, NOW, id="it is being deleted"),
    ],
)
def test_who_has_nothing_to_revoke_is_no_member(
    status: Mapping[str, Any], deleted: datetime | None
) -> None:
    metadata = Metadata(name="ci", namespace="team", uid="uid", deletion_timestamp=deleted)

    found = member_of(metadata, ROBOTS.parse_status({"status": status}), "all", suspended=False)

    assert found is None
