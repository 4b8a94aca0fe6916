"""What is noted of each request to Harbor and to the API server."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harbor_operator.engine.telemetry.logs import REQUEST_ID
from harbor_operator.engine.telemetry.tracing import Tracing
from harbor_operator.engine.telemetry.work import current_work
from harbor_operator.harbor.errors import Exchange, HarborError
from harbor_operator.harbor.observing import Observe
from harbor_operator.harbor.request import Request
from harbor_operator.kube.observing import OnCall

_LOG = logging.getLogger(__name__)

Count = Callable[[str, str, str, float], None]
"""Is told of each attempt of each request: method, route template, the status code or the name of
the error in its place, and the seconds that it took."""


def noting(count: Count, tracing: Tracing) -> Observe:
    """Note each attempt: in meters, in a span, in the present work, and at DEBUG in the log."""

    @contextmanager
    def noted(request: Request) -> Iterator[Callable[[Exchange], None]]:
        clock = asyncio.get_running_loop().time
        begun = clock()
        with tracing.harbor(request) as traced:

            def answered(exchange: Exchange) -> None:
                count(request.method, request.route, str(exchange.status), clock() - begun)
                traced(exchange)
                _note(request, exchange)

            try:
                yield answered
            except HarborError as error:
                count(request.method, request.route, type(error).__name__, clock() - begun)
                raise

    return noted


def telling(*listeners: OnCall) -> OnCall:
    """Tell all of them of a request to the API server."""

    def tell(verb: str, resource: str, code: str, seconds: float) -> None:
        for listener in listeners:
            listener(verb, resource, code, seconds)

    return tell


def _note(request: Request, exchange: Exchange) -> None:
    work = current_work()
    if work is not None:
        work.request_id = exchange.request_id
    extra = {REQUEST_ID: exchange.request_id}
    _LOG.debug("%s %s answered %s", request.method, request.route, exchange.status, extra=extra)
