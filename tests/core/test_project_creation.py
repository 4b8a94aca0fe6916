"""How a project comes to be: the intent, the request, the claim."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from harbor_operator.api.project import ProjectStatus
from harbor_operator.core.project.actions import (
    Action,
    BeginCreation,
    ClaimProject,
    CreateProject,
)
from harbor_operator.core.project.facts import Desired, Observed, Recorded
from harbor_operator.core.project.plan import plan
from harbor_operator.core.project.settings import wanted_settings
from tests.support.project_settings import spec_of
from tests.support.projects import ABSENT, DESIRED, NOW, OWN, PROJECT, RULE, UNMARKED, wanting

SECOND = timedelta(seconds=1)
CREATION = (
    CreateProject("team", {"public": "false"}, None),
    ClaimProject(OWN),
)
BEGUN = replace(ABSENT, held=True, recorded=Recorded(intent=NOW - SECOND))
OURS_BY_INTENT = replace(UNMARKED, recorded=Recorded(intent=PROJECT.created_at))

CREATIONS = [
    pytest.param(
        DESIRED,
        ABSENT,
        (BeginCreation(NOW), *CREATION),
        id="a new project: note the intent, make it, claim it",
    ),
    pytest.param(
        DESIRED, BEGUN, CREATION, id="a crash before the POST: the intent stands, make it now"
    ),
    pytest.param(
        DESIRED,
        replace(BEGUN, held=False),
        (BeginCreation(NOW), *CREATION),
        id="an intent without the finalizer is noted again",
    ),
    pytest.param(
        DESIRED,
        OURS_BY_INTENT,
        (ClaimProject(OWN, 7),),
        id="a crash between POST and label: the unmarked project of our intent is claimed",
    ),
    pytest.param(
        wanting(visibility="Public", scanning_onPush="true"),
        replace(BEGUN, rule=replace(RULE, allow_public=True)),
        (CreateProject("team", {"public": "true", "auto_scan": "true"}, None), ClaimProject(OWN)),
        id="what the spec states is there from the start",
    ),
    pytest.param(
        replace(DESIRED, settings={"storageQuota": 50}),
        replace(BEGUN, rule=replace(RULE, max_storage_bytes=100)),
        (CreateProject("team", {"public": "false"}, 50), ClaimProject(OWN)),
        id="the stated quota is there from the start",
    ),
    pytest.param(
        DESIRED,
        replace(BEGUN, rule=replace(RULE, max_storage_bytes=100)),
        (CreateProject("team", {"public": "false"}, 100), ClaimProject(OWN)),
        id="without a stated quota the ceiling is the quota",
    ),
    pytest.param(
        DESIRED,
        replace(ABSENT, held=True, recorded=Recorded(project_id=7)),
        (BeginCreation(NOW), *CREATION),
        id="a project that somebody deleted in Harbor is made again",
    ),
]


@pytest.mark.parametrize(("desired", "seen", "expected"), CREATIONS)
def test_creation(desired: Desired, seen: Observed, expected: tuple[Action, ...]) -> None:
    assert plan(desired, seen, NOW).actions == expected


BIRTHS = [
    pytest.param(
        {"proxyCache": {"registry": "hub", "bandwidthKBps": 9}},
        CreateProject("team", {"public": "false", "proxy_speed_kb": "9"}, 100, "hub"),
        id="policies 71: the upstream of a proxy cache is given in the request",
    ),
    pytest.param(
        {
            "pullRestrictions": {"allowedCVEs": {"ids": ["CVE-2024-1"]}, "blockSeverity": "Low"},
            "storageQuota": 50,
        },
        CreateProject("team", {"public": "false", "prevent_vul": "true", "severity": "low"}, 50),
        id="projects 1-2: the allowlist is not, since Harbor ignores it there",
    ),
    pytest.param(
        {"retention": {"rules": []}, "labels": [], "membersPolicy": "Exact"},
        CreateProject("team", {"public": "false"}, 100),
        id="nor what has an address of its own",
    ),
]


@pytest.mark.parametrize(("fields", "create"), BIRTHS)
def test_what_goes_into_the_request(fields: dict[str, Any], create: CreateProject) -> None:
    rule = replace(RULE, proxy_cache_registries=("hub",), max_storage_bytes=100)
    settings = wanted_settings(spec_of(fields), ProjectStatus())

    actions = plan(Desired("team", settings), replace(BEGUN, rule=rule), NOW).actions

    assert actions[0] == create
