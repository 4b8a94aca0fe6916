"""A bare HTTP caller for tests that look at the simulator from outside."""

import json
from dataclasses import dataclass

from aiohttp import ClientSession, encode_basic_auth
from yarl import URL


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `body` is the decoded JSON, or None for an empty or other body."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> object:
        """The decoded JSON body."""
        return json.loads(self.text) if self.text else None

    def field(self, name: str) -> str:
        """One field of a JSON object, as text."""
        body = self.body
        if not isinstance(body, dict):
            raise TypeError(f"no object: {self.text}")
        return str(body[name])


@dataclass(frozen=True, slots=True)
class ApiCaller:
    """Calls one server, as one user if a name is given; keeps no cookies."""

    session: ClientSession
    url: str
    name: str = ""
    password: str = ""

    def signed_in(self, name: str, password: str) -> "ApiCaller":
        """The same server, called by somebody else."""
        return ApiCaller(self.session, self.url, name, password)

    async def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Sends one request; `body` goes as JSON, `raw` as it is."""
        sent = dict(headers or {})
        if self.name:
            sent["Authorization"] = encode_basic_auth(self.name, self.password)
        async with self.session.request(
            method,
            URL(self.url + path, encoded=True),
            json=body,
            data=raw,
            headers=sent,
            allow_redirects=False,
        ) as response:
            return Reply(response.status, dict(response.headers), await response.text())
