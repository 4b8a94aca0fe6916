"""What becomes of a project whose object is being deleted."""

from dataclasses import replace

import pytest

from harbor_operator.api.base import ANNOTATION_CONFIRM_DELETE_CONTENTS
from harbor_operator.api.conditions import Reason
from harbor_operator.api.project import DeletionPolicy, ManagementPolicy
from harbor_operator.core.plan import RECONCILING, blocked, is_true, waiting
from harbor_operator.core.project.actions import (
    Action,
    ChangeSetting,
    DeleteProject,
    DeleteRepository,
    RewriteMark,
)
from harbor_operator.core.project.blocks.immutable_tags import DeleteRule, RuleSeen
from harbor_operator.core.project.blocks.selectors import Pattern, Reach
from harbor_operator.core.project.facts import Observed, OwnerLabel, Recorded
from harbor_operator.core.project.plan import plan
from harbor_operator.core.steps import Change, Step, Trouble, Verb
from harbor_operator.core.tenancy import TenantRule
from tests.support.projects import (
    ABSENT,
    ADOPTED,
    AT_REST,
    LABEL,
    NOW,
    OLDER,
    OWN,
    PROJECT,
    RULE,
    STRANGER,
    UNMARKED,
    marked,
)

RETAIN = DeletionPolicy.RETAIN
IF_EMPTY = DeletionPolicy.DELETE_IF_EMPTY
WITH_CONTENTS = DeletionPolicy.DELETE_WITH_CONTENTS
FULL = replace(PROJECT, repository_count=2)
CONFIRMED = replace(
    AT_REST,
    project=FULL,
    repositories=("team/a", "team/b"),
    recorded=Recorded(project_id=7, deletion_confirmed=True),
)

REMOVALS = [
    pytest.param(
        RETAIN,
        replace(AT_REST, project=FULL),
        (RewriteMark(7, LABEL, OWN.released()),),
        id="Retain releases the mark and changes nothing else",
    ),
    pytest.param(
        RETAIN,
        marked(ADOPTED.text()),
        (RewriteMark(7, OwnerLabel(5, ADOPTED.text()), ADOPTED.released()),),
        id="an adopted project is released as one",
    ),
    pytest.param(RETAIN, marked(OWN.released()), (), id="a released project is done with"),
    pytest.param(
        RETAIN,
        replace(AT_REST, rule=None),
        (RewriteMark(7, LABEL, OWN.released()),),
        id="no tenant rule is needed",
    ),
    pytest.param(IF_EMPTY, AT_REST, (DeleteProject(7),), id="an empty project goes"),
    pytest.param(
        WITH_CONTENTS,
        CONFIRMED,
        (DeleteRepository(7, "team/a"), DeleteRepository(7, "team/b"), DeleteProject(7)),
        id="the repositories go before the project",
    ),
    pytest.param(
        WITH_CONTENTS,
        replace(
            CONFIRMED,
            label=replace(LABEL, mark=ADOPTED.text()),
            rule=replace(RULE, may_delete_adopted=True),
        ),
        (DeleteRepository(7, "team/a"), DeleteRepository(7, "team/b"), DeleteProject(7)),
        id="an adopted project goes where the rule allows it",
    ),
    pytest.param(
        RETAIN,
        replace(UNMARKED, recorded=Recorded(intent=PROJECT.created_at)),
        (),
        id="nothing unmarked is claimed any more: it may be somebody else's by now",
    ),
    pytest.param(
        RETAIN,
        replace(UNMARKED, label=LABEL, users=3),
        (RewriteMark(7, LABEL, OWN.released()),),
        id="a project that stays may be in use",
    ),
    pytest.param(WITH_CONTENTS, ABSENT, (), id="there is no project"),
]


@pytest.mark.parametrize(("policy", "seen", "expected"), REMOVALS)
def test_removal(policy: DeletionPolicy, seen: Observed, expected: tuple[Action, ...]) -> None:
    removal = plan(None, replace(seen, deletion=policy), NOW)

    assert removal.actions == expected
    assert removal.verdicts == ()


