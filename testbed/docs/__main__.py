"""Follows the named pages, or all of them, and says what was done; exits with 1 if one fails."""

import argparse
import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from testbed.docs.place import ROOT
from testbed.docs.running import Followed, PageError, follow, read_page
from testbed.errors import WorldError


def all_pages() -> list[Path]:
    """Every page of the documentation."""
    texts = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted([*texts, ROOT / "bench" / "README.md", ROOT / "deploy" / "chart" / "README.md"])


def summary(followed: Sequence[Followed]) -> str:
    """What was done of all pages, a line for each class of commands that were not done for real."""
    blocks = sum(each.blocks for each in followed)
    done = (
        f"{len(followed)} pages, {sum(each.commands for each in followed)} commands,"
        f" {sum(each.compared for each in followed)} outputs compared,"
        f" {sum(each.files for each in followed)} files written"
    )
    calls = Counter(why for each in followed for why, _ in each.stand_ins)
    stood_in = [f"{why}: {number}" for why, number in sorted(calls.items())]
    return "\n".join([done, *stood_in, f"{blocks} blocks, 0 skipped"])


async def _follow_all(pages: Iterable[Path], jobs: int) -> list[Followed | None]:
    """What was done of each page, some at a time; None for one that failed."""
    turns = asyncio.Semaphore(jobs)

    async def in_turn(path: Path) -> Followed | None:
        async with turns:
            return await _told(path)

    return await asyncio.gather(*(in_turn(path) for path in pages))


async def _told(path: Path) -> Followed | None:
    done = None
    try:
        done = await follow(path)
    except* WorldError as failures:
        for failure in failures.exceptions:
            print(f"FAILED {failure}", flush=True)
    if done is not None:
        print(f"{done.page}: {done.blocks} blocks in {done.seconds:.1f} s", flush=True)
    return done


def _chosen(names: Sequence[str]) -> list[Path]:
    pages = [Path(name).resolve() for name in names] or all_pages()
    if strangers := [page for page in pages if page not in all_pages()]:
        raise PageError(f"no pages: {', '.join(map(str, strangers))}")
    return [page for page in pages if read_page(page)]


def main() -> int:
    """Follow pages; 0 where all are as they say."""
    parser = argparse.ArgumentParser(description="Run every command block of the documentation.")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="all of them by default")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="pages at a time")
    arguments = parser.parse_args()
    try:
        pages = _chosen(arguments.pages)
    except PageError as failure:
        print(failure)
        return 1
    results = asyncio.run(_follow_all(pages, arguments.jobs))
    followed = [each for each in results if each is not None]
    print(summary(followed))
    if failed := len(pages) - len(followed):
        print(f"{failed} pages failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
