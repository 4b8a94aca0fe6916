"""Single exchanges of the recordings, played to a client of Harbor out of their order."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from typing_extensions import override

from tests.support.scripted_server import Script
from tests.support.trace_player import Exchange, load

_KEPT_HEADERS = ("location", "x-total-count", "x-request-id")


@dataclass(frozen=True, slots=True)
class Recorded:
    """Which exchange is meant: its file, its place there from 0, and what is noted beside it."""

    file: str
    index: int
    note: str

    @override
    def __str__(self) -> str:
        return f"{self.file} {self.index}: {self.note}"

    def exchange(self) -> Exchange:
        """The exchange, which must still be the one that is noted so."""
        exchange = load(self.file)[self.index]
        assert exchange["note"] == self.note
        return exchange

    @property
    def method(self) -> str:
        """The recorded method."""
        return str(self.exchange()["method"])

    @property
    def body(self) -> Mapping[str, object]:
        """The recorded body of the request."""
        body: Mapping[str, object] = self.exchange()["body"]
        return body

    def script(self) -> Script:
        """Answers every request as Harbor answered this one."""
        exchange = self.exchange()
        recorded: Mapping[str, str] = exchange["response_headers"]
        headers = {name: recorded[name] for name in _KEPT_HEADERS if name in recorded}
        status: int = exchange["status"]

        async def answer(_: web.BaseRequest) -> web.StreamResponse:
            if exchange.get("response") is None:
                return web.Response(status=status, headers=headers)
            return web.json_response(exchange["response"], status=status, headers=headers)

        return answer
