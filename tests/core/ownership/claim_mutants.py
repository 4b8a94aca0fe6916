"""Ways to get ownership wrong. The exploration must find each: a rule without a mutant that needs
it would be a rule without a reason."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeAlias

import pytest

from harbor_operator.core.ownership import Claim, Mark
from harbor_operator.core.plan import Plan
from harbor_operator.core.project import plan as decision
from harbor_operator.core.project.actions import Action, ClaimProject
from harbor_operator.core.project.facts import HarborProject, Observed, OwnerLabel
from harbor_operator.core.project.removal import plan_removal
from tests.core.ownership.claim_effects import SHIPPED, Rules
from tests.core.ownership.claim_families import (
    ADOPTER,
    BLUE,
    BY_HAND,
    FILLED,
    IF_EMPTY,
    RED,
    WEST_ADOPTER,
    WITH_CONTENTS,
    beside,
    everybody,
    nothing_yet,
)
from tests.core.ownership.claim_faults import Fault
from tests.core.ownership.claim_moves import Budget
from tests.core.ownership.claim_world import UNGIVEN, Scene

Install: TypeAlias = Callable[[pytest.MonkeyPatch], None]


def _nothing(_: pytest.MonkeyPatch) -> None:
    """The mistake is in the engine's part, which the rules of the model describe."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake, where it is looked for, and what the exploration has to say about it."""

    mistake: str
    start: Scene
    budget: Budget
    fault: Fault
    rules: Rules = SHIPPED
    install: Install = _nothing
    """Makes the mistake in the shipped code, for one test."""


_shipped_claim: Callable[[Observed], Claim] = vars(Observed)["claim"].fget


def _claiming(mistaken: Callable[[Observed, Claim], Claim]) -> Install:
    """Another answer to how an object stands to a project."""

    def claim(observed: Observed) -> Claim:
        return mistaken(observed, _shipped_claim(observed))

    return lambda monkeypatch: monkeypatch.setattr(Observed, "claim", property(claim))


def _older_is_foreign(_: Observed, claim: Claim) -> Claim:
    return Claim.FOREIGN if claim is Claim.OURS_OLDER else claim


def _foreign_is_older(_: Observed, claim: Claim) -> Claim:
    return Claim.OURS_OLDER if claim is Claim.FOREIGN else claim


def _released_is_older(_: Observed, claim: Claim) -> Claim:
    return Claim.OURS_OLDER if claim is Claim.RELEASED else claim


def _recorded_is_ours(observed: Observed, claim: Claim) -> Claim:
    project = observed.project
    recorded = project is not None and observed.recorded.project_id == project.id
    return Claim.OURS_OLDER if recorded and claim is Claim.FOREIGN else claim


def _adopt_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision, "CLAIM_PERIOD", timedelta(0))


def _claim_without_intent(monkeypatch: pytest.MonkeyPatch) -> None:
    def is_our_creation(_: Observed, project: HarborProject) -> bool:
        return project.made_by_us and project.repository_count == 0

    monkeypatch.setattr(Observed, "is_our_creation", is_our_creation)


def _remove_as_loser(monkeypatch: pytest.MonkeyPatch) -> None:
    def removal(observed: Observed) -> Plan[Action]:
        if observed.label is None or observed.claim is not Claim.FOREIGN:
            return plan_removal(observed)
        own = OwnerLabel(observed.label.id, observed.own.text())
        return plan_removal(replace(observed, label=own))

    monkeypatch.setattr(decision, "plan_removal", removal)


