"""The operator with defects: its way to Harbor and to the API server breaks in unforeseen ways.

Run as `python -m tests.support.stumbling_operator`, with the operator's own flags. Each kind of
write fails once, after it has taken effect, with an exception that nothing in the operator knows
and that carries what was asked for. Its traceback has to get into the log, and no secret with it.
"""

import sys
from types import ModuleType

from typing_extensions import override

from harbor_operator.__main__ import main
from harbor_operator.harbor import client as harbor
from harbor_operator.harbor import transport as harbor_transport
from harbor_operator.harbor.request import Answer, Request
from harbor_operator.kube import client as kube
from harbor_operator.kube import transport as kube_transport
from harbor_operator.kube.resources import SECRETS, JsonObject
from harbor_operator.kube.transport import Call

WORDS = "stumbled over"
"""What a stumble says before it names the request."""

_seen: set[str] = set()


class StumbleError(Exception):
    """A defect; its text is whatever the request shows of itself."""

    def __init__(self, request: object) -> None:
        super().__init__(f"{WORDS} {request}", request)


def _stumble_once(kind: str, request: object) -> None:
    if kind not in _seen:
        _seen.add(kind)
        raise StumbleError(request)


class HarborTransport(harbor_transport.Transport):
    """Stumbles over the first write to each route."""

    @override
    async def send(self, request: Request) -> Answer:
        answer = await super().send(request)
        if not request.is_read:
            _stumble_once(f"{request.method} {request.route}", request)
        return answer


class KubeTransport(kube_transport.Transport):
    """Stumbles over the first write of a Secret with each verb."""

    @override
    async def request(self, call: Call) -> JsonObject:
        answer = await super().request(call)
        if not call.reads and call.operation.resource == SECRETS:
            _stumble_once(f"{call.method} secrets", call)
        return answer


def _replace(module: ModuleType, transport: type) -> None:
    """Let a client be made with another transport; the operator itself has no way to ask for it."""
    module.Transport = transport  # type: ignore[attr-defined]


if __name__ == "__main__":
    _replace(harbor, HarborTransport)
    _replace(kube, KubeTransport)
    sys.exit(main())
