"""Who else wants to know of each request: measures, traces, log lines."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from .errors import Exchange
from .request import Request

Observe = Callable[[Request], AbstractContextManager[Callable[[Exchange], None]]]
"""Entered around each attempt of each request; what it gives is told the answer, if one comes."""


@contextmanager
def unobserved(_request: Request) -> Iterator[Callable[[Exchange], None]]:
    """Nobody wants to know."""
    yield lambda _exchange: None
