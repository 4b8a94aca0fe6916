"""What would become of a robot's account by its spec."""

from dataclasses import replace

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.api.rotation import RotationStrategy
from harbor_operator.core.robot.facts import Desired, Observed, Recorded
from harbor_operator.core.robot.preview import preview
from harbor_operator.core.steps import Verb
from tests.support.robots import (
    AT_REST,
    DESIRED,
    NAME,
    NOW,
    OWN,
    PULL_PUSH,
    STRANGER,
    UNMADE,
    robot,
)

CAN_UPDATE = replace(AT_REST, can_update=True)
PULLS, PUSHES = "repository: pull", "repository: pull, push"
TO_TEAM = "access to team"


def changes(desired: Desired, observed: Observed) -> list[tuple[str, str | None, str | None]]:
    """The fields of the one step, from and to."""
    (step,) = preview(desired, observed, NAME, NOW).steps
    return [(change.field, change.before, change.after) for change in step.changes]


def test_one_that_is_not_there_would_be_created() -> None:
    (step,) = preview(DESIRED, UNMADE, NAME, NOW).steps

    assert (step.verb, step.target) == (Verb.CREATE, "ci-0a1b2-1")
    assert changes(DESIRED, UNMADE) == [(TO_TEAM, None, PULLS), ("lifetimeDays", None, "90")]


def test_an_account_of_somebody_else_is_none_of_ours() -> None:
    theirs = replace(robot(), description=STRANGER.text())

    (step,) = preview(DESIRED, replace(UNMADE, robots=(theirs,)), NAME, NOW).steps

    assert (step.verb, step.target) == (Verb.CREATE, "ci-0a1b2-2")


def test_one_that_is_as_the_spec_says_stays() -> None:
    assert preview(DESIRED, AT_REST, NAME, NOW).steps == ()


def test_other_permissions_are_written_where_the_login_may() -> None:
    assert changes(replace(DESIRED, grants=PULL_PUSH), CAN_UPDATE) == [(TO_TEAM, PULLS, PUSHES)]


def test_other_permissions_need_another_account_where_the_login_may_not() -> None:
    assert changes(replace(DESIRED, grants=PULL_PUSH), AT_REST) == [
        ("replaced by", robot().name, "another account"),
        (TO_TEAM, PULLS, PUSHES),
    ]


def test_another_project_needs_another_account() -> None:
    moved = replace(
        CAN_UPDATE, robots=(replace(robot(), grants=frozenset({("old", "tag", "list")})),)
    )

    assert changes(DESIRED, moved) == [
        ("replaced by", robot().name, "another account"),
        (TO_TEAM, None, PULLS),
        ("access to old", "tag: list", None),
    ]


def test_another_lifetime_needs_another_account() -> None:
    assert changes(replace(DESIRED, lifetime_days=30), CAN_UPDATE) == [
        ("replaced by", robot().name, "another account"),
        ("lifetimeDays", "90", "30"),
    ]


def test_a_switch_is_told() -> None:
    assert changes(replace(DESIRED, disabled=True), CAN_UPDATE) == [("disabled", "false", "true")]


def test_the_account_of_the_status_is_compared_and_otherwise_the_newest() -> None:
    two = (robot(1), replace(robot(2), grants=PULL_PUSH))
    known = replace(CAN_UPDATE, robots=two)
    unknown = replace(known, recorded=Recorded())

    assert preview(DESIRED, known, NAME, NOW).steps == ()
    assert changes(DESIRED, unknown) == [(TO_TEAM, PUSHES, PULLS)]


@pytest.mark.parametrize(
    ("desired", "observed", "reason"),
    [
        pytest.param(
            DESIRED, replace(UNMADE, rule=None), Reason.NOT_ALLOWED_NAMESPACE, id="without a rule"
        ),
        pytest.param(
            replace(DESIRED, strategy=RotationStrategy.REFRESH),
            UNMADE,
            Reason.PERMISSION_DENIED,
            id="a strategy that needs a user",
        ),
    ],
)
def test_what_is_refused_is_told_and_nothing_else(
    desired: Desired, observed: Observed, reason: Reason
) -> None:
    found = preview(desired, observed, NAME, NOW)

    assert found.steps == ()
    assert {verdict.reason for verdict in found.refusal} == {reason}


def test_the_mark_alone_decides_whose_it_is() -> None:
    renewed = replace(robot(), description=replace(OWN, uid="uid-2").text())

    (step,) = preview(DESIRED, replace(AT_REST, robots=(renewed,)), NAME, NOW).steps

    assert step.verb is Verb.CREATE
