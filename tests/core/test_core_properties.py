"""What holds for every input, not only for the rows of the tables."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harbor_operator.api.conditions import Condition
from harbor_operator.core.conditions import PRESENT_ONLY_WHILE_TRUE, merge
from harbor_operator.core.dockerconfig import render
from harbor_operator.core.grants import placed
from harbor_operator.core.namespaces import Namespace, Selection
from harbor_operator.core.ownership import Claim, Mark, claim_of, parse_mark
from harbor_operator.core.plan import Verdict
from harbor_operator.core.project.facts import Desired as DesiredProject
from harbor_operator.core.project.plan import plan as plan_project
from harbor_operator.core.robot.actions import DeleteRobot, NoteWithdrawal
from harbor_operator.core.robot.facts import Observed as ObservedRobot
from harbor_operator.core.robot.facts import RobotName
from harbor_operator.core.robot.ledger import (
    Attempt,
    Cause,
    Credential,
    Ledger,
    UnreadableLedgerError,
    decode,
    encode,
)
from harbor_operator.core.robot.plan import plan as plan_robot
from harbor_operator.core.robot.rights import NamedProject, ProjectState
from harbor_operator.core.secret import Secret
from harbor_operator.core.tenancy import DEFAULT_RULE, TenantRule, access_to, rule_for
from tests.support.core_strategies import (
    NOW,
    PROJECTS,
    condition_lists,
    credentials,
    desired_projects,
    instants,
    ledgers,
    mark_texts,
    marks,
    namespaces,
    observed_projects,
    selections,
    tenants,
    verdict_lists,
)
from tests.support.robots import AT_REST, DESIRED, NAME, ROTATING, UNMADE, credential, robot, view


def given_by_some_rule(
    project: str, namespace: Namespace, tenants: tuple[TenantRule, ...] | None
) -> bool:
    """Say by other means than the code's whether any rule gives the project."""
    stated = (DEFAULT_RULE,) if tenants is None else tenants
    globs = (
        glob.replace("{namespace}", namespace.name)
        for rule in stated
        if rule.namespaces.permits(namespace)
        for glob in rule.projects
    )
    return any(fnmatchcase(project, glob) for glob in globs)


@given(st.data(), tenants, namespaces, desired_projects)
def test_no_rules_and_marks_let_a_namespace_write_to_a_project_that_no_rule_gives_it(
    data: st.DataObject,
    tenants: tuple[TenantRule, ...] | None,
    namespace: Namespace,
    desired: DesiredProject,
) -> None:
    own = Mark("cluster", namespace.name, "app", "uid-1")
    seen = data.draw(observed_projects(own, rule_for(namespace, tenants)))

    actions = plan_project(desired, seen, NOW).actions

    assert not actions or given_by_some_rule(desired.name, namespace, tenants)


@given(st.data(), tenants, namespaces, st.none() | desired_projects)
def test_a_project_with_the_mark_of_another_is_never_written(
    data: st.DataObject,
    tenants: tuple[TenantRule, ...] | None,
    namespace: Namespace,
    desired: DesiredProject | None,
) -> None:
    own = Mark("cluster", namespace.name, "app", "uid-1")
    seen = data.draw(observed_projects(own, rule_for(namespace, tenants)))

    actions = plan_project(desired, seen, NOW).actions

    assert not actions or seen.project is None or seen.claim is not Claim.FOREIGN


@given(tenants, namespaces, st.sampled_from(PROJECTS), st.sampled_from([AT_REST, UNMADE, ROTATING]))
def test_no_robot_is_written_in_a_project_that_no_rule_gives(
    tenants: tuple[TenantRule, ...] | None,
    namespace: Namespace,
    project: str,
    base: ObservedRobot,
) -> None:
    own = replace(base.own, namespace=namespace.name)
    name = RobotName(project, NAME.base)
    rule = rule_for(namespace, tenants)
    allowed = access_to(project, namespace.name, namespace, rule, ())
    named = NamedProject(project, ProjectState.READY, project, allowed)
    seen = replace(base, own=own, name=name, rule=rule, projects=(named,))
    desired = replace(DESIRED, grants=placed(project, {("repository", "pull")}))

    actions = plan_robot(desired, seen, NOW).actions

    writes = [action for action in actions if not isinstance(action, NoteWithdrawal | DeleteRobot)]
    assert not writes or given_by_some_rule(project, namespace, tenants)


@given(selections, namespaces)
def test_what_is_permitted_is_targeted_and_never_excluded(
    selection: Selection, namespace: Namespace
) -> None:
    assert not selection.permits(namespace) or selection.targets(namespace)
    assert not replace(selection, exclude=(namespace.name,)).targets(namespace)


@given(marks)
def test_a_mark_reads_back(mark: Mark) -> None:
    assert parse_mark(mark.text()) == mark


