"""Follows the named pages, or all of them, and says what was done; exits with 1 if one fails."""

import argparse
import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from testbed.docs.place import ROOT
from testbed.docs.running import Followed, Job, PageError, jobs_of, play, read_page
from testbed.errors import WorldError


def all_pages() -> list[Path]:
    """Every page of the documentation."""
    texts = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted([*texts, ROOT / "bench" / "README.md", ROOT / "deploy" / "chart" / "README.md"])


def summary(followed: Sequence[Followed]) -> str:
    """What was done of all pages, a line for each class of commands that were not done for real."""
    blocks = sum(each.blocks for each in followed)
    done = (
        f"{len({each.page for each in followed})} pages,"
        f" {sum(each.commands for each in followed)} commands,"
        f" {sum(each.compared for each in followed)} outputs compared,"
        f" {sum(each.files for each in followed)} files written"
    )
    calls = Counter(why for each in followed for why, _ in each.stand_ins)
    stood_in = [f"{why}: {number}" for why, number in sorted(calls.items())]
    return "\n".join([done, *stood_in, f"{blocks} blocks, 0 skipped"])


class Report:
    """Prints how each act went, and remembers it."""

    def __init__(self) -> None:
        self.followed: list[Followed] = []
        self.failures: list[WorldError] = []

    def tell(self, outcome: Followed | WorldError) -> None:
        """Take note of one act."""
        if isinstance(outcome, Followed):
            self.followed.append(outcome)
            line = f"{outcome.page}: {outcome.blocks} blocks in {outcome.seconds:.1f} s"
        else:
            self.failures.append(outcome)
            line = f"FAILED {outcome}"
        print(line, flush=True)


async def follow(paths: Iterable[Path], report: Report, *, jobs: int) -> None:
    """Do what pages say, some worlds at a time.

    Raises:
        PageError: one cannot be read; nothing was done then.
    """
    pages = {str(path.relative_to(ROOT)): read_page(path) for path in paths}
    turns = asyncio.Semaphore(jobs)

    async def in_turn(job: Job) -> None:
        async with turns:
            await play(job, report.tell)

    await asyncio.gather(*(in_turn(job) for job in jobs_of(pages)))


def main() -> int:
    """Follow pages; 0 where all are as they say."""
    parser = argparse.ArgumentParser(description="Run every command block of the documentation.")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="all of them by default")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="worlds at a time")
    arguments = parser.parse_args()
    chosen = [Path(name).resolve() for name in arguments.pages] or all_pages()
    if strangers := [str(page) for page in chosen if page not in all_pages()]:
        print(f"not a page of the documentation: {', '.join(strangers)}")
        return 1
    report = Report()
    try:
        asyncio.run(follow(chosen, report, jobs=arguments.jobs))
    except PageError as failure:
        print(failure)
        return 1
    print(summary(report.followed))
    if report.failures:
        print(f"{len(report.failures)} failed")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
