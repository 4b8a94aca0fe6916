"""Writes the generated files of the chart: its copies, and the table of values in its README.md.

Run as `python -m testbed.chart`; with `--check` nothing is written, and the exit status is 1 when
the files are not what would be written.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from testbed.chart.copies import FILES, ROOT, copies
from testbed.chart.values import read_values, with_table

CHART = ROOT / "deploy" / "chart"


def generated(chart: Path) -> dict[str, str]:
    """The text of every generated file by its path in the chart."""
    values = read_values((chart / "values.yaml").read_text(encoding="utf-8"))
    readme = (chart / "README.md").read_text(encoding="utf-8")
    return {**copies(), "README.md": with_table(readme, values)}


def outdated(chart: Path) -> list[str]:
    """The files that are missing, left over, or not as they would be generated."""
    desired = generated(chart)
    found = {
        str(path.relative_to(chart)): path.read_text(encoding="utf-8")
        for path in (chart / "README.md", *(chart / FILES).rglob("*"))
        if path.is_file()
    }
    return sorted(
        name for name in desired.keys() | found.keys() if desired.get(name) != found.get(name)
    )


def write(chart: Path) -> None:
    """Bring all generated files up to date."""
    desired = generated(chart)
    for name in outdated(chart):
        path = chart / name
        if name in desired:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(desired[name], encoding="utf-8")
        else:
            path.unlink()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or tell which ones are out of date."""
    parser = argparse.ArgumentParser(description="Generate files of the chart.")
    parser.add_argument("chart", nargs="?", type=Path, default=CHART)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    if not options.check:
        write(options.chart)
        return 0
    wrong = outdated(options.chart)
    for name in wrong:
        print(f"{options.chart / name} is out of date: run `make chart`")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
