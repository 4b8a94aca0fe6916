"""Lays out the sources of the site: `python -m testbed.docs.site FOLDER [--address URL]`."""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from testbed.docs.nav import NAV, Entry, navigation
from testbed.docs.staging import Repository, linked_files, place, staged

ROOT: Final = Path(__file__).parents[2]
_NOT_OURS: Final = frozenset({".git", ".mutants", "dist", "build", "__pycache__"})
"""Folders that hold nothing of the repository, besides virtual environments and caches."""


def files(root: Path) -> Iterator[str]:
    """The paths of the repository's files."""
    for folder, below, names in os.walk(root):
        below[:] = [
            name
            for name in below
            if name not in _NOT_OURS and not name.startswith(".venv") and "cache" not in name
        ]
        inside = Path(folder).relative_to(root)
        yield from ((inside / name).as_posix() for name in names)


def read_navigation(root: Path = ROOT) -> Entry:
    """The navigation over the pages that there are.

    Raises:
        ValueError: docs/nav.yaml is no navigation.
    """
    pages = [page.relative_to(root).as_posix() for page in (root / "docs").rglob("*.md")]
    return navigation((root / NAV).read_text(encoding="utf-8"), pages)


def lay_out(folder: Path, root: Path = ROOT, address: str = "") -> None:
    """Write the sources anew into a folder, with the files that pages link to.

    Raises:
        ValueError: docs/nav.yaml is no navigation.
        FileNotFoundError: A page of the navigation does not exist.
    """
    shutil.rmtree(folder, ignore_errors=True)
    entries = {entry.page: entry for entry in read_navigation(root).walk()}
    repository = Repository(frozenset(entries), frozenset(files(root)), address)
    for page, entry in entries.items():
        text = (root / page).read_text(encoding="utf-8")
        _write(folder / place(page), staged(text, entry, repository).encode())
        for path in linked_files(text, page, repository):
            _write(folder / place(path), (root / path).read_bytes())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def main() -> None:
    """Write the sources."""
    parser = argparse.ArgumentParser(prog="python -m testbed.docs.site", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to; it is emptied first")
    parser.add_argument("--address", default="", help="where folders of the repository can be seen")
    arguments = parser.parse_args()
    try:
        lay_out(arguments.folder, address=arguments.address)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
