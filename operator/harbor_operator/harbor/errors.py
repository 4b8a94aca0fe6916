"""What can go wrong between a caller and Harbor; the type of an error says what to do next.

An error knows the method, the route template, the status and Harbor's request id. It never
holds a response body, a header, a query string or a password: errors are logged, put into
conditions and kept in tracebacks.
"""

# ruff: noqa: N818 - these names say what happened; a common suffix would only repeat `raise`.

from dataclasses import dataclass

from typing_extensions import override


@dataclass(frozen=True, slots=True)
class Exchange:
    """Which request an error is about, in words that are safe to log.

    `route` is the template of the path (`/projects/{name}`), never the path itself.
    `request_id` is Harbor's `X-Request-Id`, by which its own log is searched.
    """

    method: str
    route: str
    status: int | None = None
    request_id: str | None = None


class HarborError(Exception):
    """The root of everything that this library raises on purpose."""

    def __init__(self, summary: str, exchange: Exchange) -> None:
        super().__init__(summary, exchange)
        self.summary = summary
        self.exchange = exchange

    @property
    def method(self) -> str:
        """The HTTP method of the request."""
        return self.exchange.method

    @property
    def route(self) -> str:
        """The path template of the request."""
        return self.exchange.route

    @property
    def status(self) -> int | None:
        """The HTTP status, or None when there was no answer."""
        return self.exchange.status

    @property
    def request_id(self) -> str | None:
        """Harbor's id of the request, or None when there was no answer."""
        return self.exchange.request_id

    @override
    def __str__(self) -> str:
        status = "" if self.status is None else f" answered {self.status}"
        trace = "" if self.request_id is None else f" (request {self.request_id})"
        return f"{self.method} {self.route}{status}: {self.summary}{trace}"


class Transient(HarborError):
    """Nothing is known to be wrong with the request: the same one may succeed later."""


class Unreachable(Transient):
    """No connection, or it broke off while a read was under way."""


class TimedOut(Transient):
    """No connection in time, or no answer to a read in time."""


class TLSVerificationFailed(Transient):
    """The server's certificate is not signed by a trusted authority, or not for this host.

    Counted as transient because it is cured outside, by a new certificate or a new bundle.
    """


class ServerError(Transient):
    """Harbor, or a proxy before it, answered 5xx. Harbor has then rolled back the request."""


class RateLimited(Transient):
    """429; `retry_after` is the wait in seconds that was asked for, if any."""

    def __init__(self, summary: str, exchange: Exchange, retry_after: float | None = None) -> None:
        super().__init__(summary, exchange)
        self.retry_after = retry_after


class ReadOnlyMode(Transient):
    """An administrator, or a quota migration, has switched off all writes for a while."""


class OutcomeUnknown(Transient):
    """A write was sent and its answer did not arrive: observe before trying again."""


class ListChanged(Transient):
    """Rows were deleted during every reading of a list, so that none was complete."""


class Refused(HarborError):
    """Harbor understood the request and said no.

    `code` is Harbor's error code. `reason` is Harbor's message where it helps a user to correct
    the input, otherwise empty; see `harbor_operator.harbor.answers` for why that is safe.
    """

    def __init__(self, summary: str, exchange: Exchange, code: str = "", reason: str = "") -> None:
        super().__init__(summary, exchange)
        self.code = code
        self.reason = reason


class AuthenticationFailed(Refused):
    """Harbor took the caller for anonymous: the credentials are wrong, disabled or expired."""


class PermissionDenied(Refused):
    """403: known caller, missing right. For a project also: it may not exist."""


class NotFound(Refused):
    """404."""


class Conflict(Refused):
    """409: the name is taken."""


class PreconditionFailed(Refused):
    """412: something must go first, as the repositories of a project to be deleted."""


class InvalidRequest(Refused):
    """Any other 4xx: the same request will never succeed.

    Also raised, without a status, before sending a name that Harbor cannot have.
    """


class ProtocolError(HarborError):
    """An answer that Harbor does not give: something else is listening there, or a bug."""


class ResponseTooLarge(ProtocolError):
    """The body passed the limit; the rest was not read."""


class ClockUnknown(ProtocolError):
    """No answer has carried a `Date` header yet."""
