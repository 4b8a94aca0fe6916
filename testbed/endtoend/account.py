"""Plain requests to Harbor's API by the account that the run was given."""

import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from testbed.endtoend.target import HarborTarget
from testbed.errors import WorldError

_API = "/api/v2.0"
_REQUEST_SECONDS = 30.0
_TOKEN_MINUTES = 1
"""Harbor's shortest token lifetime, and with it the shortest overlap of a rotation."""

_ACCEPTED = {HTTPStatus.OK, HTTPStatus.PRECONDITION_FAILED}
"""What a user and a robot are answered when they ask who they are; elsewhere Harbor answers wrong
passwords as if there were none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Harbor said."""

    status: int
    body: Any


class HarborAccount:
    """An account of a Harbor; made by `open_account`."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Send one request; the path is the one below `/api/v2.0`.

        Raises:
            aiohttp.ClientError: Harbor cannot be reached.
        """
        async with self._session.request(method, f"{_API}{path}", json=body) as answer:
            is_json = "json" in answer.content_type
            return Answer(answer.status, await (answer.json() if is_json else answer.text()))

    async def require(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 -- any JSON
        """Send one request that has to succeed, and return what was answered.

        Raises:
            WorldError: Harbor refused it.
        """
        answer = await self.ask(method, path, body)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise WorldError(f"Harbor answered {answer.status} to {method} {path}: {answer.body}")
        return answer.body

    async def find(self, path: str) -> Any:  # noqa: ANN401 -- any JSON
        """Read something, or None where Harbor has or shows no such thing.

        Raises:
            WorldError: Harbor answered with another error.
        """
        answer = await self.ask("GET", path)
        # Harbor answers 403, not 404, about a project that does not exist.
        if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}:
            return None
        if answer.status != HTTPStatus.OK:
            raise WorldError(f"Harbor answered {answer.status} to GET {path}: {answer.body}")
        return answer.body

    async def delete_project(self, name: str) -> None:
        """Delete a project with all that it holds; does nothing when it is gone.

        Raises:
            WorldError: Harbor refused it.
        """
        project = await self.find(f"/projects/{name}")
        if project is None:
            return
        listed = await self.require("GET", f"/projects/{name}/repositories?page_size=100")
        for repository in listed or ():
            # A slash within a repository's name is encoded twice; proxies decode it once.
            within = repository["name"].removeprefix(f"{name}/").replace("/", "%252F")
            await self.require("DELETE", f"/projects/{name}/repositories/{within}")
        await self.require("DELETE", f"/projects/{project['project_id']}")


@contextlib.asynccontextmanager
async def open_account(harbor: HarborTarget) -> AsyncIterator[HarborAccount]:
    """Work with a Harbor as its given account.

    Raises:
        WorldError: Harbor does not accept the account.
    """
    trusted = ssl.create_default_context(cafile=harbor.ca_file)
    async with aiohttp.ClientSession(
        harbor.url,
        headers={"Authorization": aiohttp.encode_basic_auth(harbor.username, harbor.password)},
        connector=aiohttp.TCPConnector(ssl=trusted),
        # A session cookie would make Harbor ask for a CSRF token.
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=_REQUEST_SECONDS),
    ) as session:
        account = HarborAccount(session)
        answer = await account.ask("GET", "/users/current")
        if answer.status not in _ACCEPTED:
            raise WorldError(f"{harbor.url} does not accept the account {harbor.username}")
        yield account


@contextlib.asynccontextmanager
async def short_tokens(account: HarborAccount) -> AsyncIterator[bool]:
    """Have Harbor's registry tokens live for one minute during a block, and as before afterwards.

    Yields whether the account may do that: system administrators may, robots may not.
    """
    before = await _token_minutes(account)
    changed = before is not None and await _set_token_minutes(account, _TOKEN_MINUTES)
    try:
        yield changed
    finally:
        if changed:
            await account.require("PUT", "/configurations", {"token_expiration": before})


async def _token_minutes(account: HarborAccount) -> int | None:
    settings = await account.find("/configurations")
    return None if settings is None else int(settings["token_expiration"]["value"])


async def _set_token_minutes(account: HarborAccount, minutes: int) -> bool:
    answer = await account.ask("PUT", "/configurations", {"token_expiration": minutes})
    return answer.status == HTTPStatus.OK
