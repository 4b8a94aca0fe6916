"""Writes the pages of docs/reference that say what the code says.

Run as `python -m testbed.docs.reference`; with `--check` nothing is written, and the exit status is
1 when a page is not what would be written.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from testbed.docs.commands import commands_page
from testbed.docs.conditions import conditions_page
from testbed.docs.errors import UntoldError
from testbed.docs.kinds import kind_pages
from testbed.docs.marks import marks_page
from testbed.docs.pull_errors import pull_errors_page

DOCS: Final = Path(__file__).parents[2] / "docs"
_HEADER: Final = "<!-- Written by `make reference`. Do not edit. -->\n\n"


def pages(docs: Path = DOCS) -> dict[str, str]:
    """The text of every generated page by its path below docs/.

    Raises:
        UntoldError: Something is told nowhere.
    """
    troubleshooting = (docs / "troubleshooting.md").read_text(encoding="utf-8")
    guide = (docs / "kubectl-harbor.md").read_text(encoding="utf-8")
    written = {
        **kind_pages(),
        "conditions.md": conditions_page(troubleshooting),
        "annotations.md": marks_page(),
        "commands.md": commands_page(guide),
        "pull-errors.md": pull_errors_page(),
    }
    return {f"reference/{name}": _HEADER + text for name, text in written.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or tell which are out of date."""
    parser = argparse.ArgumentParser(description="Write the pages of docs/reference.")
    parser.add_argument("docs", nargs="?", type=Path, default=DOCS)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    try:
        wanted = pages(options.docs)
    except UntoldError as error:
        print(error)
        return 1
    stale = [path for path, text in wanted.items() if _present(options.docs / path) != text]
    if options.check:
        for path in stale:
            print(f"{options.docs / path} is out of date: run `make reference`")
        return int(bool(stale))
    for path in stale:
        (options.docs / path).write_text(wanted[path], encoding="utf-8")
    return 0


def _present(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
