"""A stateful simulator of Harbor 2.16, and of older releases, for tests, demo and benchmarks.

It behaves as recorded exchanges with a real Harbor 2.16 show; tests replay them. What older
releases do differently stands in `release`. Start one in the same event loop as an async context
manager, or by `python -m testbed.harbor` in a process of its own.
"""

from testbed.harbor.faults import Fault, FaultKind, Faults
from testbed.harbor.request_log import RequestKind, RequestLog
from testbed.harbor.server import HarborSimulator
from testbed.harbor.state import HarborState

__all__ = [
    "Fault",
    "FaultKind",
    "Faults",
    "HarborSimulator",
    "HarborState",
    "RequestKind",
    "RequestLog",
]