@pytest.mark.parametrize("policy", list(DeletionPolicy))
@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(marked(STRANGER.text()), id="the mark of another"),
        pytest.param(marked(OLDER.text()), id="the mark of an object of that name before it"),
        pytest.param(marked("released:cluster/other/app"), id="released by another"),
        pytest.param(UNMARKED, id="no mark and no intent"),
        pytest.param(replace(AT_REST, label=None), id="a mark that somebody removed"),
    ],
)
def test_what_is_not_ours_is_left_behind_as_it_is(policy: DeletionPolicy, seen: Observed) -> None:
    confirmed = Recorded(project_id=7, deletion_confirmed=True)

    removal = plan(None, replace(seen, deletion=policy, recorded=confirmed), NOW)

    assert removal.actions == ()
    assert removal.verdicts == ()


def test_a_project_with_repositories_waits_where_only_an_empty_one_may_go() -> None:
    seen = replace(CONFIRMED, deletion=IF_EMPTY)

    removal = plan(None, seen, NOW)

    assert removal.actions == ()
    assert removal.verdicts == waiting(
        Reason.PROJECT_NOT_EMPTY,
        "The project still holds 2 repositories: delete them, or choose another deletionPolicy.",
    )


def test_contents_are_not_deleted_without_a_confirmation() -> None:
    seen = replace(CONFIRMED, deletion=WITH_CONTENTS, recorded=Recorded(project_id=7))

    removal = plan(None, seen, NOW)

    assert removal.actions == ()
    assert removal.verdicts == blocked(
        Reason.DELETION_NOT_CONFIRMED,
        "The project and its 2 repositories would be deleted: confirm it by annotation"
        f" {ANNOTATION_CONFIRM_DELETE_CONTENTS} with the project's name as its value.",
    )


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(RULE, id="the rule does not allow it"),
        pytest.param(None, id="there is no rule any more"),
    ],
)
def test_the_contents_of_an_adopted_project_are_not_deleted(rule: TenantRule | None) -> None:
    seen = replace(
        CONFIRMED, deletion=WITH_CONTENTS, label=replace(LABEL, mark=ADOPTED.text()), rule=rule
    )

    removal = plan(None, seen, NOW)

    assert removal.actions == ()
    assert removal.verdicts == blocked(
        Reason.ACCESS_NOT_ALLOWED,
        "The project was adopted, and the tenant rule does not let its contents be deleted: set"
        " deletionPolicy to Retain.",
    )


RELEASES = Reach(tags=Pattern("v*"))
RULE_OF_OURS = RuleSeen(4, RELEASES)
UNLOCK = ChangeSetting(
    7,
    Step(
        "immutableTags",
        Verb.DELETE,
        "4",
        (Change("immutableTags", "", "repositories: **, tags: v*", None),),
        DeleteRule(4),
    ),
)
REPOSITORIES = (DeleteRepository(7, "team/a"), DeleteRepository(7, "team/b"), DeleteProject(7))

IN_THE_WAY = [
    pytest.param(
        (RULE_OF_OURS, RuleSeen(5, Reach())),
        (UNLOCK, *REPOSITORIES),
        id="the spec's own rules go first, others stay in the way",
    ),
    pytest.param(
        Trouble(Reason.PERMISSION_DENIED, "no"), REPOSITORIES, id="rules that nobody may read"
    ),
    pytest.param(None, REPOSITORIES, id="rules that nobody has read"),
]


@pytest.mark.parametrize(("rules", "expected"), IN_THE_WAY)
def test_immutable_tags_in_the_way(rules: object, expected: tuple[Action, ...]) -> None:
    settings = {} if rules is None else {"immutableTags": rules}
    seen = replace(CONFIRMED, deletion=WITH_CONTENTS, settings=settings, immutable=(RELEASES,))

    assert plan(None, seen, NOW).actions == expected


@pytest.mark.parametrize("policy", [IF_EMPTY, WITH_CONTENTS])
def test_a_project_that_robots_still_use_waits(policy: DeletionPolicy) -> None:
    removal = plan(None, replace(CONFIRMED, deletion=policy, users=2), NOW)

    assert removal.actions == ()
    assert removal.verdicts[0].reason is Reason.IN_USE
    assert removal.verdicts[0].message.startswith("2 HarborRobots still use the project")
    assert is_true(removal.verdicts, RECONCILING)


@pytest.mark.parametrize("policy", list(DeletionPolicy))
def test_whoever_only_observed_leaves_all_as_it_is(policy: DeletionPolicy) -> None:
    seen = replace(CONFIRMED, deletion=policy, management=ManagementPolicy.OBSERVE)

    removal = plan(None, seen, NOW)

    assert (removal.actions, removal.verdicts) == ((), ())
