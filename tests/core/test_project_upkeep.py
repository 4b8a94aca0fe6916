"""How a project that is there is kept as its spec says, and what its status tells."""

from dataclasses import replace

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.project import ProjectStatus
from harbor_operator.api.values import format_time
from harbor_operator.core.plan import READY, RECONCILING, STALLED, Verdict, blocked
from harbor_operator.core.project.actions import Action, ChangeSetting, Hold
from harbor_operator.core.project.blocks.members import Wanted
from harbor_operator.core.project.blocks.metadata import METADATA, MetadataSeen, UpdateMetadata
from harbor_operator.core.project.blocks.quota import UpdateQuota
from harbor_operator.core.project.facts import Desired, Observed, Recorded
from harbor_operator.core.project.plan import MAX_TROUBLES, plan
from harbor_operator.core.project.settings import compare, wanted_settings
from harbor_operator.core.project.settings import reports as reports_of
from harbor_operator.core.steps import Attempts, Change, Step, Trouble, Verb
from tests.support.project_settings import Fields, spec_of, wanted
from tests.support.projects import (
    ADOPTED,
    AT_REST,
    DESIRED,
    LABEL,
    NOW,
    OWN,
    QUOTA,
    RULE,
    showing,
    wanting,
)

SCANNING = wanting(scanning_onPush="true")
BOTH = replace(SCANNING, settings={**SCANNING.settings, "storageQuota": 50})
SCAN = Step(
    "metadata",
    Verb.UPDATE,
    "",
    (Change("scanning", "onPush", "false", "true"),),
    UpdateMetadata({"auto_scan": "true"}),
)
LIMIT = Step(
    "storageQuota",
    Verb.UPDATE,
    "",
    (Change("storageQuota", "", "100", "50"),),
    UpdateQuota(9, 50),
)
SEEN = showing(replace(AT_REST, settings={"storageQuota": QUOTA}))

UPKEEP = [
    pytest.param(SCANNING, SEEN, (ChangeSetting(7, SCAN),), id="what differs is written"),
    pytest.param(
        BOTH,
        SEEN,
        (ChangeSetting(7, SCAN), ChangeSetting(7, LIMIT)),
        id="all that differs goes in one plan",
    ),
    pytest.param(
        BOTH,
        replace(SEEN, held=False),
        (Hold(), ChangeSetting(7, SCAN), ChangeSetting(7, LIMIT)),
        id="the finalizer before it",
    ),
    pytest.param(SCANNING, showing(SEEN, auto_scan="true"), (), id="without a difference nothing"),
    pytest.param(
        DESIRED,
        showing(SEEN, public="true"),
        (),
        id="what the spec does not state is left as it is",
    ),
    pytest.param(
        BOTH,
        replace(SEEN, attempts=Attempts(written=(SCAN,))),
        (ChangeSetting(7, LIMIT),),
        id="what Harbor accepted and did not keep is not sent again",
    ),
    pytest.param(
        BOTH,
        replace(SEEN, attempts=Attempts((SCAN,), {SCAN.key: Trouble(Reason.INVALID_SPEC, "no")})),
        (ChangeSetting(7, LIMIT),),
        id="nor what it refused",
    ),
    pytest.param(
        BOTH,
        replace(SEEN, settings={**SEEN.settings, "metadata": Trouble(Reason.INVALID_SPEC, "no")}),
        (ChangeSetting(7, LIMIT),),
        id="a block that cannot be read stops no other",
    ),
]


@pytest.mark.parametrize(("desired", "seen", "expected"), UPKEEP)
def test_upkeep(desired: Desired, seen: Observed, expected: tuple[Action, ...]) -> None:
    assert plan(desired, seen, NOW).actions == expected


def test_a_step_that_became_another_one_is_tried() -> None:
    other = replace(SCAN, write=UpdateMetadata({"auto_scan": "false"}))
    seen = replace(SEEN, attempts=Attempts(written=(other,)))

    assert compare(SCANNING, seen).steps == (SCAN,)


def test_a_project_at_rest_is_ready_and_synced() -> None:
    at_rest = plan(DESIRED, AT_REST, NOW)

    message = "Project team is as the spec says."
    assert at_rest.verdicts == tuple(
        Verdict(type_, ConditionStatus.TRUE, Reason.SUCCEEDED, message)
        for type_ in (ConditionType.READY, ConditionType.SYNCED)
    )
    assert at_rest.actions == ()
    assert at_rest.recheck_at is None


NOT_KEPT = (
    "Harbor accepts the change and does not keep it: check that this Harbor supports the setting."
)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param({"scanning": {"onPush": True}}, f"scanning: {NOT_KEPT}", id="one block"),
        pytest.param(
            {"visibility": "Public", "scanning": {"onPush": True}},
            f"visibility, scanning: {NOT_KEPT}",
            id="several blocks",
        ),
        pytest.param(
            {"labels": [{"name": "stable"}]}, f"labels stable: {NOT_KEPT}", id="an entry of a block"
        ),
    ],
)
def test_what_harbor_does_not_keep_is_told(fields: Fields, message: str) -> None:
    desired = replace(DESIRED, settings=wanted_settings(spec_of(fields), ProjectStatus()))
    seen = replace(SEEN, rule=replace(RULE, allow_public=True))
    seen = replace(seen, settings={**seen.settings, "labels": ()})
    written = compare(desired, seen).steps

    told = plan(desired, replace(seen, attempts=Attempts(written)), NOW)

    assert told.actions == ()
    assert told.verdicts[:-1] == blocked(Reason.INVALID_SPEC, message)