def _forget_adoptions(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = Mark.text
    monkeypatch.setattr(Mark, "text", lambda mark: shipped(replace(mark, adopted=False)))


def _forget_adoptions_on_release(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = Mark.released
    monkeypatch.setattr(Mark, "released", lambda mark: shipped(replace(mark, adopted=False)))


def _put_marks_back_as_maker(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped: Callable[[Observed, HarborProject], Mark | None] = vars(decision)["_lost_mark"]

    def lost_mark(observed: Observed, project: HarborProject) -> Mark | None:
        return observed.own if shipped(observed, project) else None

    monkeypatch.setattr(decision, "_lost_mark", lost_mark)


def _believe_every_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Observed, "may_have_made", lambda *_: True)


def _claim_while_leaving(monkeypatch: pytest.MonkeyPatch) -> None:
    def removal(observed: Observed) -> Plan[Action]:
        project = observed.project
        unmarked = observed.claim is Claim.FREE
        if project is not None and unmarked and observed.is_our_creation(project):
            return Plan(actions=(ClaimProject(observed.own, project.id),))
        return plan_removal(observed)

    monkeypatch.setattr(decision, "plan_removal", removal)


def _ask_no_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision, "_refusal", lambda *_: ())


def _delete_unconfirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    def removal(observed: Observed) -> Plan[Action]:
        recorded = replace(observed.recorded, deletion_confirmed=True)
        return plan_removal(replace(observed, recorded=recorded))

    monkeypatch.setattr(decision, "plan_removal", removal)


MUTANTS = (
    Mutant(
        "a mark is written over another by PUT instead of claimed by POST",
        beside(BY_HAND, ADOPTER, WEST_ADOPTER),
        Budget(wishes=2, ticks=1),
        Fault.FOREIGN_MARK,
        rules=Rules(claims_by_post=False),
    ),
    Mutant(
        "a project is deleted without reading its mark again",
        nothing_yet(replace(BLUE, deletion=IF_EMPTY)),
        Budget(wishes=2, deeds=1),
        Fault.FOREIGN_PROJECT,
        rules=Rules(rereads_before_deletion=False),
    ),
    Mutant(
        "a mark is rewritten without reading it again",
        nothing_yet(BLUE),
        Budget(wishes=2, deeds=1),
        Fault.FOREIGN_MARK,
        rules=Rules(rereads_before_rewriting=False),
    ),
    Mutant(
        "a project is adopted before its maker had ten minutes to mark it",
        beside(BY_HAND, ADOPTER),
        Budget(wishes=1),
        Fault.TOO_EARLY,
        install=_adopt_at_once,
    ),
    Mutant(
        "an unmarked project is claimed without an intent to create it",
        nothing_yet(BLUE, RED),
        Budget(wishes=2),
        Fault.NO_RIGHT,
        install=_claim_without_intent,
    ),
    Mutant(
        "the mark of an earlier object of the same place is taken for a foreign one",
        nothing_yet(BLUE),
        Budget(wishes=3),
        Fault.UNOWNED,
        install=_claiming(_older_is_foreign),
    ),
    Mutant(
        "the mark of another namespace is taken for that of an earlier object",
        nothing_yet(BLUE, RED),
        Budget(wishes=2),
        Fault.UNREST,
        install=_claiming(_foreign_is_older),
    ),
    Mutant(
        "a mark that another place has released is taken without adoption",
        nothing_yet(BLUE, RED),
        Budget(wishes=3),
        Fault.FOREIGN_MARK,
        install=_claiming(_released_is_older),
    ),
    Mutant(
        "status.projectID counts more than the mark when a project is claimed again",
        nothing_yet(BLUE, RED),
        Budget(wishes=2, deeds=1),
        Fault.UNREST,
        install=_claiming(_recorded_is_ours),
    ),
    Mutant(
        "the loser's deletion asks for that of the winner's project",
        nothing_yet(replace(BLUE, deletion=IF_EMPTY), replace(RED, deletion=IF_EMPTY)),
        Budget(wishes=3, faults=1),
        Fault.FOREIGN_PROJECT,
        rules=Rules(rereads_before_deletion=False),
        install=_remove_as_loser,
    ),
    Mutant(
        "a mark does not say that its project was adopted",
        beside(FILLED, replace(ADOPTER, deletion=WITH_CONTENTS, confirmed=True)),
        Budget(wishes=2, ticks=1),
        Fault.ADOPTED,
        install=_forget_adoptions,
    ),
    Mutant(
        "a released mark does not say that its project was adopted",
        beside(FILLED, replace(ADOPTER, later=WITH_CONTENTS, confirmed=True)),
        Budget(wishes=5, ticks=1),
        Fault.ADOPTED,
        install=_forget_adoptions_on_release,
    ),
    Mutant(
        "a mark that is put back does not say that its project was adopted",
        beside(FILLED, replace(ADOPTER, deletion=WITH_CONTENTS, confirmed=True)),
        Budget(wishes=2, deeds=1, ticks=1),
        Fault.ADOPTED,
        install=_put_marks_back_as_maker,
    ),
    Mutant(
        "no tenant rule is asked for",
        everybody(replace(BLUE, rule=UNGIVEN)),
        Budget(),
        Fault.NO_RULE,
        install=_ask_no_rule,
    ),
    Mutant(
        "contents are deleted though nobody has confirmed it",
        nothing_yet(replace(BLUE, deletion=WITH_CONTENTS)),
        Budget(wishes=2),
        Fault.UNCONFIRMED,
        install=_delete_unconfirmed,
    ),
    Mutant(
        "a status is believed that nothing in Harbor bears out",
        beside(BY_HAND, BLUE),
        Budget(wishes=1, forgeries=1),
        Fault.ON_ITS_WORD,
        install=_believe_every_status,
    ),
    Mutant(
        "an object that is being deleted claims what its open intent may have made",
        nothing_yet(BLUE, RED),
        Budget(wishes=3),
        Fault.LATE_CLAIM,
        install=_claim_while_leaving,
    ),
)
