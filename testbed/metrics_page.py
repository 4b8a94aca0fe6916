"""Writes the table of docs/metrics.md from the operator's own.

Run as `python -m testbed.metrics_page`; with `--check` nothing is written, and the exit status is
1 when the page has another table.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from harbor_operator.engine.telemetry.metrics import TABLE, Metric

PAGE = Path(__file__).parent.parent / "docs" / "metrics.md"
BEGIN = "<!-- metrics: written by `make metrics` -->\n"
END = "<!-- end of metrics -->\n"
_HEAD = "| name | type | labels | meaning |\n|---|---|---|---|\n"


def with_table(page: str) -> str:
    """The page with the present table instead of the one that it has."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "".join([before, BEGIN, _HEAD, *map(_row, TABLE), END, after])


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.type} | {labels} | {metric.help} |\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or tell that it is out of date."""
    parser = argparse.ArgumentParser(description="Write the table of metrics.")
    parser.add_argument("page", nargs="?", type=Path, default=PAGE)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    present = options.page.read_text(encoding="utf-8")
    wanted = with_table(present)
    if not options.check:
        options.page.write_text(wanted, encoding="utf-8")
        return 0
    if present != wanted:
        print(f"{options.page} is out of date: run `make metrics`")
    return int(present != wanted)


if __name__ == "__main__":
    sys.exit(main())
