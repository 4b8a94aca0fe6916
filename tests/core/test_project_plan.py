"""What is done about a project: creation, claims, adoption, drift."""

from dataclasses import replace
from datetime import timedelta

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.project import AdoptionPolicy
from harbor_operator.core.plan import RECONCILING, STALLED, is_true
from harbor_operator.core.project.actions import (
    Action,
    BeginCreation,
    ClaimProject,
    CreateProject,
    DropMark,
    Hold,
    RewriteMark,
    UpdateMetadata,
    UpdateQuota,
)
from harbor_operator.core.project.facts import (
    Desired,
    HarborProject,
    Observed,
    OwnerLabel,
    Recorded,
)
from harbor_operator.core.project.plan import CLAIM_PERIOD, plan
from tests.support.projects import (
    ABSENT,
    ADOPTED,
    AT_REST,
    DESIRED,
    LABEL,
    NOW,
    OLDER,
    OWN,
    PROJECT,
    QUOTA,
    RULE,
    STRANGER,
    UNMARKED,
    marked,
)

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
        replace(DESIRED, metadata={"public": "true", "auto_scan": "true"}),
        replace(BEGUN, rule=replace(RULE, allow_public=True)),
        (CreateProject("team", {"public": "true", "auto_scan": "true"}, None), ClaimProject(OWN)),
        id="what the spec states is there from the start",
    ),
    pytest.param(
        replace(DESIRED, storage_bytes=50),
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


def by_intent(project: HarborProject) -> Observed:
    return replace(OURS_BY_INTENT, project=project)


CONFLICTS = [
    pytest.param(marked(STRANGER.text()), id="the mark of another object"),
    pytest.param(marked("elsewhere/team/app/uid-1"), id="the mark of another cluster"),
    pytest.param(marked("hands off"), id="a label that is no mark"),
    pytest.param(
        replace(marked(STRANGER.text()), recorded=Recorded(intent=PROJECT.created_at)),
        id="a claim that was lost by 409 to another, though our POST had made the project",
    ),
    pytest.param(UNMARKED, id="an unmarked project without an intent"),
    pytest.param(marked("released:cluster/other/app"), id="a project that another released"),
    pytest.param(
        by_intent(replace(PROJECT, created_at=PROJECT.created_at - SECOND)),
        id="an unmarked project that is older than the intent",
    ),
    pytest.param(
        by_intent(replace(PROJECT, made_by_us=False)), id="an unmarked project of another login"
    ),
    pytest.param(
        by_intent(replace(PROJECT, repository_count=1)),
        id="an unmarked project that holds repositories",
    ),
    pytest.param(
        replace(UNMARKED, recorded=Recorded(project_id=8)),
        id="an unmarked project with another id than the recorded one",
    ),
]


@pytest.mark.parametrize("seen", CONFLICTS)
def test_a_project_that_is_not_ours_is_left_alone(seen: Observed) -> None:
    conflict = plan(replace(DESIRED, metadata={"auto_scan": "true"}), seen, NOW)

    assert conflict.actions == ()
    assert conflict.verdicts[0].reason is Reason.NAME_CONFLICT
    assert is_true(conflict.verdicts, STALLED)


def test_a_conflict_does_not_tell_who_the_owner_is() -> None:
    conflict = plan(DESIRED, marked(STRANGER.text()), NOW)

    assert STRANGER.namespace not in conflict.verdicts[0].message


CLAIMS = [
    pytest.param(
        marked(OLDER.text()),
        (RewriteMark(7, OwnerLabel(5, OLDER.text()), OWN.text()),),
        id="the mark of an earlier object of this name is renewed",
    ),
    pytest.param(
        marked(replace(OLDER, adopted=True).text()),
        (RewriteMark(7, OwnerLabel(5, OLDER.text() + "/adopted"), ADOPTED.text()),),
        id="a renewed mark stays adopted",
    ),
    pytest.param(
        marked(OWN.released()),
        (RewriteMark(7, OwnerLabel(5, OWN.released()), OWN.text()),),
        id="what an earlier object of this name released is taken again",
    ),
    pytest.param(
        replace(marked(OLDER.text()), held=False),
        (Hold(), RewriteMark(7, OwnerLabel(5, OLDER.text()), OWN.text())),
        id="the finalizer goes before a renewal",
    ),
    pytest.param(
        replace(AT_REST, label=None),
        (ClaimProject(OWN, 7),),
        id="a label that somebody removed is put back",
    ),
    pytest.param(replace(AT_REST, held=False), (Hold(),), id="the finalizer is put back by itself"),
]


@pytest.mark.parametrize(("seen", "expected"), CLAIMS)
def test_a_claim(seen: Observed, expected: tuple[Action, ...]) -> None:
    assert plan(DESIRED, seen, NOW).actions == expected


ADOPTING = replace(DESIRED, adoption=AdoptionPolicy.IF_UNCLAIMED)
MAY_ADOPT = replace(RULE, may_adopt=True)
RELEASED = OwnerLabel(5, "released:cluster/other/app")
FULL = replace(PROJECT, made_by_us=False, repository_count=4)

ADOPTIONS = [
    pytest.param(
        replace(UNMARKED, rule=MAY_ADOPT, project=FULL),
        (ClaimProject(ADOPTED, 7),),
        id="an unmarked project is adopted where policy and rule say so",
    ),
    pytest.param(
        replace(UNMARKED, rule=MAY_ADOPT, project=FULL, held=False),
        (Hold(), ClaimProject(ADOPTED, 7)),
        id="the finalizer goes before the claim",
    ),
    pytest.param(
        replace(UNMARKED, rule=MAY_ADOPT, label=RELEASED),
        (DropMark(7, RELEASED), ClaimProject(ADOPTED, 7)),
        id="a released mark goes before the claim",
    ),
    pytest.param(
        replace(
            UNMARKED,
            rule=MAY_ADOPT,
            label=RELEASED,
            project=replace(PROJECT, created_at=NOW - SECOND),
        ),
        (DropMark(7, RELEASED), ClaimProject(ADOPTED, 7)),
        id="a released project may be young",
    ),
    pytest.param(
        replace(UNMARKED, rule=MAY_ADOPT, project=replace(PROJECT, created_at=NOW - CLAIM_PERIOD)),
        (ClaimProject(ADOPTED, 7),),
        id="ten minutes are old enough",
    ),
]


@pytest.mark.parametrize(("seen", "expected"), ADOPTIONS)
def test_an_adoption(seen: Observed, expected: tuple[Action, ...]) -> None:
    assert plan(ADOPTING, seen, NOW).actions == expected


@pytest.mark.parametrize(
    ("desired", "seen"),
    [
        pytest.param(DESIRED, replace(UNMARKED, rule=MAY_ADOPT), id="the policy says Never"),
        pytest.param(ADOPTING, UNMARKED, id="the rule allows none"),
        pytest.param(
            ADOPTING,
            replace(marked(STRANGER.text()), rule=MAY_ADOPT),
            id="the project has an owner",
        ),
    ],
)
def test_no_adoption(desired: Desired, seen: Observed) -> None:
    refused = plan(desired, seen, NOW)

    assert refused.actions == ()
    assert refused.verdicts[0].reason is Reason.NAME_CONFLICT


def test_a_young_unmarked_project_is_not_adopted_yet() -> None:
    young = replace(PROJECT, created_at=NOW - CLAIM_PERIOD + SECOND, made_by_us=False)

    waits = plan(ADOPTING, replace(UNMARKED, rule=MAY_ADOPT, project=young), NOW)

    assert waits.actions == ()
    assert is_true(waits.verdicts, RECONCILING)
    assert waits.recheck_at == NOW + SECOND


REFUSALS = [
    pytest.param(
        DESIRED, replace(AT_REST, rule=None), Reason.NOT_ALLOWED_NAMESPACE, id="no rule matches"
    ),
    pytest.param(
        replace(DESIRED, name="team-a"),
        ABSENT,
        Reason.NOT_ALLOWED_NAMESPACE,
        id="the rule does not give the name",
    ),
    pytest.param(
        replace(DESIRED, metadata={"public": "true"}),
        AT_REST,
        Reason.ACCESS_NOT_ALLOWED,
        id="public where the rule allows none",
    ),
    pytest.param(
        replace(DESIRED, storage_bytes=101),
        replace(AT_REST, rule=replace(RULE, max_storage_bytes=100)),
        Reason.ACCESS_NOT_ALLOWED,
        id="a quota above the ceiling",
    ),
    pytest.param(
        replace(DESIRED, storage_bytes=-1),
        replace(AT_REST, rule=replace(RULE, max_storage_bytes=100)),
        Reason.ACCESS_NOT_ALLOWED,
        id="no quota where there is a ceiling",
    ),
]


@pytest.mark.parametrize(("desired", "seen", "reason"), REFUSALS)
def test_a_refusal(desired: Desired, seen: Observed, reason: Reason) -> None:
    refused = plan(desired, seen, NOW)

    assert refused.actions == ()
    assert refused.verdicts[0].reason is reason
    assert is_true(refused.verdicts, STALLED)


DRIFTS = [
    pytest.param(
        replace(DESIRED, metadata={"public": "false", "auto_scan": "true"}),
        AT_REST,
        (UpdateMetadata(7, {"auto_scan": "true"}),),
        id="only what differs is written",
    ),
    pytest.param(
        replace(DESIRED, metadata={"auto_scan": "false", "prevent_vul": "false"}),
        AT_REST,
        (),
        id="a key that was never set counts as off",
    ),
    pytest.param(
        replace(DESIRED, metadata={"prevent_vul": "true", "severity": "high"}),
        AT_REST,
        (UpdateMetadata(7, {"prevent_vul": "true", "severity": "high"}),),
        id="a severity that was never set differs",
    ),
    pytest.param(
        DESIRED,
        replace(AT_REST, project=replace(PROJECT, metadata={"public": "true"})),
        (),
        id="what the spec does not state is left as it is",
    ),
    pytest.param(
        replace(DESIRED, storage_bytes=50),
        replace(AT_REST, quota=QUOTA),
        (UpdateQuota(9, 50),),
        id="a quota that differs is written",
    ),
    pytest.param(
        replace(DESIRED, storage_bytes=100),
        replace(AT_REST, quota=QUOTA),
        (),
        id="a quota that is right is not",
    ),
    pytest.param(
        DESIRED, replace(AT_REST, quota=QUOTA), (), id="a quota that is not stated is not"
    ),
    pytest.param(
        replace(DESIRED, storage_bytes=50), AT_REST, (), id="a Harbor without quotas gets none"
    ),
    pytest.param(
        replace(DESIRED, metadata={"auto_scan": "true"}, storage_bytes=50),
        replace(AT_REST, quota=QUOTA, held=False),
        (Hold(), UpdateMetadata(7, {"auto_scan": "true"}), UpdateQuota(9, 50)),
        id="all that differs goes in one plan, the finalizer before it",
    ),
]


@pytest.mark.parametrize(("desired", "seen", "expected"), DRIFTS)
def test_drift(desired: Desired, seen: Observed, expected: tuple[Action, ...]) -> None:
    assert plan(desired, seen, NOW).actions == expected


def test_a_project_at_rest_is_ready_and_synced() -> None:
    at_rest = plan(DESIRED, AT_REST, NOW)

    assert [(v.type, v.status) for v in at_rest.verdicts] == [
        (ConditionType.READY, ConditionStatus.TRUE),
        (ConditionType.SYNCED, ConditionStatus.TRUE),
    ]
    assert at_rest.recheck_at is None


def test_the_report_of_a_project() -> None:
    recorded = Recorded(project_id=7, intent_token="2026-02-26T12:00:00Z")
    seen = replace(AT_REST, quota=QUOTA, recorded=recorded)

    assert plan(DESIRED, seen, NOW).report == {
        "projectID": 7,
        "projectName": "team",
        "lastHandledIntent": "2026-02-26T12:00:00Z",
        "repositoryCount": 0,
        "quota": {"hard": 100, "used": 40},
        "ownership": {"state": "Owned", "mark": OWN.text()},
    }


def test_the_report_of_an_adopted_project() -> None:
    seen = replace(AT_REST, label=replace(LABEL, mark=ADOPTED.text()))

    report = plan(DESIRED, seen, NOW).report

    assert report["ownership"]["state"] == "Adopted"
    assert report["quota"] is None
