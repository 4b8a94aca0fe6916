"""Writes the ConfigMap of Argo CD's customizations.

Run as `python -m testbed.gitops`; with `--check` nothing is written, and the exit status is 1 when
the file is not what would be written.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from testbed.gitops.argocd import CONFIG_MAP, config_map

FOLDER = Path(__file__).parents[2] / "deploy" / "gitops" / "argocd"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file, or tell that it is out of date."""
    parser = argparse.ArgumentParser(description="Generate Argo CD's customizations.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    path: Path = options.folder / CONFIG_MAP
    wanted = config_map(options.folder)
    if not options.check:
        path.write_text(wanted, encoding="utf-8")
        return 0
    if path.is_file() and path.read_text(encoding="utf-8") == wanted:
        return 0
    print(f"{path} is out of date: run `make gitops`")
    return 1


if __name__ == "__main__":
    sys.exit(main())
