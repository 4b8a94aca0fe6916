"""What holds for every block of a project's settings."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harbor_operator.api.project import ProjectStatus
from harbor_operator.core.project.blocks.block import Block
from harbor_operator.core.project.blocks.table import BLOCKS
from harbor_operator.core.project.preview import described
from tests.support.harbor_settings import carried_out
from tests.support.project_settings import stated
from tests.support.project_strategies import seen_by, specs_of

EACH_BLOCK = pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)


def drawn(block: Block[Any, Any], data: st.DataObject) -> tuple[Any, Any]:
    """What a spec that states the block wants, and what Harbor may have."""
    spec = data.draw(specs_of(block.name))
    desired = block.desired(spec, ProjectStatus(managed_members=("User/carol",)))
    assume(desired is not None)
    return desired, data.draw(seen_by(spec, [block.name]))[block.name]


@EACH_BLOCK
def test_a_spec_that_says_nothing_leaves_a_block_alone(block: Block[Any, Any]) -> None:
    assert stated(block, {}) is None


@EACH_BLOCK
@settings(max_examples=40)
@given(data=st.data())
def test_after_all_steps_of_a_block_none_is_left(
    block: Block[Any, Any], data: st.DataObject
) -> None:
    desired, seen = drawn(block, data)

    for step in block.compare(desired, seen).steps:
        seen = carried_out(step, seen)

    assert block.compare(desired, seen).steps == ()


@EACH_BLOCK
@settings(max_examples=40)
@given(data=st.data())
def test_each_step_of_a_block_shows_what_it_changes_and_is_told_from_the_others(
    block: Block[Any, Any], data: st.DataObject
) -> None:
    desired, seen = drawn(block, data)

    steps = block.compare(desired, seen).steps

    assert all(step.changes and step.source == block.name for step in steps)
    assert len({step.key for step in steps}) == len(steps)
    assert all(len(entry["fields"]) > 0 for entry in described(steps))


@EACH_BLOCK
@settings(max_examples=40)
@given(data=st.data())
def test_the_steps_from_nothing_lead_to_what_is_wanted(
    block: Block[Any, Any], data: st.DataObject
) -> None:
    desired, _ = drawn(block, data)
    seen = block.blank(desired)

    for step in block.compare(desired, seen).steps:
        seen = carried_out(step, seen)

    assert block.compare(desired, seen).steps == ()


def test_the_names_of_the_blocks_differ() -> None:
    names = [block.name for block in BLOCKS]

    assert len(set(names)) == len(names)
    assert [block.name for block in BLOCKS if block.in_pages] == [
        "proxyCache",
        "metadata",
        "storageQuota",
        "allowedCVEs",
    ]
