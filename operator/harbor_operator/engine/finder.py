"""Projects by name, many questions in one request."""

import asyncio

from harbor_operator.harbor.client import HarborClient
from harbor_operator.harbor.models import Project
from harbor_operator.harbor.names import project_name

GATHERING_SECONDS = 0.02
"""How long a question waits for company: below what one request to Harbor takes a person's
patience, and long enough for a burst of objects to ask together."""


class ProjectFinder:
    """Asks Harbor for the projects of one moment in one list.

    An answer is never older than the question, so it can be believed like an own request.
    """

    def __init__(self, client: HarborClient) -> None:
        self._client = client
        self._waiting: dict[str, list[asyncio.Future[Project | None]]] = {}
        self._round: asyncio.Task[None] | None = None

    async def find(self, name: str) -> Project | None:
        """The visible project of this name, None when there is none.

        Raises:
            InvalidRequest: Harbor cannot have a project of this name; nobody else's question
                is asked together with it.
        """
        project_name(name)
        future: asyncio.Future[Project | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, []).append(future)
        if self._round is None:
            self._round = asyncio.create_task(self._ask())
        return await future

    async def _ask(self) -> None:
        await asyncio.sleep(GATHERING_SECONDS)
        asked, self._waiting, self._round = self._waiting, {}, None
        try:
            found = await self._client.projects.find(asked.keys())
        except Exception as error:  # noqa: BLE001 -- handed to everybody who asked
            _answer(asked, error)
        else:
            _answer(asked, found)


def _answer(
    asked: dict[str, list[asyncio.Future[Project | None]]],
    outcome: dict[str, Project] | Exception,
) -> None:
    for name, futures in asked.items():
        for future in futures:
            if future.done():
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome.get(name))
