"""Observe: what would be done, for people to read."""

from dataclasses import replace

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.project import ManagementPolicy
from harbor_operator.core.ownership import Mark
from harbor_operator.core.plan import STALLED, Verdict, is_true, waiting
from harbor_operator.core.project.blocks.members import MEMBERS
from harbor_operator.core.project.facts import Desired, Observed
from harbor_operator.core.project.plan import plan
from harbor_operator.core.project.preview import MAX_PLANNED, MAX_WORDS, described
from harbor_operator.core.steps import Change, Step, Verb
from tests.support.project_settings import wanted
from tests.support.projects import (
    ABSENT,
    ADOPTED,
    AT_REST,
    DESIRED,
    NOW,
    OLDER,
    STRANGER,
    UNMARKED,
    marked,
    showing,
    wanting,
)

SCANNING = wanting(scanning_onPush="true")
SCAN_ENTRY = {
    "block": "scanning",
    "action": "Update",
    "fields": [{"field": "onPush", "from": "false", "to": "true"}],
}


def observing(seen: Observed) -> Observed:
    return replace(showing(seen), management=ManagementPolicy.OBSERVE)


def test_a_project_that_is_not_there_would_be_made() -> None:
    seen = plan(SCANNING, observing(ABSENT), NOW)

    message = "Project team does not exist, and managementPolicy is Observe."
    assert seen.actions == ()
    assert seen.verdicts[:-1] == waiting(Reason.PROJECT_NOT_FOUND, message)
    assert seen.report == {
        "plan": [
            {
                "block": "project",
                "action": "Create",
                "target": "team",
                "fields": [{"field": "projectName", "to": "team"}],
            },
            SCAN_ENTRY,
        ]
    }


def test_a_project_of_ours_shows_what_differs() -> None:
    seen = plan(SCANNING, observing(AT_REST), NOW)

    ready, synced = seen.verdicts
    assert seen.actions == ()
    assert seen.report["plan"] == [SCAN_ENTRY]
    assert ready == Verdict(
        ConditionType.READY,
        ConditionStatus.TRUE,
        Reason.OBSERVED,
        "Project team is observed; nothing is written to it.",
    )
    assert synced == Verdict(
        ConditionType.SYNCED,
        ConditionStatus.FALSE,
        Reason.CHANGES_PLANNED,
        "With managementPolicy Full, 1 changes would be made; status.plan lists them.",
    )


def test_a_project_that_is_in_line_shows_no_plan() -> None:
    desired = replace(DESIRED, defaults=(("visibility", "Private"),))

    seen = plan(desired, observing(AT_REST), NOW)

    assert seen.report == {
        "projectID": 7,
        "projectName": "team",
        "repositoryCount": 0,
        "ownership": {"state": "Owned"},
        "resolvedDefaults": [{"field": "visibility", "value": "Private"}],
        "plan": None,
    }
    assert seen.verdicts[1] == Verdict(
        ConditionType.SYNCED,
        ConditionStatus.TRUE,
        Reason.SUCCEEDED,
        "The project is as the spec says.",
    )


STATES = [
    pytest.param(AT_REST, "Owned", None, id="ours"),
    pytest.param(marked(ADOPTED.text()), "Adopted", None, id="ours, taken over"),
    pytest.param(marked(OLDER.text()), "Owned", None, id="an earlier object's of this name"),
    pytest.param(UNMARKED, "Unclaimed", {"to": ADOPTED.text()}, id="nobody's"),
    pytest.param(
        marked("released:cluster/other/app"),
        "Unclaimed",
        {"from": "released by its owner", "to": ADOPTED.text()},
        id="released",
    ),
    pytest.param(marked("elsewhere/other/app/uid-9"), "Foreign", None, id="another cluster's"),
    pytest.param(
        marked(Mark("cluster", "team", "other", "uid-3").text()),
        "Foreign",
        None,
        id="another object's of the same namespace",
    ),
]


@pytest.mark.parametrize(("seen", "state", "mark"), STATES)
def test_whose_a_project_is(seen: Observed, state: str, mark: dict[str, str] | None) -> None:
    report = plan(DESIRED, observing(seen), NOW).report

    fields = [{"field": "mark", **(mark or {})}]
    entry = {"block": "ownership", "action": "Update", "target": "team", "fields": fields}
    assert report["ownership"] == {"state": state}
    assert report["plan"] == ([entry] if mark else None)


