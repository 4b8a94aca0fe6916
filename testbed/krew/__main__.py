"""Packs the plugin: `python -m testbed.krew FOLDER [--platforms all] [--repository URL]`."""

import argparse
import sys
from importlib.metadata import version
from pathlib import Path

from testbed.errors import WorldError
from testbed.krew import manifest
from testbed.krew.archive import pack
from testbed.krew.platforms import PLATFORMS, Platform, named, this_machine


def _platforms(names: list[str]) -> list[Platform]:
    if names == ["all"]:
        return [*PLATFORMS.values()]
    return [named(name) for name in names] or [this_machine()]


def main() -> None:
    """Write the archives and the manifest that names them."""
    parser = argparse.ArgumentParser(prog="python -m testbed.krew", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to")
    parser.add_argument(
        "--platforms",
        nargs="*",
        default=[],
        metavar="OS-ARCH",
        help=f"all, or some of {', '.join(PLATFORMS)}; default: this machine's",
    )
    parser.add_argument("--repository", default="", help="whose release has the archives")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    try:
        archives = {each: pack(each, arguments.folder) for each in _platforms(arguments.platforms)}
    except WorldError as error:
        sys.exit(str(error))
    written = manifest.write(
        arguments.folder, version("harbor-operator"), archives, arguments.repository
    )
    for path in (*archives.values(), written):
        print(path)


if __name__ == "__main__":
    main()
