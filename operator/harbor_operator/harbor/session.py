"""Who the client is to Harbor: a session for users, basic authentication for robots.

A user's password costs Harbor some 85 ms of CPU on every request, so a user logs in once and
then sends the session's cookies. Robots cannot log in, and cost 2 ms.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from .answers import failure_of
from .connection import Credentials
from .errors import AuthenticationFailed
from .grants import NOBODY, BasicGrant, Grant, SessionGrant, visitor_of
from .request import LOGIN_PATH, Answer, Request, api_read

_ROBOT_PREFIX: Final = "robot$"  # Harbor's default; another prefix costs one refused login
_REMEMBERED_SECONDS: Final = 5.0
"""How long a refusal is believed: each costs Harbor 1.5 s and locks the user for as long, and a
new password comes with a new client."""

Send = Callable[[Request, Grant], Awaitable[Answer]]


class Authenticator:
    """Keeps one grant for all tasks of a client and renews it once for all of them."""

    def __init__(self, credentials: Credentials, send: Send) -> None:
        self._credentials = credentials
        self._send = send
        self._grant: Grant | None = None
        self._login: asyncio.Task[Grant] | None = None
        self._refusal: AuthenticationFailed | None = None
        self._refused_until = 0.0

    async def grant(self) -> Grant:
        """The present grant; the first caller logs in, the others wait for it.

        Raises:
            AuthenticationFailed: The credentials were refused, now or a moment ago.
            Transient: Harbor could not be asked.
        """
        if self._grant is not None:
            return self._grant
        self._raise_recent_refusal()
        if self._login is None:
            self._login = asyncio.create_task(self._log_in())
        return await asyncio.shield(self._login)

    async def renew(self, refused: Grant) -> Grant:
        """A grant other than the refused one, unless another task has renewed it already."""
        if self._grant is refused:
            self._grant = None
        return await self.grant()

    async def aclose(self) -> None:
        """Stop a login that nobody waits for any more."""
        if self._login is not None:
            self._login.cancel()
            await asyncio.wait([self._login])

    def _raise_recent_refusal(self) -> None:
        if self._refusal and asyncio.get_running_loop().time() < self._refused_until:
            raise AuthenticationFailed(self._refusal.summary, self._refusal.exchange)

    async def _log_in(self) -> Grant:
        try:
            self._grant = await self._choose_grant()
        except AuthenticationFailed as refusal:
            self._refusal = refusal
            self._refused_until = asyncio.get_running_loop().time() + _REMEMBERED_SECONDS
            raise
        finally:
            self._login = None
        return self._grant

    async def _choose_grant(self) -> Grant:
        """A session where it is offered and accepted, else basic authentication if that works.

        A refused login is not the last word: the name may be a robot's under a changed prefix,
        or of a user whom an identity provider logs in.
        """
        if self._credentials.username.startswith(_ROBOT_PREFIX):
            return await self._basic()
        return await self._session() or await self._basic()

    async def _session(self) -> SessionGrant | None:
        visitor = visitor_of(await self._send(_login_request("GET"), NOBODY))
        if visitor is None:
            return None
        form = _login_request("POST", self._credentials)
        answer = await self._send(form, visitor)
        return visitor.logged_in_by(answer) if answer.status == HTTPStatus.OK else None

    async def _basic(self) -> BasicGrant:
        grant = BasicGrant(self._credentials)
        request = api_read("/users/current")
        answer = await self._send(request, grant)
        failure = failure_of(request, answer)
        # 412 is how Harbor tells a robot that it is no user: a working robot.
        if failure is None or answer.status == HTTPStatus.PRECONDITION_FAILED:
            return grant
        raise failure


def _login_request(method: str, credentials: Credentials | None = None) -> Request:
    if credentials is None:
        return Request(method, LOGIN_PATH, LOGIN_PATH)
    form = {
        "principal": credentials.username,
        "password": credentials.password.get_secret_value(),
    }
    return Request(
        method,
        LOGIN_PATH,
        LOGIN_PATH,
        content=urlencode(form).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        confidential=True,
    )
