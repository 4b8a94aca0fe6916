"""The threat model names tests that exist, and every test of an abuse is in it."""

import re
from pathlib import Path

from tests.support.deployed import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("\n## What a tenant may try\n")[2].partition("\n## ")[0]
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ")][1:]
ABUSES = sorted((ROOT / "tests" / "system").glob("test_system_abuse_*.py"))


def named_in(path: Path) -> set[str]:
    """The names of the tests of a file."""
    text = path.read_text(encoding="utf-8")
    return set(re.findall(r"^(?:async )?def (test_\w+)", text, flags=re.MULTILINE))


def test_every_threat_has_a_control_and_a_test_that_exists() -> None:
    existing = {name for path in (ROOT / "tests").rglob("test_*.py") for name in named_in(path)}

    for row in ROWS:
        threat, control, tests = (cell.strip() for cell in row.strip("|").split(" | "))
        named = re.findall(r"`(test_\w+)`", tests)
        assert all((threat, control, named)), row
        assert [name for name in named if name not in existing] == []


def test_every_abuse_that_is_tried_is_a_threat_of_the_page() -> None:
    tried = {name for path in ABUSES for name in named_in(path)}

    assert [name for name in sorted(tried) if f"`{name}`" not in TABLE] == []
    assert len(tried) >= 20
