"""Tags that cannot be overwritten or deleted: a stated list of rules is all of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from typing_extensions import override

from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.core.project.blocks.block import Block
from harbor_operator.core.project.blocks.selectors import Reach, fields_of, reach_of
from harbor_operator.core.statement import Statement
from harbor_operator.core.steps import Change, Comparison, Step, Verb


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """One rule in Harbor."""

    id: int
    reach: Reach | None
    """None: a rule without selectors, which Harbor accepts and which protects nothing."""
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class CreateRule:
    """Make a rule."""

    reach: Reach


@dataclass(frozen=True, slots=True)
class EnableRule:
    """Switch a rule on; Harbor changes nothing else of it in the same request."""

    rule_id: int
    reach: Reach


@dataclass(frozen=True, slots=True)
class DeleteRule:
    """Remove a rule."""

    rule_id: int


Wanted = tuple[Reach, ...]
Seen = tuple[RuleSeen, ...]


class ImmutableTagsBlock(Block[Wanted, Seen]):
    """The immutability rules. A rule is never rewritten: Harbor would drop parts of the change."""

    name = "immutableTags"
    usual: ClassVar[Mapping[str, Any]] = {name: []}

    @override
    def desired(self, spec: ProjectSpec, status: ProjectStatus) -> Wanted | None:
        if spec.immutable_tags is None:
            return None
        return tuple(dict.fromkeys(reach_of(rule) for rule in spec.immutable_tags))

    @override
    def compare(self, desired: Wanted, observed: Seen) -> Comparison:
        # New rules come first, so that no tag is without protection in between.
        return Comparison((*_missing(desired, observed), *_surplus(desired, observed)))

    @override
    def blank(self, desired: Wanted) -> Seen:
        return ()

    @override
    def state(self, observed: Seen) -> Statement:
        reaches = sorted({rule.reach for rule in observed if rule.reach}, key=Reach.words)
        return Statement({self.name: [fields_of(reach) for reach in reaches]})


def removals(desired: Wanted, observed: Seen) -> tuple[Step, ...]:
    """The steps that remove the rules of a spec, which stand in the way of a deletion."""
    return tuple(_deletion(rule) for rule in observed if rule.reach in desired)


def _missing(desired: Wanted, observed: Seen) -> Iterator[Step]:
    for reach in desired:
        same = [rule for rule in observed if rule.reach == reach]
        if not same:
            change = Change(ImmutableTagsBlock.name, "", None, reach.words())
            yield _step(Verb.CREATE, reach.words(), change, CreateRule(reach))
        elif all(rule.disabled for rule in same):
            change = Change(ImmutableTagsBlock.name, "disabled", "true", "false")
            oldest = min(rule.id for rule in same)  # the one that is not surplus
            yield _step(Verb.UPDATE, reach.words(), change, EnableRule(oldest, reach))


def _surplus(desired: Wanted, observed: Seen) -> Iterator[Step]:
    """Rules that are not wanted, and all but the best of those that say the same."""
    kept: set[Reach] = set()
    for rule in sorted(observed, key=lambda rule: (rule.disabled, rule.id)):
        if rule.reach in desired and rule.reach not in kept:
            kept.add(rule.reach)
            continue
        yield _deletion(rule)


def _deletion(rule: RuleSeen) -> Step:
    words = rule.reach.words() if rule.reach else "nothing"
    change = Change(ImmutableTagsBlock.name, "", words, None)
    return _step(Verb.DELETE, f"{rule.id}", change, DeleteRule(rule.id))


def _step(verb: Verb, target: str, change: Change, write: object) -> Step:
    return Step(ImmutableTagsBlock.name, verb, target, (change,), write)


IMMUTABLE_TAGS = ImmutableTagsBlock()
