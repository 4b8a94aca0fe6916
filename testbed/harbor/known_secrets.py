"""Every secret that a Harbor has issued or was told, for who looks where they turn up.

They are heard on the wire and recognised by the names that Harbor's API has for them, so a
resource that is added later needs nothing here. A wrong password counts, too: somebody's it is.
"""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl

from aiohttp import web
from multidict import CIMultiDict

from testbed.harbor.sessions import CSRF_COOKIE, CSRF_HEADER, SESSION_COOKIE

_MASKED = "*"
"""What Harbor shows where it keeps a secret to itself, several in a row."""
_STREAMED = "/v2/"
"""Below it bodies are images, as large as they like, and no JSON of ours."""
_LONGEST_BODY = 1 << 20
"""Bytes: a hundred times what any request with a secret in it has."""
_FORM = "application/x-www-form-urlencoded"
"""How a login is sent."""


class SecretKind(StrEnum):
    """What a secret opens."""

    ROBOT_SECRET = "robot secret"
    PASSWORD = "password"
    SESSION_ID = "session id"
    CSRF_TOKEN = "CSRF token"
    BEARER_TOKEN = "bearer token"
    WEBHOOK_HEADER = "webhook header"
    REGISTRY_SECRET = "registry secret"
    SCANNER_CREDENTIAL = "scanner credential"


_FIELDS = {
    "secret": SecretKind.ROBOT_SECRET,
    "password": SecretKind.PASSWORD,
    "old_password": SecretKind.PASSWORD,
    "new_password": SecretKind.PASSWORD,
    "token": SecretKind.BEARER_TOKEN,
    "auth_header": SecretKind.WEBHOOK_HEADER,
    "access_secret": SecretKind.REGISTRY_SECRET,
    "access_credential": SecretKind.SCANNER_CREDENTIAL,
}
"""Fields of requests and answers."""
_HOLDERS = ("name", "username")
"""Fields beside them that say whose secret it is."""
_MENTIONED = re.compile(rf'"(?:{"|".join(_FIELDS)})"'.encode())
"""Most bodies hold none of the fields, and need not be decoded."""
_COOKIES = {SESSION_COOKIE: SecretKind.SESSION_ID, CSRF_COOKIE: SecretKind.CSRF_TOKEN}


@dataclass(frozen=True, slots=True)
class KnownSecret:
    """One secret."""

    kind: SecretKind
    value: str = field(repr=False)
    holder: str = ""
    """The user or robot whose it is, by full name, as far as that was said."""


@dataclass(slots=True)
class KnownSecrets:
    """All of them, in the order in which they became known; they are never forgotten."""

    _by_value: dict[str, KnownSecret] = field(default_factory=dict, repr=False)

    def __iter__(self) -> Iterator[KnownSecret]:
        return iter(tuple(self._by_value.values()))

    def add(self, kind: SecretKind, value: str, holder: str = "") -> None:
        """Take in a secret; what is empty or masked is none."""
        if not value.strip(_MASKED):
            return
        known = self._by_value.setdefault(value, KnownSecret(kind, value, holder))
        if holder and not known.holder:
            self._by_value[value] = KnownSecret(known.kind, value, holder)

    async def hear(self, request: web.Request, holder: str = "") -> None:
        """Take in what a caller says.

        Args:
            request: its body is read, and stays readable.
            holder: whose secret a body without a name is about.
        """
        self._hear_authorization(request.headers.get("Authorization", ""))
        if request.path.startswith(_STREAMED) or (request.content_length or 0) > _LONGEST_BODY:
            return
        body = await request.read()
        if request.content_type == _FORM:
            form = dict(parse_qsl(body.decode(errors="replace")))
            self.add(SecretKind.PASSWORD, form.get("password", ""), form.get("principal", ""))
        else:
            self._hear_body(body, holder)

    def hear_answer(self, response: web.StreamResponse) -> None:
        """Take in what a handler answers, whether or not the answer arrives."""
        if isinstance(response, web.Response) and isinstance(response.body, bytes):
            self._hear_body(response.body, "")
        self.hear_headers(response.headers)

    def hear_headers(self, headers: CIMultiDict[str]) -> None:
        """Take in sessions and tokens that an answer hands out."""
        self.add(SecretKind.CSRF_TOKEN, headers.get(CSRF_HEADER, ""))
        for line in headers.getall("Set-Cookie", ()):
            for name, cookie in SimpleCookie(line).items():
                if name in _COOKIES:
                    self.add(_COOKIES[name], cookie.value)

    def _hear_authorization(self, header: str) -> None:
        scheme, _, value = header.partition(" ")
        if scheme.lower() == "bearer":
            self.add(SecretKind.BEARER_TOKEN, value)
        if scheme.lower() == "basic":
            try:
                name, _, password = base64.b64decode(value).decode().partition(":")
            except ValueError:
                return
            self.add(SecretKind.PASSWORD, password, name)

    def _hear_body(self, body: bytes, holder: str) -> None:
        if not _MENTIONED.search(body):
            return
        try:
            self._hear_json(json.loads(body), holder)
        except ValueError:
            return

    def _hear_json(self, document: object, holder: str) -> None:
        match document:
            case list():
                for item in document:
                    self._hear_json(item, holder)
            case dict():
                named = (document.get(name) for name in _HOLDERS)
                owner = next((name for name in named if isinstance(name, str)), holder)
                for name, value in document.items():
                    if name in _FIELDS and isinstance(value, str):
                        self.add(_FIELDS[name], value, owner)
                    else:
                        self._hear_json(value, owner)
            case _:
                pass
