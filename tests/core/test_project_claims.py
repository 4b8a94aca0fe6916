"""Whose a project is: claims, conflicts, adoption, refusals."""

from dataclasses import replace
from datetime import timedelta

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.api.project import AdoptionPolicy
from harbor_operator.core.plan import STALLED, blocked, is_true, waiting
from harbor_operator.core.project.actions import Action, ClaimProject, DropMark, Hold, RewriteMark
from harbor_operator.core.project.facts import (
    CLAIM_PERIOD,
    Desired,
    HarborProject,
    Observed,
    OwnerLabel,
    Recorded,
)
from harbor_operator.core.project.plan import plan
from tests.support.projects import (
    ABSENT,
    ADOPTED,
    AT_REST,
    DESIRED,
    NOW,
    OLDER,
    OWN,
    PROJECT,
    RULE,
    STRANGER,
    UNMARKED,
    marked,
    wanting,
)

SECOND = timedelta(seconds=1)
OURS_BY_INTENT = replace(UNMARKED, recorded=Recorded(intent=PROJECT.created_at))


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
    conflict = plan(wanting(scanning_onPush="true"), seen, NOW)

    assert conflict.actions == ()
    assert conflict.verdicts[0].reason is Reason.NAME_CONFLICT
    assert is_true(conflict.verdicts, STALLED)


def test_a_conflict_does_not_tell_who_the_owner_is() -> None:
    conflict = plan(DESIRED, marked(STRANGER.text()), NOW)

    assert STRANGER.namespace not in conflict.verdicts[0].message


def without_label(*, made: bool, by_us: bool = True, older: bool = False) -> Observed:
    """A project that the status calls the object's own, and that carries no mark."""
    object_made = PROJECT.created_at + (2 * CLAIM_PERIOD if older else -SECOND)
    return replace(
        AT_REST,
        label=None,
        recorded=Recorded(project_id=7, made=made, object_made=object_made),
        project=replace(PROJECT, made_by_us=by_us),
    )


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(without_label(made=True, by_us=False), id="somebody else made it"),
        pytest.param(without_label(made=True, older=True), id="it is older than the object"),
        pytest.param(without_label(made=False, older=True), id="it is said to be adopted"),
        pytest.param(
            replace(without_label(made=True), label=OwnerLabel(5, STRANGER.released())),
            id="somebody else has owned and released it since",
        ),
    ],
)
def test_a_status_alone_is_no_right_to_a_project(seen: Observed) -> None:
    assert plan(DESIRED, seen, NOW).verdicts[0].reason is Reason.NAME_CONFLICT


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
        marked(ADOPTED.released()),
        (RewriteMark(7, OwnerLabel(5, ADOPTED.released()), ADOPTED.text()),),
        id="what was adopted and released is taken again as adopted",
    ),
    pytest.param(
        without_label(made=True),
        (ClaimProject(OWN, 7),),
        id="a label that somebody removed is put back",
    ),
    pytest.param(
        replace(
            without_label(made=True),
            recorded=Recorded(
                project_id=7, made=True, object_made=PROJECT.created_at + CLAIM_PERIOD
            ),
        ),
        (ClaimProject(OWN, 7),),
        id="also on a project that is ten minutes older than the object, by another clock",
    ),
    pytest.param(
        without_label(made=False),
        (ClaimProject(ADOPTED, 7),),
        id="a label that was removed from an adopted project says so again",
    ),
    pytest.param(
        replace(without_label(made=True, by_us=False), rule=replace(RULE, may_adopt=True)),
        (ClaimProject(ADOPTED, 7),),
        id="where Harbor does not say who made it, the rule has to allow adoption",
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
    ("desired", "seen", "why"),
    [
        pytest.param(
            DESIRED,
            replace(UNMARKED, rule=MAY_ADOPT),
            "It exists already and adoptionPolicy is Never.",
            id="the policy says Never",
        ),
        pytest.param(
            ADOPTING,
            UNMARKED,
            "It exists already and the tenant rule allows no adoption.",
            id="the rule allows none",
        ),
        pytest.param(
            ADOPTING,
            replace(marked(STRANGER.text()), rule=MAY_ADOPT),
            "It carries the mark of somebody else.",
            id="the project has an owner",
        ),
    ],
)
def test_no_adoption(desired: Desired, seen: Observed, why: str) -> None:
    refused = plan(desired, seen, NOW)

    message = f"Project team is not this object's. {why} Nothing was changed in Harbor."
    assert refused.actions == ()
    assert refused.verdicts == blocked(Reason.NAME_CONFLICT, message)


def test_a_young_unmarked_project_is_not_adopted_yet() -> None:
    young = replace(PROJECT, created_at=NOW - CLAIM_PERIOD + SECOND, made_by_us=False)

    waits = plan(ADOPTING, replace(UNMARKED, rule=MAY_ADOPT, project=young), NOW)

    assert waits.actions == ()
    assert waits.verdicts == waiting(
        Reason.PROGRESSING,
        "The existing project is younger than ten minutes; it is adopted after that.",
    )
    assert waits.recheck_at == NOW + SECOND


REFUSALS = [
    pytest.param(
        DESIRED,
        replace(AT_REST, rule=None),
        Reason.NOT_ALLOWED_NAMESPACE,
        "No tenant rule of the connection gives project team to this namespace: choose",
        id="no rule matches",
    ),
    pytest.param(
        replace(DESIRED, name="team-a"),
        ABSENT,
        Reason.NOT_ALLOWED_NAMESPACE,
        "No tenant rule of the connection gives project team-a to this namespace: choose",
        id="the rule does not give the name",
    ),
    pytest.param(
        wanting(visibility="Public"),
        AT_REST,
        Reason.ACCESS_NOT_ALLOWED,
        "The connection's tenant rule allows no public projects",
        id="public where the rule allows none",
    ),
    pytest.param(
        replace(DESIRED, settings={"storageQuota": 101}),
        replace(AT_REST, rule=replace(RULE, max_storage_bytes=100)),
        Reason.ACCESS_NOT_ALLOWED,
        "storageQuota is above the 100 bytes",
        id="a quota above the ceiling",
    ),
    pytest.param(
        replace(DESIRED, settings={"storageQuota": -1}),
        replace(AT_REST, rule=replace(RULE, max_storage_bytes=100)),
        Reason.ACCESS_NOT_ALLOWED,
        "storageQuota is above the 100 bytes",
        id="no quota where there is a ceiling",
    ),
]


@pytest.mark.parametrize(("desired", "seen", "reason", "words"), REFUSALS)
def test_a_refusal(desired: Desired, seen: Observed, *, reason: Reason, words: str) -> None:
    refused = plan(desired, seen, NOW)

    assert refused.actions == ()
    assert refused.verdicts[0].message.startswith(words)
    assert refused.verdicts == blocked(reason, refused.verdicts[0].message)