@given(mark_texts, marks)
def test_a_mark_is_never_taken_for_that_of_another_place(text: str, own: Mark) -> None:
    mark = parse_mark(text)
    elsewhere = mark is None or not mark.same_place(own)

    claim = claim_of(text, own)

    assert claim is not Claim.OURS or not elsewhere
    assert claim is not Claim.FREE


@given(condition_lists, verdict_lists, instants)
def test_merging_twice_changes_nothing_more(
    old: list[Condition], verdicts: list[Verdict], later: datetime
) -> None:
    once = merge(old, verdicts, generation=3, now=NOW)

    assert merge(once, verdicts, generation=3, now=later) == once


@given(condition_lists, verdict_lists)
def test_merging_speaks_of_every_verdict_once_and_drops_what_is_over(
    old: list[Condition], verdicts: list[Verdict]
) -> None:
    types = [condition.type for condition in merge(old, verdicts, generation=3, now=NOW)]
    spoken = {verdict.type.value for verdict in verdicts}

    assert len(types) == len(set(types))
    assert spoken <= set(types)
    assert not (set(types) - spoken) & PRESENT_ONLY_WHILE_TRUE


@given(ledgers)
def test_a_ledger_reads_back(ledger: Ledger) -> None:
    assert decode(encode(ledger).reveal()) == ledger


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["live", "pending", "attempt", "handled", "n", "lost", "cause"]), inner
        )
    ),
    max_leaves=10,
)


@given(_json.map(json.dumps) | st.text())
def test_whatever_stands_in_the_ledger_is_read_or_unreadable(text: str) -> None:
    try:
        ledger = decode(text)
    except UnreadableLedgerError:
        return
    assert decode(encode(ledger).reveal()) == ledger


@given(st.text(max_size=2000))
def test_only_its_own_numbers_are_read_from_a_user_name(username: str) -> None:
    n = NAME.number(username)

    assert n is None or username.endswith(f"{NAME.project}+{NAME.local(n)}")


CANARY = Secret("canary-7f3a")


def holders(made: Credential) -> Iterator[object]:
    """Everything of the core through which a password travels."""
    ledger = Ledger(live=made, pending=made)
    seen = replace(ROTATING, ledger=ledger)
    yield from (CANARY, made, ledger, encode(ledger), render(["h"], "u", CANARY))
    yield from (seen, view(seen), plan_robot(DESIRED, seen, NOW))
    yield plan_robot(DESIRED, replace(AT_REST, robots=(), ledger=Ledger(live=made)), NOW)
    for lost in (UNMADE, replace(seen, robots=(robot(1),))):
        yield plan_robot(DESIRED, lost, NOW)
    yield plan_robot(None, seen, NOW)


@given(credentials.map(lambda made: replace(made, password=CANARY)))
def test_a_password_shows_nowhere(made: Credential) -> None:
    shown = "".join(f"{holder!r}{holder!s}{[holder]}" for holder in holders(made))

    assert CANARY.reveal() not in shown


def test_a_password_shows_in_no_error_of_the_ledger() -> None:
    text = encode(Ledger(live=replace(credential(1), password=CANARY))).reveal()

    with pytest.raises(UnreadableLedgerError) as raised:
        decode(text[:-1])

    assert CANARY.reveal() not in repr(raised.value)


STEPS = st.lists(
    st.tuples(st.sampled_from(["begin", "fence", "store", "promote"]), st.integers(0, 9)),
    max_size=30,
)


def carried_out(step: str, ledger: Ledger, n: int) -> Ledger:
    """The ledger after a step, unchanged where the step does not apply."""
    made = replace(credential(n), minted_at=NOW + timedelta(minutes=n))
    match step:
        case "begin" if ledger.attempt is None or ledger.pending is not None:
            return ledger.begin(Attempt(n, Cause.DUE))
        case "fence" if ledger.attempt is not None and ledger.pending is None:
            return ledger.fence(Attempt(n, Cause.DUE))
        case "store" if ledger.attempt is not None and ledger.pending is None:
            return ledger.store(replace(made, n=ledger.attempt.n))
        case "promote" if ledger.pending is not None:
            return ledger.promote()
        case _:
            return ledger


@given(STEPS)
def test_no_number_is_used_twice(steps: list[tuple[str, int]]) -> None:
    ledger, begun = Ledger(), [0]
    for step, kept in steps:
        robots = tuple(robot(n) for n in begun[1:][-kept:] if kept)
        n = replace(UNMADE, ledger=ledger, robots=robots).next_number(NAME)
        ledger = carried_out(step, ledger, n)
        attempted = ledger.attempt.n if ledger.attempt else begun[-1]
        assert attempted == begun[-1] or attempted > max(begun)
        begun.append(attempted)
