"""Trouble on demand: slowness, refusals, broken connections, read-only mode, being down."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from aiohttp import web

from testbed.harbor.errors import ErrorKind, HarborError, error_response, internal_error

TOO_MANY_REQUESTS = 429
_GATEWAY_STATUSES = {
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}
"""Statuses that come from the proxy in front of Harbor, which answers with a page."""


class FaultKind(StrEnum):
    """What goes wrong."""

    LATENCY = "latency"
    STATUS = "status"
    DROP = "drop"
    TRUNCATE = "truncate"
    MISTYPE = "mistype"


GARBLING = frozenset({FaultKind.TRUNCATE, FaultKind.MISTYPE})
"""Kinds that let a request take effect and spoil the body of its answer."""


@dataclass(slots=True)
class Fault:
    """One rule: what happens to requests of a method and a path.

    `method` and `path` are shell patterns (`*`, `?`, `[...]`; `*` also stands for slashes).
    `remaining` counts the requests still to be hit, None means until cleared. `seconds` belongs to
    LATENCY, `status` and `retry_after` (seconds) to STATUS. With `after_effect` the request takes
    effect before a STATUS or DROP hides its answer. TRUNCATE cuts the end off the answer's JSON,
    MISTYPE makes a list of each number in it: the one is no JSON any more, the other is of a shape
    that nobody expects, and both still hold whatever else the answer says.
    """

    kind: FaultKind
    method: str = "*"
    path: str = "*"
    remaining: int | None = None
    seconds: float = 0.0
    status: int = 500
    retry_after: int | None = None
    after_effect: bool = False

    def hits(self, method: str, path: str) -> bool:
        """Whether the rule is about such a request."""
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)

    def response(self) -> web.Response:
        """The answer of a STATUS fault."""
        if self.status in _GATEWAY_STATUSES:
            title = f"{self.status} {_GATEWAY_STATUSES[self.status]}"
            page = f"<html><head><title>{title}</title></head><body>{title}</body></html>"
            response = web.Response(status=self.status, text=page, content_type="text/html")
        elif self.status == TOO_MANY_REQUESTS:
            error = HarborError(ErrorKind.TOO_MANY_REQUESTS, "too many requests")
            response = error_response(error)
        else:
            response = error_response(internal_error())
            response.set_status(self.status)
        if self.retry_after is not None:
            response.headers["Retry-After"] = str(self.retry_after)
        return response


def garbled(response: web.StreamResponse, kind: FaultKind) -> web.StreamResponse:
    """The answer with a body that means nothing any more; one without a body stays as it is."""
    if not isinstance(response, web.Response) or not isinstance(response.body, bytes):
        return response
    if kind is FaultKind.TRUNCATE:
        response.body = response.body[:-1]
    else:
        response.body = json.dumps(_mistyped(json.loads(response.body))).encode()
    return response


def _mistyped(document: object) -> object:
    match document:
        case dict():
            return {name: _mistyped(value) for name, value in document.items()}
        case list():
            return [_mistyped(item) for item in document]
        case bool():
            return document
        case int() | float():
            return [document]
        case _:
            return document


@dataclass(slots=True)
class Faults:
    """The rules in force, and two modes of the whole installation.

    `read_only` refuses every write as the administrator's switch does; `down` closes every
    connection without an answer.
    """

    read_only: bool = False
    down: bool = False
    _rules: dict[int, Fault] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, fault: Fault) -> int:
        """Puts a rule in force and returns its number."""
        number = next(self._numbers)
        self._rules[number] = fault
        return number

    def add_latency(
        self, seconds: float, method: str = "*", path: str = "*", *, times: int | None = None
    ) -> int:
        """Delays requests."""
        return self.add(Fault(FaultKind.LATENCY, method, path, times, seconds=seconds))

    def add_status(
        self,
        status: int,
        method: str = "*",
        path: str = "*",
        *,
        times: int | None = None,
        retry_after: int | None = None,
        after_effect: bool = False,
    ) -> int:
        """Answers requests with a status, before or after they took effect."""
        fault = Fault(
            FaultKind.STATUS,
            method,
            path,
            times,
            status=status,
            retry_after=retry_after,
            after_effect=after_effect,
        )
        return self.add(fault)

    def add_drop(
        self,
        method: str = "*",
        path: str = "*",
        *,
        times: int | None = None,
        after_effect: bool = False,
    ) -> int:
        """Closes the connection instead of answering, before or after the effect."""
        return self.add(Fault(FaultKind.DROP, method, path, times, after_effect=after_effect))

    def add_garbling(
        self, kind: FaultKind, method: str = "*", path: str = "*", *, times: int | None = None
    ) -> int:
        """Spoils the bodies of answers."""
        return self.add(Fault(kind, method, path, times))

    def remove(self, number: int) -> None:
        """Takes a rule out of force; unknown numbers are ignored."""
        self._rules.pop(number, None)

    def clear(self) -> None:
        """Ends all trouble."""
        self._rules.clear()
        self.read_only = self.down = False

    def in_force(self) -> dict[int, Fault]:
        """The rules that can still hit."""
        return dict(self._rules)

    def take(self, method: str, path: str) -> list[Fault]:
        """The rules that hit this request, each counted down."""
        hitting = {n: fault for n, fault in self._rules.items() if fault.hits(method, path)}
        for number, fault in hitting.items():
            if fault.remaining is not None:
                fault.remaining -= 1
                if fault.remaining <= 0:
                    del self._rules[number]
        return list(hitting.values())
