"""Plain HTTP sessions with the API server and with Harbor, without any client library."""

import ssl
from dataclasses import dataclass, field

import aiohttp

CSRF_HEADER = "X-Harbor-CSRF-Token"
_LOGIN = "/c/login"


@dataclass(frozen=True, slots=True)
class ApiServer:
    """Where an API server listens and how to be somebody there."""

    url: str
    ca_file: str
    token: str = field(repr=False)

    def session(self) -> aiohttp.ClientSession:
        """A session; the caller closes it."""
        trusted = ssl.create_default_context(cafile=self.ca_file)
        return aiohttp.ClientSession(
            self.url,
            headers={"Authorization": f"Bearer {self.token}"},
            connector=aiohttp.TCPConnector(ssl=trusted),
            raise_for_status=True,
        )


@dataclass(frozen=True, slots=True)
class HarborUser:
    """Where a Harbor listens and a user's login there."""

    url: str
    username: str
    password: str = field(repr=False)

    async def session(self) -> aiohttp.ClientSession:
        """A session that is logged in; the caller closes it.

        Raises:
            aiohttp.ClientResponseError: Harbor refuses the login.
        """
        # Without `unsafe` the jar keeps no cookies of a host that is an address, and Harbor
        # does not undo the quoting that the jar would do.
        jar = aiohttp.CookieJar(unsafe=True, quote_cookie=False)
        session = aiohttp.ClientSession(self.url, cookie_jar=jar)
        try:
            # Harbor's core answers this page with 404; the token comes all the same.
            async with session.get(_LOGIN) as page:
                session.headers[CSRF_HEADER] = page.headers[CSRF_HEADER]
            form = {"principal": self.username, "password": self.password}
            async with session.post(_LOGIN, data=form, raise_for_status=True):
                return session
        except BaseException:
            await session.close()
            raise
