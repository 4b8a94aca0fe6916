"""Specs of projects from YAML-like fields, and what one block makes of them."""

from typing import Any, TypeVar

from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.core.project.blocks.block import Block
from harbor_operator.core.steps import Comparison, Step, Verb

Fields = dict[str, Any]
D = TypeVar("D")
O = TypeVar("O")  # noqa: E741 -- the design's letter for what was observed


def spec_of(fields: Fields) -> ProjectSpec:
    """A spec as somebody writes it."""
    return ProjectSpec.model_validate(fields)


def stated(block: Block[D, O], fields: Fields, *, managed: tuple[str, ...] = ()) -> D | None:
    """What a block wants of a spec; None where the spec leaves it alone.

    Args:
        block: The block.
        fields: The spec.
        managed: The members that the status records.
    """
    return block.desired(spec_of(fields), ProjectStatus(managed_members=managed))


def wanted(block: Block[D, O], fields: Fields, *, managed: tuple[str, ...] = ()) -> D:
    """What a block wants of a spec that states it."""
    value = stated(block, fields, managed=managed)
    assert value is not None
    return value


def compared(
    block: Block[D, O], fields: Fields, seen: O, *, managed: tuple[str, ...] = ()
) -> Comparison:
    """What lies between a spec and what Harbor has."""
    return block.compare(wanted(block, fields, managed=managed), seen)


def outline(steps: tuple[Step, ...]) -> list[tuple[Verb, str, object]]:
    """Steps without the changes that they show."""
    return [(step.verb, step.target, step.write) for step in steps]


def changes_of(comparison: Comparison) -> list[tuple[str, str, str | None, str | None]]:
    """All changes of a comparison: block, field, before and after."""
    return [
        (change.block, change.field, change.before, change.after)
        for step in comparison.steps
        for change in step.changes
    ]
