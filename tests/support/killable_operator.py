"""The operator, with a trap in each of its three ports: it ends itself where it is told to.

Run as `python -m tests.support.killable_operator --orders=FOLDER`, with the operator's own flags
after it. The ports are the client of the API server, the client of Harbor and the session that
kopf works with; everything that the operator does outside of its memory passes one of them.

The operator runs again and again, each time as a new process with nothing in its memory. These
processes are forked by one that has only loaded the code, which takes longer than all the rest.
"""

import os
import re
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

from harbor_operator.__main__ import main
from harbor_operator.harbor.request import Request
from harbor_operator.harbor.wire import Wire
from harbor_operator.kube.session import _Authentication as KopfRequests
from harbor_operator.kube.transport import Call
from harbor_operator.kube.transport import Transport as KubeTransport
from tests.support.kill_points import KillOrders, Trap

ORDERS_FLAG = "--orders="
POLL_SECONDS = 0.02

_PLACE = re.compile(r"^/apis?/(?:[^/]+/)?v[^/]+/(?:namespaces/[^/]+/)?")
"""What comes before the plural in a path of the API server."""

Name = Callable[[Any], str | None]
"""What a call is named by; None for one that has no answer to wait for."""


def kube_call(call: Call) -> str | None:
    """A call of the operator's own client."""
    return f"kube {call.method} {_PLACE.sub('', call.path)}"


def kopf_call(request: aiohttp.ClientRequest) -> str | None:
    """A call of kopf's; a watch ends only with its connection."""
    if "watch" in request.url.query:
        return None
    return f"kopf {request.method} {_PLACE.sub('', request.url.path)}"


def harbor_call(request: Request) -> str | None:
    """A call of the Harbor client, retries and logins included."""
    return f"harbor {request.method} {request.route}"


def lay(trap: Trap, port: type, method: str, name: Name) -> None:
    """Put the trap around a port's method, whose first argument is the call."""
    original: Callable[..., Awaitable[Any]] = getattr(port, method)

    @wraps(original)
    async def trapped(self: object, call: object, *rest: object) -> object:
        named = name(call)
        if named is None:
            return await original(self, call, *rest)
        with trap.around(named):
            return await original(self, call, *rest)

    setattr(port, method, trapped)


def orders_of(arguments: list[str]) -> KillOrders:
    """Take the orders' folder out of the arguments."""
    (flag,) = [argument for argument in arguments if argument.startswith(ORDERS_FLAG)]
    arguments.remove(flag)
    return KillOrders(Path(flag.removeprefix(ORDERS_FLAG)))


def run(orders: KillOrders) -> int:
    """Run the operator once, in this process."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    trap = Trap(orders)
    lay(trap, KubeTransport, "request", kube_call)
    lay(trap, Wire, "send", harbor_call)
    lay(trap, KopfRequests, "__call__", kopf_call)
    return main()


def run_again_and_again(orders: KillOrders) -> int:
    """Run the operator in new processes, as often as ordered, until one ends without a signal."""
    # Who ends this group of processes gives the operator the time that it needs.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for number in count(1):
        while not orders.is_started(number):
            time.sleep(POLL_SECONDS)
        operator = os.fork()
        if not operator:
            return run(orders)
        code = os.waitstatus_to_exitcode(os.waitpid(operator, 0)[1])
        orders.end(number, code)
        if code >= 0:
            return code
    raise AssertionError("count() does not end")


if __name__ == "__main__":
    sys.exit(run_again_and_again(orders_of(sys.argv)))
