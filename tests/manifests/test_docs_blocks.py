"""No command of the documentation escapes `make docs-test`."""

from pathlib import Path

import pytest

from testbed.docs.__main__ import all_pages
from testbed.docs.blocks import Run, acts_of, unmarked_commands
from testbed.docs.scenes import SCENES
from testbed.docs.stand_ins import STAND_INS, WRAPPERS
from tests.support.deployed import ROOT

each_page = pytest.mark.parametrize(
    "page", all_pages(), ids=lambda path: str(path.relative_to(ROOT))
)


def test_no_command_is_elsewhere() -> None:
    folders = ("docs", "bench", "crds", "deploy", "operator", "testbed", "tests")
    found = {page for folder in folders for page in (ROOT / folder).rglob("*.md")}

    for page in found - {*all_pages()}:
        text = page.read_text(encoding="utf-8")
        assert (acts_of(text), unmarked_commands(text)) == ((), []), page


@each_page
def test_commands_are_in_blocks_that_are_run(page: Path) -> None:
    assert unmarked_commands(page.read_text(encoding="utf-8")) == []


@each_page
def test_every_block_says_what_it_is(page: Path) -> None:
    acts = acts_of(page.read_text(encoding="utf-8"))

    assert {act.scene for act in acts} <= {*SCENES}


def test_every_scene_and_every_stand_in_is_used() -> None:
    acts = [act for page in all_pages() for act in acts_of(page.read_text(encoding="utf-8"))]
    scripts = [step.script for act in acts for step in act.steps if isinstance(step, Run)]
    commands = "\n".join(scripts).replace("kubectl krew", "kubectl-krew")

    assert {act.scene for act in acts} == {*SCENES}
    assert [
        each.program for each in (*STAND_INS, *WRAPPERS) if f"{each.program} " not in commands
    ] == []
