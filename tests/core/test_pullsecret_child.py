"""The robot for projectRefs: made once its projects are there, let go when nothing holds it."""

from dataclasses import replace

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.core.plan import STALLED, is_true
from harbor_operator.core.pullsecret.actions import Action, Hold, KeepChild, RemoveChild
from harbor_operator.core.pullsecret.facts import (
    Child,
    ChildSpec,
    ChildState,
    Desired,
    Observed,
    RobotState,
)
from harbor_operator.core.pullsecret.plan import plan
from tests.support.pull_secrets import AT_REST, DESIRED, IN_LINE, LOGIN, NOW

WANTED = ChildSpec(("web", "base"), {"lifetimeDays": 30})
BY_PROJECTS = replace(DESIRED, child=WANTED)
ABSENT = Child(ChildState.ABSENT, "pull-robot")
OURS = Child(ChildState.IN_LINE, "pull-robot", "uid-r")
LEFT_OVER = replace(OURS, uid="uid-child")
CHANGED = replace(OURS, state=ChildState.BEHIND)
UNBORN = replace(
    AT_REST,
    robot=RobotState.MISSING,
    login=None,
    connected=False,
    delivered={},
    child=ABSENT,
    connections={"web": "default", "base": "default"},
)
OF_CHILD = replace(IN_LINE, robot_uid="uid-child")

STEPS = [
    pytest.param(
        BY_PROJECTS, UNBORN, (KeepChild(WANTED, ABSENT, "default"),), id="a robot is made"
    ),
    pytest.param(
        BY_PROJECTS,
        replace(UNBORN, held=False),
        (Hold(), KeepChild(WANTED, ABSENT, "default")),
        id="after the finalizer, since both go in order",
    ),
    pytest.param(BY_PROJECTS, replace(AT_REST, child=OURS), (), id="one in line stays"),
    pytest.param(
        BY_PROJECTS,
        replace(AT_REST, child=CHANGED),
        (KeepChild(WANTED, CHANGED),),
        id="one that differs is put right",
    ),
    pytest.param(
        BY_PROJECTS,
        replace(AT_REST, child=replace(CHANGED, deleting=True)),
        (),
        id="one that is being deleted is not",
    ),
    pytest.param(
        DESIRED,
        replace(AT_REST, child=LEFT_OVER),
        (RemoveChild(LEFT_OVER),),
        id="that of an earlier spec goes",
    ),
    pytest.param(
        DESIRED,
        replace(AT_REST, child=LEFT_OVER, delivered={"team": IN_LINE, "going": OF_CHILD}),
        (),
        id="but not while a Secret holds its credential",
    ),
    pytest.param(
        DESIRED,
        replace(AT_REST, child=LEFT_OVER, login=None),
        (),
        id="nor before another credential is there",
    ),
    pytest.param(DESIRED, replace(AT_REST, child=OURS), (), id="nor if the spec names itself"),
    pytest.param(
        DESIRED,
        replace(AT_REST, child=replace(LEFT_OVER, deleting=True)),
        (),
        id="it goes once",
    ),
    pytest.param(
        DESIRED,
        replace(AT_REST, child=replace(LEFT_OVER, state=ChildState.FOREIGN)),
        (),
        id="a robot that a person made under that name stays",
    ),
    pytest.param(DESIRED, replace(AT_REST, child=ABSENT), (), id="nothing is left"),
]


@pytest.mark.parametrize(("desired", "seen", "expected"), STEPS)
def test_the_next_step(desired: Desired, seen: Observed, expected: tuple[Action, ...]) -> None:
    assert plan(desired, seen, NOW).actions == expected


REFUSALS = [
    pytest.param(
        replace(UNBORN, connections={"web": "default", "base": None}),
        Reason.WAITING_FOR_PROJECT,
        False,
        id="a project is not there",
    ),
    pytest.param(
        replace(UNBORN, connections={"web": "default", "base": "other"}),
        Reason.INVALID_SPEC,
        True,
        id="its projects are in two Harbors",
    ),
    pytest.param(
        replace(UNBORN, child=replace(ABSENT, state=ChildState.FOREIGN)),
        Reason.NAME_CONFLICT,
        True,
        id="somebody else's robot has the name",
    ),
    pytest.param(
        replace(UNBORN, child=OURS, robot=RobotState.UNPROVEN, connected=True),
        Reason.WAITING_FOR_ROBOT,
        False,
        id="it has no credential yet",
    ),
]


@pytest.mark.parametrize(("seen", "reason", "stalled"), REFUSALS)
def test_why_there_is_no_robot(seen: Observed, reason: Reason, *, stalled: bool) -> None:
    refused = plan(BY_PROJECTS, seen, NOW)

    assert refused.actions == ()
    assert refused.verdicts[0].reason is reason
    assert is_true(refused.verdicts, STALLED) is stalled


@pytest.mark.parametrize(
    ("child", "expected"),
    [
        pytest.param(OURS, "pull-robot", id="a robot of ours"),
        pytest.param(replace(OURS, deleting=True), None, id="not one that goes"),
        pytest.param(None, None, id="nor one that nobody looked for"),
    ],
)
def test_what_the_status_says_of_it(child: Child | None, expected: str | None) -> None:
    report = plan(DESIRED, replace(AT_REST, child=child, login=LOGIN), NOW).report

    assert report["childRobot"] == expected
