"""The bare reader: all pages of Harbor's lists of projects and quotas, and nothing more.

It is a program of its own, see `bench.programs`.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from itertools import count

import aiohttp

from bench.programs import answer_of
from bench.sessions import HarborUser

PROJECTS, QUOTAS = "/api/v2.0/projects", "/api/v2.0/quotas"
PAGE_ROWS = 100
"""The most that Harbor gives."""
_READINGS = 5
"""One reading takes hundredths of a second, too short to be counted alone."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reading of all pages took."""

    project_pages: int
    quota_pages: int
    rows: dict[str, int]
    """How many rows the pages of a list have, by its path."""
    cpu_seconds: float

    @property
    def pages(self) -> int:
        """All pages."""
        return self.project_pages + self.quota_pages


async def read(harbor: HarborUser) -> Reading:
    """Read everything in a program of its own.

    Raises:
        FloorError: it ended with an error, or did not end.
    """
    return Reading(**await answer_of(__name__, asdict(harbor)))


async def _read_list(harbor: aiohttp.ClientSession, path: str) -> tuple[int, int]:
    """How many pages and rows a list has."""
    rows = 0
    for page in count(1):
        query = {"page": str(page), "page_size": str(PAGE_ROWS)}
        async with harbor.get(path, params=query, raise_for_status=True) as answer:
            rows += len(await answer.json())
            if page * PAGE_ROWS >= int(answer.headers["X-Total-Count"]):
                return page, rows
    raise AssertionError("counting does not end")


async def _run(user: HarborUser) -> Reading:
    async with await user.session() as harbor:
        cpu = time.process_time()
        for _ in range(_READINGS):
            project_pages, projects = await _read_list(harbor, PROJECTS)
            quota_pages, quotas = await _read_list(harbor, QUOTAS)
        return Reading(
            project_pages=project_pages,
            quota_pages=quota_pages,
            rows={PROJECTS: projects, QUOTAS: quotas},
            cpu_seconds=(time.process_time() - cpu) / _READINGS,
        )


def main() -> None:
    """Read what the user on standard input may see."""
    reading = asyncio.run(_run(HarborUser(**json.load(sys.stdin))))
    print(json.dumps(asdict(reading)))


if __name__ == "__main__":
    main()
