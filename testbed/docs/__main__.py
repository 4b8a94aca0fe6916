"""Follows the named pages, or all of them, and says what was done; exits with 1 if one fails."""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from testbed.docs.place import ROOT
from testbed.docs.running import Followed, PageError, follow, read_page
from testbed.errors import WorldError


def all_pages() -> list[Path]:
    """Every page of the documentation, those with many commands for the operator first."""
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


async def _follow_all(pages: Iterable[Path]) -> tuple[list[Followed], int]:
    """What was followed to its end, and how many pages were not."""
    followed, failed = [], 0
    for path in pages:
        try:
            done = await follow(path)
        except* WorldError as failures:
            failed += 1
            for failure in failures.exceptions:
                print(f"FAILED {failure}", flush=True)
        else:
            followed.append(done)
            print(f"{done.page}: {done.blocks} blocks in {done.seconds:.1f} s", flush=True)
    return followed, failed


def _chosen(names: Sequence[str]) -> list[Path]:
    pages = [Path(name).resolve() for name in names] or all_pages()
    if strangers := [page for page in pages if page not in all_pages()]:
        raise PageError(f"no pages: {', '.join(map(str, strangers))}")
    return [page for page in pages if read_page(page)]


def main() -> int:
    """Follow pages; 0 where all are as they say."""
    parser = argparse.ArgumentParser(description="Run every command block of the documentation.")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="all of them by default")
    try:
        followed, failed = asyncio.run(_follow_all(_chosen(parser.parse_args().pages)))
    except PageError as failure:
        print(failure)
        return 1
    print(summary(followed))
    if failed:
        print(f"{failed} pages failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
