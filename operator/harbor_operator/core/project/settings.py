"""All blocks of settings at once: what is wanted, what is allowed, what is to be done."""

from collections.abc import Iterator
from typing import Any

from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.core.project.blocks.block import Birth, Block
from harbor_operator.core.project.blocks.table import BLOCKS
from harbor_operator.core.project.facts import Desired, Observed
from harbor_operator.core.steps import Comparison, Step, Trouble
from harbor_operator.core.tenancy import TenantRule


def wanted_settings(spec: ProjectSpec, status: ProjectStatus) -> dict[str, Any]:
    """What each managed block wants, by the block's name."""
    wanted = {block.name: block.desired(spec, status) for block in BLOCKS}
    return {name: value for name, value in wanted.items() if value is not None}


def refusal_of(desired: Desired, rule: TenantRule) -> str | None:
    """Why the tenant rule does not allow the settings; None when it does."""
    refusals = (block.refusal(wanted, rule) for block, wanted in _managed(desired))
    return next((refusal for refusal in refusals if refusal), None)


def birth_of(desired: Desired) -> Birth:
    """What goes into the request that creates the project."""
    births = [block.at_creation(wanted) for block, wanted in _managed(desired)]
    return Birth(
        metadata={key: value for birth in births for key, value in birth.metadata.items()},
        storage_bytes=next((b.storage_bytes for b in births if b.storage_bytes is not None), None),
        registry=next((b.registry for b in births if b.registry is not None), None),
    )


def compare(desired: Desired, observed: Observed) -> Comparison:
    """The steps that are left, and the troubles that stand in the way of others."""
    steps: list[Step] = []
    troubles: list[Trouble] = []
    for block, wanted in _managed(desired):
        seen = observed.settings[block.name]
        if isinstance(seen, Trouble):
            troubles.append(seen)
            continue
        comparison = block.compare(wanted, seen)
        troubles.extend(comparison.troubles)
        for step in comparison.steps:
            trouble = observed.attempts.trouble_with(step)
            if trouble is None:
                steps.append(step)
            else:
                troubles.append(trouble)
    return Comparison(tuple(steps), tuple(troubles))


def steps_from_nothing(desired: Desired) -> tuple[Step, ...]:
    """The steps for a project that is not there yet."""
    return tuple(
        step
        for block, wanted in _managed(desired)
        for step in block.compare(wanted, block.blank(wanted)).steps
    )


def reports(desired: Desired, observed: Observed) -> dict[str, Any]:
    """The status fields of all blocks that could be read."""
    fields: dict[str, Any] = {}
    for block, wanted in _managed(desired):
        seen = observed.settings[block.name]
        if not isinstance(seen, Trouble):
            fields |= block.report(wanted, seen)
    return fields


def _managed(desired: Desired) -> Iterator[tuple[Block[Any, Any], Any]]:
    for block in BLOCKS:
        if block.name in desired.settings:
            yield block, desired.settings[block.name]