def test_a_project_of_another_namespace_shows_nothing() -> None:
    seen = plan(SCANNING, observing(marked(STRANGER.text())), NOW)

    assert seen.actions == ()
    assert seen.report == {"plan": None}
    assert seen.verdicts[0].reason is Reason.NAME_CONFLICT
    assert is_true(seen.verdicts, STALLED)
    assert STRANGER.namespace not in seen.verdicts[0].message.split()


def test_a_project_that_another_namespace_shares_shows_its_plan() -> None:
    shared = replace(observing(marked(STRANGER.text())), shared=True)

    assert plan(SCANNING, shared, NOW).report["plan"] == [SCAN_ENTRY]


def test_whoever_only_observes_needs_a_rule_too() -> None:
    refused = plan(SCANNING, replace(observing(AT_REST), rule=None), NOW)

    assert refused.verdicts[0].reason is Reason.NOT_ALLOWED_NAMESPACE
    assert dict(refused.report) == {}


def test_a_trouble_shows_beside_the_plan() -> None:
    desired = replace(SCANNING, settings={**SCANNING.settings, "storageQuota": 5})
    seen = observing(AT_REST)

    shown = plan(desired, replace(seen, settings={**seen.settings, "storageQuota": None}), NOW)

    assert shown.verdicts[0].message == (
        "Project team is observed; nothing is written to it. storageQuota: this Harbor keeps no"
        " quotas: remove it from the spec."
    )
    assert shown.report["plan"] == [SCAN_ENTRY]


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        pytest.param(
            MAX_PLANNED,
            "100 changes would be made; status.plan lists them.",
            id="as many as there is room for",
        ),
        pytest.param(
            MAX_PLANNED + 1,
            "101 changes would be made; status.plan lists the first 100.",
            id="more",
        ),
    ],
)
def test_a_long_plan_is_cut(entries: int, words: str) -> None:
    people = [
        {"kind": "User", "name": f"user-{number}", "role": "Guest"} for number in range(entries)
    ]
    desired = Desired("team", {"members": wanted(MEMBERS, {"members": people})})

    seen = plan(desired, replace(observing(AT_REST), settings={"members": ()}), NOW)

    assert len(seen.report["plan"]) == MAX_PLANNED
    assert seen.verdicts[1].message.endswith(words)


LONG = "x" * (MAX_WORDS + 1)
ENTRIES = [
    pytest.param(
        (Step("b", Verb.DELETE, LONG, (Change("block", "", LONG, None),), None),),
        [
            {
                "block": "block",
                "action": "Delete",
                "target": LONG[:MAX_WORDS],
                "fields": [{"field": "block", "from": LONG[:MAX_WORDS]}],
            }
        ],
        id="long words are cut, a block of one value has no field",
    ),
    pytest.param(
        (
            Step("b", Verb.UPDATE, "", (Change("x", "one", "1", "2"),), None),
            Step("c", Verb.UPDATE, "", (Change("x", "two", "", "2"),), None),
        ),
        [
            {
                "block": "x",
                "action": "Update",
                "fields": [
                    {"field": "one", "from": "1", "to": "2"},
                    {"field": "two", "from": "", "to": "2"},
                ],
            }
        ],
        id="steps about one block are one entry",
    ),
    pytest.param(
        (
            Step("b", Verb.UPDATE, "a", (Change("x", "f", "1", "2"),), None),
            Step("b", Verb.UPDATE, "b", (Change("x", "f", "1", "2"),), None),
            Step("b", Verb.DELETE, "b", (Change("x", "f", "1", None),), None),
        ),
        [
            {
                "block": "x",
                "action": action,
                "target": target,
                "fields": [{"field": "f", "from": "1", **({"to": to} if to else {})}],
            }
            for action, target, to in (
                ("Update", "a", "2"),
                ("Update", "b", "2"),
                ("Delete", "b", ""),
            )
        ],
        id="other targets and verbs are others",
    ),
]


@pytest.mark.parametrize(("steps", "entries"), ENTRIES)
def test_a_described_plan(steps: tuple[Step, ...], entries: list[dict[str, object]]) -> None:
    assert described(steps) == entries
