"""A run of the demo becomes a picture."""

import re
from xml.etree import ElementTree as ET

import pytest

from testbed.docs.recording import COLUMNS, LONGEST_WAIT, Line, drawing, recorded
from tests.support.deployed import ROOT

PICTURES = ROOT / "docs" / "pictures"
PRINTED = """\
building etcd: 10 s
   0.0 s  Starting a world
  60.0 s  The operator runs; its log is /tmp/demo-1/operator.err

The samples
  60.2 s  HarborRobot team/ci: -
  60.4 s  HarborRobot team/ci: True  Succeeded
  61.0 s  15 pulls so far
  61.5 s  ok  Pulled with <the> new credential

All objects
OBJECT  READY
HarborRobot team/ci  True
  61.6 s  ok  All was as promised
"""


def test_lines_keep_their_times_and_long_waits_are_cut() -> None:
    lines = recorded(PRINTED.splitlines(keepends=True))

    assert lines == (
        Line("Starting a world", 0.0, "   0.0 s"),
        Line("The operator runs", LONGEST_WAIT, "  60.0 s"),
        Line("The samples", LONGEST_WAIT),
        Line("HarborRobot team/ci: True  Succeeded", 1.9, "  60.4 s"),
        Line("Pulled with <the> new credential", 3.0, "  61.5 s", proven=True),
        Line("All was as promised", 3.1, "  61.6 s", proven=True),
    )


def test_a_demo_that_failed_is_not_drawn() -> None:
    with pytest.raises(ValueError, match="did not end"):
        recorded(["   0.0 s  Starting a world\n", "   9.0 s  failed  something\n"])


def test_each_line_appears_at_its_time_and_is_cut_to_the_terminal() -> None:
    root = ET.fromstring(drawing([Line("Title", 0.5), Line("x" * 200, 2.0, "   9.0 s")]))  # noqa: S314

    title, long = root.iter("{http://www.w3.org/2000/svg}text")

    assert title.attrib["style"] == "animation-delay: 0.5s"
    assert "".join(title.itertext()) == "Title"
    assert len("".join(long.itertext())) == COLUMNS
    assert "".join(long.itertext()).endswith("x…")


@pytest.mark.parametrize("name", ["architecture.svg", "demo.svg"])
def test_a_picture_loads_nothing_and_shows_no_path_of_a_machine(name: str) -> None:
    text = (PICTURES / name).read_text(encoding="utf-8")

    ET.fromstring(text)  # noqa: S314 -- our own file
    assert re.findall(r"(?:href|src)=|url\((?!#)|<script|/tmp/|/home/|[Pp]assword", text) == []
