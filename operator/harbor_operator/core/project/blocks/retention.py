"""Which artifacts are kept, and when the others go: one policy a project, replaced as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from harbor_operator.api.blocks.retention import Keep, RetentionRule
from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.core.cron import five_fields, six_fields
from harbor_operator.core.project.blocks.block import Block
from harbor_operator.core.project.blocks.selectors import Reach, fields_of, reach_of
from harbor_operator.core.statement import Statement
from harbor_operator.core.steps import Change, Comparison, Step, Verb, differences

TEMPLATES: Mapping[str, str] = {
    "most_recently_pushed": "latestPushedK",
    "most_recently_pulled": "latestPulledN",
    "pushed_within_days": "nDaysSinceLastPush",
    "pulled_within_days": "nDaysSinceLastPull",
    "all": "always",
}
"""Harbor's templates by the fields of `keep`; a template's one parameter bears its name."""

_WORDS = {
    "latestPushedK": "mostRecentlyPushed",
    "latestPulledN": "mostRecentlyPulled",
    "nDaysSinceLastPush": "pushedWithinDays",
    "nDaysSinceLastPull": "pulledWithinDays",
    "always": "all",
}
_KEEPS_ALL = "always"
NEVER_BY_ITSELF = ""
"""Harbor's schedule of a policy that only runs when somebody starts it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy, in force."""

    template: str
    count: int | None
    """The template's number or days; None where it has no parameter."""
    reach: Reach
    untagged: bool
    """Whether it is for artifacts without a tag, too."""

    def words(self) -> str:
        """The rule in the words of the spec."""
        keep = _WORDS.get(self.template, self.template)
        number = "" if self.count is None else f" {self.count}"
        untagged = str(self.untagged).lower()
        return f"keep {keep}{number} ({self.reach.words()}, untagged: {untagged})"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The policy of a spec."""

    schedule: str | None
    """Harbor's six fields; None: whatever it is."""
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class PolicySeen:
    """The project's policy in Harbor."""

    id: int
    schedule: str = NEVER_BY_ITSELF
    rules: frozenset[Rule] = frozenset()
    unreadable: int = 0
    """Rules that no spec can state: disabled ones, or of a shape unknown here."""
    dangling: bool = False
    """Whether the project names the policy and Harbor has it no longer."""


@dataclass(frozen=True, slots=True)
class CreatePolicy:
    """Make the project's policy."""

    schedule: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class ReplacePolicy:
    """Make the policy this one; Harbor needs all of it in every request."""

    policy_id: int
    schedule: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class ForgetPolicy:
    """Let the project forget a policy that Harbor has no longer: with it, it gets no other."""

    policy_id: int


class RetentionBlock(Block[Wanted, PolicySeen | None]):
    """The retention policy."""

    name = "retention"

    @override
    def desired(self, spec: ProjectSpec, status: ProjectStatus) -> Wanted | None:
        stated = spec.retention
        if stated is None:
            return None
        schedule = None if stated.schedule is None else six_fields(stated.schedule)
        return Wanted(schedule, tuple(dict.fromkeys(_rule(rule) for rule in stated.rules)))

    @override
    def compare(self, desired: Wanted, observed: PolicySeen | None) -> Comparison:
        if observed is None or observed.dangling:
            return Comparison(self._creation(desired, observed))
        schedule = observed.schedule if desired.schedule is None else desired.schedule
        same_rules = frozenset(desired.rules) == observed.rules and not observed.unreadable
        if same_rules and schedule == observed.schedule:
            return Comparison()
        before = {"schedule": five_fields(observed.schedule), "rules": _seen_words(observed)}
        after = {"schedule": five_fields(schedule), "rules": _rule_words(desired.rules)}
        changes = differences(self.name, before, after)
        write = ReplacePolicy(observed.id, schedule, desired.rules)
        return Comparison((Step(self.name, Verb.UPDATE, "", changes, write),))

    @override
    def blank(self, desired: Wanted) -> PolicySeen | None:
        return None

    @override
    def state(self, observed: PolicySeen | None) -> Statement:
        if observed is None:
            return Statement()
        schedule = five_fields(observed.schedule)
        rules = [_stated(rule) for rule in sorted(observed.rules, key=Rule.words)]
        timing = {"schedule": schedule} if schedule else {}
        return Statement({self.name: {**timing, "rules": rules}})

    def _creation(self, desired: Wanted, observed: PolicySeen | None) -> tuple[Step, ...]:
        forget = () if observed is None else (_forgetting(observed),)
        if not desired.rules and desired.schedule is None:
            return forget
        schedule = desired.schedule or NEVER_BY_ITSELF
        after = {"schedule": five_fields(schedule), "rules": _rule_words(desired.rules)}
        create = Step(
            self.name,
            Verb.CREATE,
            target="",
            changes=differences(self.name, {}, after),
            write=CreatePolicy(schedule, desired.rules),
        )
        return (*forget, create)


def _forgetting(policy: PolicySeen) -> Step:
    change = Change(RetentionBlock.name, "policy", str(policy.id), None)
    return Step(RetentionBlock.name, Verb.DELETE, "", (change,), ForgetPolicy(policy.id))


def _rule(rule: RetentionRule) -> Rule:
    template, count = _kept(rule.keep)
    reach = reach_of(rule)
    untagged = not reach.tags.excludes if rule.untagged is None else rule.untagged
    return Rule(template, count, reach, untagged)


def _kept(keep: Keep) -> tuple[str, int | None]:
    stated = {name: getattr(keep, name) for name in TEMPLATES}
    name = next(name for name, value in stated.items() if value is not None)
    return TEMPLATES[name], None if name == "all" else int(stated[name])


def _rule_words(rules: tuple[Rule, ...] | frozenset[Rule]) -> str | None:
    return "; ".join(sorted(rule.words() for rule in rules)) or None


def _seen_words(policy: PolicySeen) -> str | None:
    words = _rule_words(policy.rules)
    if not policy.unreadable:
        return words
    others = f"{policy.unreadable} other rules"
    return others if words is None else f"{words}; {others}"


def _stated(rule: Rule) -> dict[str, Any]:
    """A rule as the spec has it; one that keeps by a template unknown here is not valid."""
    number: int | bool | None = True if rule.template == _KEEPS_ALL else rule.count
    usual = not rule.reach.tags.excludes
    untagged = {} if rule.untagged is usual else {"untagged": rule.untagged}
    keep = {_WORDS.get(rule.template, rule.template): number}
    return {"keep": keep, **fields_of(rule.reach), **untagged}


RETENTION = RetentionBlock()
