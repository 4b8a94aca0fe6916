"""Which test produces which cause of `why` for real; `python -m tests.support.proofs` prints it."""

import sys
from collections import defaultdict
from importlib import import_module

from harbor_operator.cli.why.causes import CAUSES
from tests.support.deployed import ROOT


def proofs() -> dict[str, list[str]]:
    """The tests that say which causes they produce, by cause.

    Each of them fails where the plugin does not tell what it says; the fixture `scene` sees to it.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests" / "system").glob("test_plugin_why_*.py")):
        module = import_module(f"tests.system.{path.stem}")
        for name, test in vars(module).items():
            for mark in getattr(test, "pytestmark", ()) if name.startswith("test_") else ():
                for cause in mark.args if mark.name == "proves" else ():
                    found[cause].append(f"{path.name}::{name}")
    return dict(found)


def main() -> None:
    """Print a table with a row for each cause."""
    found = proofs()
    rows = [f"| {cause.name} | {', '.join(found.get(cause.name, ()))} |" for cause in CAUSES]
    sys.stdout.write("\n".join(["| cause | tests |", "|---|---|", *rows, ""]))


if __name__ == "__main__":
    main()
