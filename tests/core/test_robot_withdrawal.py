"""What becomes of robots whose right is withdrawn, and which specs are refused."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.core.grants import ALL_PROJECTS, SYSTEM, Level, placed
from harbor_operator.core.robot.actions import DeleteRobot, NoteWithdrawal, UpdateRobot
from harbor_operator.core.robot.facts import Desired, Observed
from harbor_operator.core.robot.plan import plan
from harbor_operator.core.robot.protocol import needs_replacement
from harbor_operator.core.robot.rights import NamedProject, ProjectState
from harbor_operator.core.robot.withdrawal import LONGEST_WITHDRAWAL
from harbor_operator.core.tenancy import AccessLevel
from tests.support.robots import (
    AT_REST,
    DESIRED,
    NOW,
    OVERLAP,
    OWN,
    PULL,
    PULL_PUSH,
    RULE,
    TEAM_PROJECT,
    UNMADE,
    robot,
)

LATE = NOW - OVERLAP
SHARED = NamedProject("shop/web", ProjectState.READY, "team", AccessLevel.PULL, shared=True)
UNSHARED = replace(SHARED, allowed=None)
WITHDRAWN = replace(AT_REST, projects=(UNSHARED,))


def since(moment: datetime, seen: Observed = WITHDRAWN) -> Observed:
    """The same, noticed at a moment."""
    return replace(seen, recorded=replace(seen.recorded, withdrawn_at=moment))


def test_a_withdrawn_right_is_noted_before_anything_else() -> None:
    assert plan(DESIRED, WITHDRAWN, NOW).actions == (NoteWithdrawal(NOW),)


def test_within_the_overlap_it_stands_still_and_says_when_the_robot_goes() -> None:
    noticed = NOW - timedelta(minutes=10)

    decided = plan(DESIRED, since(noticed), NOW)

    assert decided.actions == ()
    assert decided.recheck_at == noticed + OVERLAP
    assert decided.report == {"withdrawnAt": "2026-03-01T11:50:00Z"}
    assert {verdict.reason for verdict in decided.verdicts} == {Reason.NOT_ALLOWED_NAMESPACE}
    assert "2026-03-01 12:50:00 UTC" in decided.verdicts[0].message


def test_after_the_overlap_the_robot_is_deleted() -> None:
    assert plan(DESIRED, since(LATE), NOW).actions == (DeleteRobot(robot(1)),)


def test_a_time_that_has_not_come_yet_is_noted_anew() -> None:
    seen = since(NOW + timedelta(hours=1))

    assert plan(DESIRED, seen, NOW).actions == (NoteWithdrawal(NOW),)


def test_a_right_that_comes_back_ends_the_withdrawal() -> None:
    decided = plan(DESIRED, since(NOW, AT_REST), NOW)

    assert decided.actions == ()
    assert decided.report["withdrawnAt"] is None
    assert decided.verdicts[0].status is ConditionStatus.TRUE


def test_once_the_robot_is_gone_its_credential_is_called_invalid() -> None:
    decided = plan(DESIRED, since(LATE, replace(WITHDRAWN, robots=())), NOW)

    validity = [v for v in decided.verdicts if v.type is ConditionType.CREDENTIAL_VALID]
    assert [verdict.status for verdict in validity] == [ConditionStatus.FALSE]
    assert decided.report == {"withdrawnAt": None}


def test_a_tenant_cannot_put_the_end_off_by_a_long_overlap() -> None:
    schedule = replace(DESIRED.schedule, overlap=timedelta(days=30))
    seen = since(NOW - LONGEST_WITHDRAWAL)

    decided = plan(replace(DESIRED, schedule=schedule), seen, NOW)

    assert decided.actions == (DeleteRobot(robot(1)),)


@pytest.mark.parametrize(
    "desired",
    [
        pytest.param(replace(DESIRED, grants=PULL_PUSH), id="more access than is allowed"),
        pytest.param(replace(DESIRED, lifetime_days=-1), id="an endless life"),
        pytest.param(
            replace(DESIRED, grants=placed("team", {("tag", "lst")})), id="an unknown permission"
        ),
    ],
)
def test_a_spec_that_asks_for_too_much_ends_no_robot_that_does_not(desired: Desired) -> None:
    allowed = replace(TEAM_PROJECT, allowed=AccessLevel.PULL)

    decided = plan(desired, since(LATE, replace(AT_REST, projects=(allowed,))), NOW)

    assert decided.actions == ()
    assert decided.report == {"withdrawnAt": None}


def test_a_spec_that_moves_on_does_not_keep_what_was_withdrawn() -> None:
    """Naming a project that is not there hides no robot in one that is not given any more."""
    elsewhere = NamedProject("other", ProjectState.MISSING)
    rule = replace(RULE, projects=("other",))
    seen = replace(AT_REST, rule=rule, name=None, projects=(elsewhere,))
    seen = replace(seen, project=ProjectState.MISSING)

    assert plan(DESIRED, since(LATE, seen), NOW).actions == (DeleteRobot(robot(1)),)


@pytest.mark.parametrize(
    ("desired", "projects", "reason", "word"),
    [
        pytest.param(
            DESIRED,
            (replace(SHARED, state=ProjectState.MISSING, allowed=None, name=None),),
            Reason.NOT_ALLOWED_NAMESPACE,
            "shop/web",
            id="another namespace's project that is not there is told like one not shared",
        ),
        pytest.param(
            DESIRED,
            (UNSHARED,),
            Reason.NOT_ALLOWED_NAMESPACE,
            "sharedWith",
            id="a project that is not shared",
        ),
        pytest.param(
            replace(DESIRED, grants=PULL_PUSH),
            (SHARED,),
            Reason.ACCESS_NOT_ALLOWED,
            "project team",
            id="more than is shared",
        ),
        pytest.param(
            replace(DESIRED, grants=placed(ALL_PROJECTS, {("repository", "pull")})),
            (),
            Reason.ACCESS_NOT_ALLOWED,
            "allProjects",
            id="all projects without System",
        ),
        pytest.param(
            replace(DESIRED, grants=placed(SYSTEM, {("catalog", "read")})),
            (),
            Reason.ACCESS_NOT_ALLOWED,
            "spec.system",
            id="the system without System",
        ),
        pytest.param(
            replace(DESIRED, stated_base="ci"),
            (SHARED,),
            Reason.INVALID_SPEC,
            "team-",
            id="a stated name that others might want in their project",
        ),
    ],
)
def test_a_refusal(
    desired: Desired, projects: tuple[NamedProject, ...], reason: Reason, word: str
) -> None:
    decided = plan(desired, replace(UNMADE, projects=projects), NOW)

    assert decided.actions == ()
    assert {verdict.reason for verdict in decided.verdicts} == {reason}
    assert word in decided.verdicts[0].message


def test_a_stated_name_that_begins_with_the_namespace_is_taken_in_a_shared_project() -> None:
    desired = replace(DESIRED, stated_base="team-ci")

    assert plan(desired, replace(UNMADE, projects=(SHARED,)), NOW).actions != ()


@pytest.mark.parametrize(
    ("desired", "can_update", "expected"),
    [
        pytest.param(DESIRED, False, False, id="nothing changed"),
        pytest.param(
            replace(DESIRED, grants=PULL_PUSH), True, False, id="more where it may update"
        ),
        pytest.param(replace(DESIRED, grants=PULL_PUSH), False, True, id="more where it may not"),
        pytest.param(replace(DESIRED, level=Level.SYSTEM), True, True, id="another level"),
        pytest.param(
            replace(DESIRED, grants=placed("shop", {("repository", "pull")})),
            True,
            True,
            id="another project",
        ),
        pytest.param(replace(DESIRED, lifetime_days=30), True, True, id="another lifetime"),
    ],
)
def test_what_needs_another_robot(desired: Desired, *, can_update: bool, expected: bool) -> None:
    assert needs_replacement(desired, robot(), can_update=can_update) is expected


def test_a_robot_of_the_system_gets_another_project_by_an_update() -> None:
    seen = replace(robot(), level=Level.SYSTEM)
    grants = PULL | placed("shop", {("repository", "pull")})
    desired = replace(DESIRED, level=Level.SYSTEM, grants=grants)

    assert not needs_replacement(desired, seen, can_update=True)


def test_blanks_around_the_mark_are_taken_away_where_it_may_update() -> None:
    edited = replace(robot(), description=f"{OWN.text()} ")
    seen = replace(AT_REST, robots=(edited,))

    allowed = plan(DESIRED, replace(seen, can_update=True), NOW)
    refused = plan(DESIRED, seen, NOW)

    assert allowed.actions == (UpdateRobot(edited, PULL, OWN.text()),)
    assert refused.actions == ()
