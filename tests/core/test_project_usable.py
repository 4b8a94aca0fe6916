"""Whether robots may be made in a project, by what its object last said."""

from collections.abc import Mapping
from typing import Any

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.project import PROJECTS
from harbor_operator.core.project.usable import is_usable
from tests.support.engine_world import READY_STATUS, condition, custom_resource

OURS: Mapping[str, Any] = {"projectID": 7, "ownership": {"state": "Owned"}}
READY, SYNCED, NO = ConditionType.READY, ConditionType.SYNCED, ConditionStatus.FALSE
MEMBER, NAME = Reason.MEMBER_NOT_FOUND, Reason.NAME_CONFLICT


def said(*conditions: dict[str, Any], **fields: object) -> dict[str, Any]:
    return {"observedGeneration": 1, "conditions": list(conditions), **fields}


@pytest.mark.parametrize(
    ("status", "usable"),
    [
        pytest.param({}, False, id="nothing said yet"),
        pytest.param(READY_STATUS, True, id="Ready"),
        pytest.param(
            said(condition(READY, NO, MEMBER), condition(SYNCED, NO, MEMBER), **OURS),
            True,
            id="ours but for a setting",
        ),
        pytest.param(
            said(
                condition(READY, NO, MEMBER),
                condition(SYNCED, NO, MEMBER),
                **{**OURS, "ownership": {"state": "Adopted"}},
            ),
            True,
            id="adopted but for a setting",
        ),
        pytest.param(
            said(
                condition(READY, NO, MEMBER),
                condition(SYNCED, NO, MEMBER),
                **{**OURS, "ownership": {"state": "Foreign"}},
            ),
            False,
            id="somebody else's",
        ),
        pytest.param(
            said(condition(READY, NO, MEMBER), condition(SYNCED, NO, MEMBER)),
            False,
            id="not there yet",
        ),
        pytest.param(
            said(condition(READY, NO, MEMBER), condition(SYNCED, NO, MEMBER), projectID=7),
            False,
            id="nobody's yet",
        ),
        pytest.param(
            said(
                condition(READY, NO, MEMBER),
                condition(SYNCED, NO, MEMBER),
                ownership={"state": "Owned"},
            ),
            False,
            id="ours, but without a project",
        ),
        pytest.param(
            said(condition(READY, NO, NAME), condition(SYNCED, NO, MEMBER), **OURS),
            False,
            id="a setting was in trouble, now it is more",
        ),
        pytest.param(
            said(
                condition(READY, NO, Reason.IN_USE), condition(SYNCED, ConditionStatus.TRUE), **OURS
            ),
            False,
            id="in line, and leaving",
        ),
        pytest.param(said(condition(READY, NO, MEMBER), **OURS), False, id="never in line"),
    ],
)
def test_whether_a_project_is_usable(status: dict[str, Any], *, usable: bool) -> None:
    project = PROJECTS.parse(custom_resource(PROJECTS, status=status))

    assert is_usable(project.status, project.metadata.generation) is usable


def test_a_ready_project_of_an_older_spec_is_not_usable() -> None:
    project = PROJECTS.parse(custom_resource(PROJECTS, status=READY_STATUS, generation=2))

    assert not is_usable(project.status, project.metadata.generation)
