"""Which pairs of Kubernetes and Harbor the tests have passed on, and the page that shows it.

Tests write down the pairs in `docs/compatibility.json`; `python -m testbed.compatibility` writes
the tables of `docs/compatibility.md` from that, and from what the simulator knows of releases.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from testbed.control_plane.features import FEATURES
from testbed.harbor.release import FIELDS_SINCE, Difference, numbered
from testbed.tools.versions import VERSION_VARIABLE, kubernetes_modules, kubernetes_program

DOCS = Path(__file__).parent.parent / "docs"
RECORD = DOCS / "compatibility.json"
PAGE = DOCS / "compatibility.md"


class Suite(StrEnum):
    """What was run on a pair, in the words of the page."""

    MAIN_WAYS = "main ways"
    END_TO_END = "end to end"


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """One passed run; versions are as the programs state them, such as `v1.36.3`."""

    kubernetes: str
    harbor: str
    suite: Suite
    simulated: bool
    """Whether Harbor was the simulator."""


def read(path: Path = RECORD) -> list[Run]:
    """The runs on record, none where there is no file."""
    if not path.exists():
        return []
    return [Run(**{**row, "suite": Suite(row["suite"])}) for row in json.loads(path.read_text())]


def write(path: Path, runs: Iterable[Run]) -> None:
    """Put runs on record; those of an older patch of the same minors go."""
    latest = {_place(run): run for run in [*read(path), *runs]}
    lines = [json.dumps(asdict(run)) for run in sorted(latest.values())]
    path.write_text("[\n  " + ",\n  ".join(lines) + "\n]\n")


def _place(run: Run) -> tuple[str, str, Suite, bool]:
    return minor(run.kubernetes), minor(run.harbor), run.suite, run.simulated


def minor(version: str) -> str:
    """`1.36` of `v1.36.3`."""
    return ".".join(version.removeprefix("v").split(".")[:2])


def render(page: str, runs: Iterable[Run], *, clusters: Iterable[str] = ()) -> str:
    """The page with its tables made anew.

    Args:
        page: the page as it is.
        runs: what is on record.
        clusters: versions of Kubernetes that get a row in any case.

    Raises:
        ValueError: the page lacks the marks of a table.
    """
    tables = {
        "pairs": _pairs(list(runs), {*map(_plain, clusters)}),
        "kubernetes": _features(),
        "harbor": _differences(),
    }
    for name, lines in tables.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        head, found, rest = page.partition(f"{begin}\n")
        _, found_end, tail = rest.partition(end)
        if not (found and found_end):
            raise ValueError(f"no table of {name} in the page")
        page = "\n".join([f"{head}{begin}", *lines, f"{end}{tail}"])
    return page


def pinned_clusters() -> list[str]:
    """The versions of Kubernetes that can be built here."""
    return [
        kubernetes_program("kube-apiserver", {VERSION_VARIABLE: name}).version
        for name in kubernetes_modules()
    ]


def _pairs(runs: list[Run], always: set[str]) -> list[str]:
    harbors = sorted({_plain(run.harbor) for run in runs}, key=_order)
    clusters = sorted({_plain(run.kubernetes) for run in runs} | always, key=_order)
    rows = [
        [f"Kubernetes {cluster}", *(_cell(runs, cluster, harbor) for harbor in harbors)]
        for cluster in clusters
    ]
    return _table(["", *(f"Harbor {harbor}" for harbor in harbors)], rows)


def _cell(runs: list[Run], cluster: str, harbor: str) -> str:
    passed = [
        run.suite if run.simulated else f"{run.suite} (real Harbor)"
        for run in sorted(runs)
        if (_plain(run.kubernetes), _plain(run.harbor)) == (cluster, harbor)
    ]
    return ", ".join(passed) or "not run"


def _features() -> list[str]:
    minors = sorted({name for feature in FEATURES for name in feature.minors}, key=_order)
    rows = [
        [feature.what, feature.used_by, *(feature.minors[name] or "no" for name in minors)]
        for feature in FEATURES
    ]
    return _table(["what", "used by", *minors], rows)


def _differences() -> list[str]:
    rows = [[row.value.releases, row.value.what] for row in Difference]
    fields = (
        [f"before {numbered(since)}", f"`{name}` of {_THINGS[model]} is dropped silently"]
        for (model, name), since in FIELDS_SINCE.items()
        if model in _THINGS
    )
    return _table(["Harbor", "what is different"], [*rows, *fields])


_THINGS = {"ProjectMetadata": "a project's metadata", "Registry": "an upstream registry"}
"""What people call the models."""


def _table(heading: list[str], rows: list[list[str]]) -> list[str]:
    above, *below = (f"| {' | '.join(cells)} |" for cells in (heading, *rows))
    return [above, "|---" * len(heading) + "|", *below]


def _plain(version: str) -> str:
    return version.removeprefix("v").partition("-")[0]


def _order(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(render(PAGE.read_text(), read(), clusters=pinned_clusters()))


if __name__ == "__main__":
    main()
