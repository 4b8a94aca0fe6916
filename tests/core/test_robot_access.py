"""What a robot's spec asks for, and how far its namespace may use the projects that it names."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from harbor_operator.api.project import PROJECTS, ProjectSpec, ProjectStatus
from harbor_operator.api.resources import Resource
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.grants import Level
from harbor_operator.core.namespaces import Namespace
from harbor_operator.core.robot.rights import ProjectState
from harbor_operator.core.specs import desired_robot, named_project
from harbor_operator.core.tenancy import DEFAULT_RULE, AccessLevel, TenantRule

Fields = dict[str, Any]

MADE = {"metadata": {"name": "web", "namespace": "team", "generation": 1}}
TEAM = Namespace("team")
GUESTS = Namespace("guests")
SHARED_WITH_GUESTS = [{"namespaces": {"names": ["guests"]}, "access": "Pull"}]
NOBODY_S = replace(DEFAULT_RULE, projects=("nothing",))


def harbor_project(**fields: Any) -> Resource[ProjectSpec, ProjectStatus]:  # noqa: ANN401 -- JSON
    spec = {"projectName": "team", **fields.pop("spec", {})}
    return PROJECTS.parse({**MADE, "spec": spec, "status": fields})


def ready(status: str, reason: str) -> Fields:
    return {
        "type": "Ready",
        "status": status,
        "reason": reason,
        "lastTransitionTime": "2026-03-01T12:00:00Z",
        "observedGeneration": 1,
    }


READY = {"conditions": [ready("True", "Succeeded")]}
LOST = {"conditions": [ready("False", "NameConflict")]}


@pytest.mark.parametrize(
    ("project", "asking", "owner_rule", "allowed"),
    [
        pytest.param(
            harbor_project(**READY), TEAM, DEFAULT_RULE, AccessLevel.PULL_PUSH, id="an own project"
        ),
        pytest.param(
            harbor_project(**READY), TEAM, NOBODY_S, None, id="one that the rule does not give"
        ),
        pytest.param(
            harbor_project(**LOST), TEAM, DEFAULT_RULE, None, id="one that is somebody else's"
        ),
        pytest.param(harbor_project(**READY), GUESTS, DEFAULT_RULE, None, id="one not shared"),
        pytest.param(
            harbor_project(spec={"sharedWith": SHARED_WITH_GUESTS}, **READY),
            GUESTS,
            DEFAULT_RULE,
            AccessLevel.PULL,
            id="one that is shared",
        ),
        pytest.param(
            harbor_project(spec={"sharedWith": SHARED_WITH_GUESTS}, **READY),
            GUESTS,
            NOBODY_S,
            None,
            id="one that is shared by whom it is not given to",
        ),
        pytest.param(None, GUESTS, None, None, id="one that is not there"),
    ],
)
def test_how_far_a_named_project_may_be_used(
    project: Resource[ProjectSpec, ProjectStatus] | None,
    asking: Namespace,
    owner_rule: TenantRule | None,
    allowed: AccessLevel | None,
) -> None:
    seen = named_project(
        ("team", "web"), project, asking=asking, rule=DEFAULT_RULE, owner_rule=owner_rule
    )

    assert seen.allowed is allowed


@pytest.mark.parametrize(
    ("project", "state"),
    [
        pytest.param(harbor_project(**READY), ProjectState.READY, id="Ready"),
        pytest.param(harbor_project(), ProjectState.NOT_READY, id="new"),
        pytest.param(None, ProjectState.MISSING, id="not there"),
    ],
)
def test_the_state_of_a_named_project(
    project: Resource[ProjectSpec, ProjectStatus] | None, state: ProjectState
) -> None:
    seen = named_project(
        ("team", "web"), project, asking=TEAM, rule=DEFAULT_RULE, owner_rule=DEFAULT_RULE
    )

    assert seen.state is state


@pytest.mark.parametrize("distribute", [True, False], ids=["on", "not on"])
def test_a_shared_project_says_whether_its_credentials_go_on(*, distribute: bool) -> None:
    shares = [{**SHARED_WITH_GUESTS[0], "distribute": distribute}]
    project = harbor_project(spec={"sharedWith": shares}, **READY)

    seen = named_project(
        ("team", "web"), project, asking=GUESTS, rule=DEFAULT_RULE, owner_rule=DEFAULT_RULE
    )

    assert seen.distribute is distribute


def test_grants_stand_at_the_places_of_harbor() -> None:
    spec = {
        "access": [
            {"projectRef": {"name": "app"}, "preset": "Push"},
            {"projectRef": {"name": "web", "namespace": "shop"}, "preset": "Pull"},
            {"projectRef": {"name": "unknown"}, "preset": "Pull"},
            {"allProjects": True, "permissions": [{"resource": "tag", "actions": ["list"]}]},
        ],
        "system": [{"resource": "catalog", "actions": ["read"]}],
    }
    names = {("team", "app"): "team.app", ("shop", "web"): "shop"}

    desired = desired_robot(
        ROBOTS.parse({**MADE, "spec": spec}), None, timedelta(minutes=30), names
    )

    assert desired.level is Level.SYSTEM
    assert desired.grants == {
        ("team.app", "repository", "pull"),
        ("team.app", "repository", "push"),
        ("shop", "repository", "pull"),
        ("*", "tag", "list"),
        ("/", "catalog", "read"),
    }
