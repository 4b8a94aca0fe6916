"""Writes deploy/monitoring/dashboard.json.

Run as `python -m testbed.dashboard`; with `--check` nothing is written, and the exit status is 1
when the file is not what would be written.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from testbed.dashboard.grafana import text
from testbed.dashboard.panels import ROWS

FILE = Path(__file__).parents[2] / "deploy" / "monitoring" / "dashboard.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file, or tell that it is out of date."""
    parser = argparse.ArgumentParser(description="Write the dashboard.")
    parser.add_argument("file", nargs="?", type=Path, default=FILE)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    if not options.check:
        options.file.write_text(text(ROWS), encoding="utf-8")
        return 0
    is_present = options.file.is_file() and options.file.read_text(encoding="utf-8") == text(ROWS)
    if not is_present:
        print(f"{options.file} is out of date: run `make dashboard`")
    return 0 if is_present else 1


if __name__ == "__main__":
    sys.exit(main())
