"""How robots are named, numbered and told apart."""

from dataclasses import replace
from datetime import timedelta

import pytest

from harbor_operator.core.robot.facts import (
    Observed,
    Recorded,
    RobotName,
    Target,
    TargetState,
)
from harbor_operator.core.robot.ledger import LAST_NUMBER, Attempt, Ledger
from tests.support.robots import (
    AT_REST,
    NAME,
    NOW,
    OWN,
    STRANGER,
    UNMADE,
    credential,
    full_name,
    noted,
    robot,
)


@pytest.mark.parametrize(
    ("username", "expected"),
    [
        pytest.param("robot$team+ci-0a1b2-1", 1, id="Harbor's default prefix"),
        pytest.param("bot_team+ci-0a1b2-12", 12, id="another prefix"),
        pytest.param("team+ci-0a1b2-3", 3, id="no prefix"),
        pytest.param("robot$team+ci-0a1b2-999999999", LAST_NUMBER, id="the last number"),
        pytest.param("robot$team+ci-0a1b2-1000000000", None, id="one digit too many"),
        pytest.param("robot$team+ci-0a1b2-0", None, id="zero"),
        pytest.param("robot$team+ci-0a1b2-01", None, id="a leading zero"),
        pytest.param("robot$team+ci-0a1b2", None, id="no number"),
        pytest.param("robot$team+ci-0a1b2-1-2", None, id="a longer base"),
        pytest.param("robot$team+ci-0a1b2-1x", None, id="letters after the number"),
        pytest.param("robot$team+ci-1", None, id="a shorter base"),
        pytest.param("robot$team+1", None, id="no base"),
        pytest.param("robot$team+-1", None, id="a suffix without its base"),
        pytest.param("robot$other+ci-0a1b2-1", 1, id="another project"),
        pytest.param("robot$ci-0a1b2-1", 1, id="one of the system"),
        pytest.param("ci-0a1b2-4", 4, id="one of the system without a prefix"),
        pytest.param("robot$ci-0a1b2-1-2", None, id="one of the system with a longer base"),
        pytest.param("robot$team+x-ci-0a1b2-1", None, id="a base that ends as this one"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_number_in_a_user_name(username: str, expected: int | None) -> None:
    assert NAME.number(username) == expected


def test_a_local_name_reads_back_as_its_number() -> None:
    name = RobotName("team.x", "a.b_c-d")

    assert name.number(f"robot$team.x+{name.local(7)}") == 7


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        pytest.param(OWN.text(), True, id="the whole mark"),
        pytest.param(STRANGER.text(), False, id="another's mark"),
        pytest.param(replace(OWN, uid="uid-0").text(), False, id="an earlier object's mark"),
        pytest.param(OWN.text() + " \n", True, id="the mark and blanks"),
        pytest.param(OWN.text() + "-", False, id="the mark and more"),
        pytest.param("", False, id="no description"),
    ],
)
def test_whose_a_robot_is(description: str, *, expected: bool) -> None:
    assert replace(robot(), description=description).marked_by(OWN) is expected


@pytest.mark.parametrize(
    ("expires_in", "expected"),
    [
        pytest.param(timedelta(seconds=1), False, id="a second before"),
        pytest.param(timedelta(0), True, id="at the instant"),
        pytest.param(timedelta(days=-1), True, id="a day after"),
    ],
)
def test_expiry(expires_in: timedelta, *, expected: bool) -> None:
    assert replace(robot(), expires_at=NOW + expires_in).expired(NOW) is expected


def test_a_robot_without_an_expiry_never_expires() -> None:
    assert not replace(robot(), expires_at=None).expired(NOW)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(UNMADE, 1, id="the first is 1"),
        pytest.param(AT_REST, 2, id="the next follows the live one"),
        pytest.param(replace(UNMADE, ledger=Ledger(pending=credential(3))), 4, id="pending"),
        pytest.param(replace(UNMADE, ledger=Ledger(attempt=Attempt(5))), 6, id="the attempt"),
        pytest.param(
            replace(UNMADE, ledger=Ledger(attempt=Attempt(5, lost=(9,)))), 10, id="a lost number"
        ),
        pytest.param(
            replace(UNMADE, target=Target(TargetState.BEHIND, full_name(7))),
            8,
            id="the user's Secret",
        ),
        pytest.param(replace(UNMADE, followers=(full_name(8), None)), 9, id="a pull secret"),
        pytest.param(replace(UNMADE, robots=(robot(4),)), 5, id="a robot in Harbor"),
        pytest.param(
            replace(UNMADE, robots=(replace(robot(4), description="mine"),)),
            5,
            id="a robot of somebody else",
        ),
        pytest.param(replace(UNMADE, recorded=noted(NOW, 6)), 7, id="the note of a previous one"),
        pytest.param(replace(UNMADE, recorded=Recorded(numbers=(3,))), 4, id="the status"),
        pytest.param(
            replace(UNMADE, followers=("robot$team+other-9", "admin")), 1, id="other names say none"
        ),
        pytest.param(
            replace(AT_REST, followers=(full_name(LAST_NUMBER),)),
            2,
            id="after the last number comes the first that nothing holds",
        ),
    ],
)
def test_the_next_number(seen: Observed, expected: int) -> None:
    assert seen.next_number(NAME) == expected
