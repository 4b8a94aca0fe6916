"""One request to Harbor before it is sent, and one answer after it has been read."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from .errors import Exchange

LOGIN_PATH: Final = "/c/login"
"""Where a user logs in, beside the API."""

_API = "/api/v2.0"
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Request:
    """A method, a path that is already encoded, and a body that is already serialised.

    `confidential` marks a body that holds a secret: Harbor's message about it is then not kept,
    since a message may repeat its input.
    """

    method: str
    route: str
    path: str = field(repr=False)
    query: str = field(default="", repr=False)
    content: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    confidential: bool = False

    @property
    def is_read(self) -> bool:
        """Whether sending it twice is the same as sending it once."""
        return self.method in _READS

    @property
    def target(self) -> str:
        """Path and query as they go onto the wire."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def exchange(self) -> Exchange:
        """How an error names this request while there is no answer."""
        return Exchange(self.method, self.route)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer of any status."""

    exchange: Exchange
    status: int
    headers: Mapping[str, str] = field(repr=False)
    set_cookies: tuple[str, ...] = field(repr=False)
    body: bytes = field(repr=False)


def api_read(
    route: str,
    segments: Mapping[str, str | int] | None = None,
    *,
    query: Iterable[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
) -> Request:
    """A read of Harbor's API.

    Args:
        route: Path template below the API's root.
        segments: Values for the template, checked and encoded by `harbor_operator.harbor.names`.
        query: Names and values, encoded here (once).
        headers: Further headers.
        method: GET or HEAD.
    """
    return Request(
        method,
        route,
        _API + route.format_map(segments or {}),
        query=urlencode(list(query), quote_via=quote),
        headers=headers or {},
    )


def api_write(
    method: str,
    route: str,
    segments: Mapping[str, str | int] | None = None,
    *,
    body: Mapping[str, object] | None = None,
    query: Iterable[tuple[str, str]] = (),
    confidential: bool = False,
) -> Request:
    """A write to Harbor's API; `body` becomes JSON. Arguments as for `api_read`."""
    content = b"" if body is None else json.dumps(body).encode()
    headers = {} if body is None else {"Content-Type": "application/json"}
    return Request(
        method,
        route,
        _API + route.format_map(segments or {}),
        query=urlencode(list(query), quote_via=quote),
        content=content,
        headers=headers,
        confidential=confidential,
    )