def troubled(*troubles: Trouble) -> Observed:
    """A project of which the blocks are in trouble."""
    names = ("allowedCVEs", "scanner", "members", "immutableTags", "retention", "labels")
    return replace(AT_REST, settings=dict(zip(names, troubles, strict=False)))


def wanting_blocks(seen: Observed) -> Desired:
    return replace(DESIRED, settings=dict.fromkeys(seen.settings, "anything"))


NO = Trouble(Reason.INVALID_SPEC, "No.")
SOON = Trouble(Reason.WAITING_FOR_REGISTRY, "Soon.", passing=True)

TROUBLES = [
    pytest.param((NO,), STALLED, Reason.INVALID_SPEC, "No.", id="a person has to change something"),
    pytest.param((SOON,), RECONCILING, Reason.WAITING_FOR_REGISTRY, "Soon.", id="it may pass"),
    pytest.param(
        (SOON, NO), STALLED, Reason.WAITING_FOR_REGISTRY, "Soon. No.", id="not all of it may"
    ),
    pytest.param(
        (NO,) * MAX_TROUBLES, STALLED, Reason.INVALID_SPEC, "No. No. No. No. No.", id="all are told"
    ),
    pytest.param(
        (NO,) * (MAX_TROUBLES + 1),
        STALLED,
        Reason.INVALID_SPEC,
        "No. No. No. No. No. And 1 more.",
        id="of many some",
    ),
]


@pytest.mark.parametrize(("troubles", "type_", "reason", "message"), TROUBLES)
def test_what_cannot_be_brought_in_line_is_told(
    troubles: tuple[Trouble, ...], type_: ConditionType, reason: Reason, message: str
) -> None:
    seen = troubled(*troubles)

    told = plan(wanting_blocks(seen), seen, NOW)

    assert told.actions == ()
    assert told.verdicts == (
        Verdict(READY, ConditionStatus.FALSE, reason, message),
        Verdict(type_, ConditionStatus.TRUE, reason, message),
        Verdict(ConditionType.SYNCED, ConditionStatus.FALSE, reason, message),
    )
    assert told.report["projectID"] == 7


def test_a_trouble_of_a_comparison_is_told_too() -> None:
    spec = {"pullRestrictions": {"requireNotationSignature": True}}
    desired = replace(DESIRED, settings={"metadata": wanted(METADATA, spec)})
    seen = replace(AT_REST, settings={"metadata": MetadataSeen({}, proxy=True)})

    told = plan(desired, seen, NOW)

    assert told.verdicts[0].message.startswith("pullRestrictions.requireNotationSignature: Harbor")


def test_the_report_of_a_project() -> None:
    recorded = Recorded(project_id=7, intent_token="2026-02-26T12:00:00Z", repairs=(NOW,))
    seen = replace(SEEN, recorded=recorded)
    desired = Desired(
        "team", {"storageQuota": 100}, defaults=(("visibility", "Private"), ("labels", ""))
    )

    assert plan(desired, seen, NOW).report == {
        "projectID": 7,
        "projectName": "team",
        "lastHandledIntent": "2026-02-26T12:00:00Z",
        "repositoryCount": 0,
        "quota": {"hard": 100, "used": 40},
        "managedMembers": None,
        "ownership": {"state": "Owned", "mark": OWN.text()},
        "resolvedDefaults": [
            {"field": "visibility", "value": "Private"},
            {"field": "labels", "value": ""},
        ],
        "repairs": [format_time(NOW)],
        "plan": None,
    }


def test_the_report_of_an_adopted_project_of_which_little_is_stated() -> None:
    seen = replace(AT_REST, label=replace(LABEL, mark=ADOPTED.text()))

    report = plan(DESIRED, seen, NOW).report

    assert report["ownership"] == {"state": "Adopted", "mark": ADOPTED.text()}
    assert [report[name] for name in ("quota", "resolvedDefaults", "repairs")] == [None] * 3


def test_a_block_that_cannot_be_read_reports_nothing() -> None:
    desired = Desired("team", {"storageQuota": 100})

    assert reports_of(desired, replace(AT_REST, settings={"storageQuota": NO})) == {}


def test_members_that_cannot_be_read_are_not_forgotten() -> None:
    desired = Desired("team", {"members": Wanted(())})

    report = plan(desired, replace(AT_REST, settings={"members": NO}), NOW).report

    assert "managedMembers" not in report


def test_every_block_reports_its_part() -> None:
    people = {"members": [{"kind": "User", "name": "alice", "role": "Guest"}], "storageQuota": 100}
    desired = replace(DESIRED, settings=wanted_settings(spec_of(people), ProjectStatus()))
    seen = replace(AT_REST, settings={"members": (), "storageQuota": QUOTA})

    assert reports_of(desired, seen) == {
        "quota": {"hard": 100, "used": 40},
        "managedMembers": ["User/alice"],
    }
