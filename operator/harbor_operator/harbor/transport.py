"""The one way a request takes: who asks, when, how often, and what an answer means."""

import asyncio
from collections.abc import Callable
from itertools import count

from .admission import Admission
from .answers import failure_of
from .clock import HarborClock
from .connection import Credentials, Limits
from .errors import (
    AuthenticationFailed,
    HarborError,
    RateLimited,
    ServerError,
    TimedOut,
    Transient,
    Unreachable,
)
from .grants import BasicGrant, Grant
from .request import Answer, Request
from .session import Authenticator
from .wire import Wire

_REPEATS = 2  # a restarted Harbor is away for longer anyway; the caller's queue waits for that
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_RETRY_AFTER_SECONDS = 5.0  # a longer wait belongs to the caller, who holds no slot
_REPEATABLE = (Unreachable, TimedOut, ServerError, RateLimited)


class Transport:
    """Sends requests with the client's identity, bounded, and turns refusals into errors."""

    def __init__(
        self,
        wire: Wire,
        credentials: Credentials,
        limits: Limits,
        *,
        clock: HarborClock,
        jitter: Callable[[], float],
    ) -> None:
        self._wire = wire
        self._limits = limits
        self._clock = clock
        self._jitter = jitter
        self._admission = Admission(
            max_concurrent=limits.max_concurrent, per_second=limits.per_second
        )
        self._authenticator = Authenticator(credentials, self._deliver)

    async def send(self, request: Request) -> Answer:
        """Send a request as the client and return a successful answer.

        An ended session is renewed once. Harbor checks the identity before it does anything, so
        a write that was refused for it can be sent again.

        Raises:
            HarborError: Of the type that fits.
        """
        grant = await self._authenticator.grant()
        answer = await self._deliver(request, grant)
        if grant.refused_by(request, answer):
            grant = await self._authenticator.renew(grant)
            answer = await self._deliver(request, grant)
            if grant.refused_by(request, answer):
                raise AuthenticationFailed("refused after a new login", answer.exchange)
        return _successful(request, answer)

    async def send_as(self, request: Request, credentials: Credentials) -> Answer:
        """Send a request as somebody else, and never through the client's session.

        Raises:
            HarborError: Of the type that fits; AuthenticationFailed is about these credentials.
        """
        return await self.send_by(request, BasicGrant(credentials))

    async def send_by(self, request: Request, grant: Grant) -> Answer:
        """Send a request with a grant of one's own, and never through the client's session.

        Raises:
            HarborError: Of the type that fits.
        """
        return _successful(request, await self._deliver(request, grant))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._authenticator.aclose()
        await self._wire.aclose()

    async def _deliver(self, request: Request, grant: Grant) -> Answer:
        """An answer that is no failure of the network or the server; reads are repeated."""
        deadline = asyncio.get_running_loop().time() + self._limits.timeout_seconds
        for repeats in count():
            outcome = await self._attempt(request, grant)
            if isinstance(outcome, Answer):
                return outcome
            pause = self._pause_before_repeat(repeats, outcome) if request.is_read else None
            if pause is None or asyncio.get_running_loop().time() + pause > deadline:
                raise outcome
            await asyncio.sleep(pause)
        raise AssertionError("count() does not end")

    async def _attempt(self, request: Request, grant: Grant) -> Answer | HarborError:
        async with self._admission:
            try:
                answer = await self._wire.send(request, grant)
            except Transient as failure:
                return failure
        self._clock.observe(answer.headers.get("date"))
        failed = failure_of(request, answer)
        return failed if isinstance(failed, Transient) else answer

    def _pause_before_repeat(self, repeats: int, failure: HarborError) -> float | None:
        """Seconds to wait, or None when a repetition is not worth it."""
        if repeats >= _REPEATS or not isinstance(failure, _REPEATABLE):
            return None
        if isinstance(failure, RateLimited) and failure.retry_after is not None:
            asked = failure.retry_after
            return asked if asked <= _LONGEST_RETRY_AFTER_SECONDS else None
        return _FIRST_PAUSE_SECONDS * 2.0**repeats * (0.5 + self._jitter())


def _successful(request: Request, answer: Answer) -> Answer:
    failure = failure_of(request, answer)
    if failure is not None:
        raise failure
    return answer
