"""The ways of being known to Harbor. None of them shows a secret when printed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Protocol

from .answers import message_of
from .connection import Credentials
from .request import Answer, Request

_CSRF_HEADER: Final = "X-Harbor-CSRF-Token"
_SESSION_COOKIE: Final = "sid"


class Grant(Protocol):
    """A way of being known to Harbor."""

    def headers(self, request: Request, /) -> Mapping[str, str]:
        """What to send with a request."""

    def refused_by(self, request: Request, answer: Answer, /) -> bool:
        """Whether Harbor took the sender for somebody anonymous, and did nothing."""


@dataclass(frozen=True, slots=True)
class Nobody:
    """No identity at all: how the login page is fetched."""

    def headers(self, _request: Request, /) -> Mapping[str, str]:
        """Nothing."""
        return {}

    def refused_by(self, _request: Request, _answer: Answer, /) -> bool:
        """Nothing is claimed, so nothing is refused."""
        return False


NOBODY: Final = Nobody()
"""The one instance that there need be."""


@dataclass(frozen=True, slots=True)
class BasicGrant:
    """Name and password with every request, and never a cookie.

    Harbor checks any request that carries a session cookie for a CSRF token.
    """

    credentials: Credentials

    def headers(self, _request: Request, /) -> Mapping[str, str]:
        """The same for every request."""
        return {"Authorization": self.credentials.basic_authorization()}

    def refused_by(self, _request: Request, answer: Answer, /) -> bool:
        """401 is the only sign; a list answers 200 with what is public."""
        return answer.status == HTTPStatus.UNAUTHORIZED


@dataclass(frozen=True, slots=True)
class BearerGrant:
    """A token of Harbor's token service, by which its registry knows what is allowed."""

    token: str = field(repr=False)

    def headers(self, _request: Request, /) -> Mapping[str, str]:
        """The same for every request."""
        return {"Authorization": f"Bearer {self.token}"}

    def refused_by(self, _request: Request, answer: Answer, /) -> bool:
        """401 stands for a bad token and for one that allows too little."""
        return answer.status == HTTPStatus.UNAUTHORIZED


@dataclass(frozen=True, slots=True)
class SessionGrant:
    """The cookies of a login, and the token that unsafe methods need beside them."""

    cookies: Mapping[str, str] = field(repr=False)
    csrf_token: str = field(repr=False)

    def headers(self, request: Request, /) -> Mapping[str, str]:
        """Cookies, and the token for writes."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if request.is_read:
            return {"Cookie": cookie}
        return {"Cookie": cookie, _CSRF_HEADER: self.csrf_token}

    def refused_by(self, request: Request, answer: Answer, /) -> bool:
        """Whether the session has ended.

        A list then answers 200 with public rows; what gives it away is that Harbor hands out a
        new session, which it never does to a session that it knows. Only a read may be judged
        by that, since a write that succeeded must not be sent again.
        """
        if request.is_read and _SESSION_COOKIE in _cookies(answer):
            return True
        if answer.status == HTTPStatus.FORBIDDEN:
            return "CSRF" in message_of(answer)[1]
        return answer.status == HTTPStatus.UNAUTHORIZED

    def logged_in_by(self, answer: Answer) -> "SessionGrant | None":
        """The session after a login, which replaces its cookie and keeps its token."""
        renewed = _cookies(answer)
        if _SESSION_COOKIE not in renewed:
            return None
        return SessionGrant({**self.cookies, **renewed}, self.csrf_token)


def visitor_of(login_page: Answer) -> SessionGrant | None:
    """The session of a visitor who has not logged in yet, or None where there is no login.

    Harbor's core answers this page with 404 where the portal serves it; the cookies and the
    token are there all the same.
    """
    token, cookies = login_page.headers.get(_CSRF_HEADER), _cookies(login_page)
    if not token or _SESSION_COOKIE not in cookies:
        return None
    return SessionGrant(cookies, token)


def _cookies(answer: Answer) -> dict[str, str]:
    """The cookies that an answer sets; those that it deletes are left out."""
    cookies: dict[str, str] = {}
    for header in answer.set_cookies:
        pair, _, attributes = header.partition(";")
        name, _, value = pair.strip().partition("=")
        if "max-age=0" not in attributes.lower():
            cookies[name] = value
    return cookies
