"""From an answer to a value or an error.

Harbor's own words are kept for 400, 409, 412 and 422 only: there they name the field or the name
that a user has to change. Those messages can repeat input, and no input of this library is
secret except in requests marked confidential, whose messages are dropped. Messages of other
statuses name accounts or internals and are dropped always.
"""

from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from pydantic import TypeAdapter, ValidationError

from .errors import (
    AuthenticationFailed,
    Conflict,
    HarborError,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    PreconditionFailed,
    ProtocolError,
    RateLimited,
    ReadOnlyMode,
    Refused,
    ServerError,
    TimedOut,
)
from .models import ErrorList, T
from .request import Answer, Request

_REFUSALS: Final[dict[int, tuple[type[Refused], str]]] = {
    HTTPStatus.UNAUTHORIZED: (AuthenticationFailed, "the credentials are not accepted"),
    HTTPStatus.FORBIDDEN: (PermissionDenied, "permission denied"),
    HTTPStatus.NOT_FOUND: (NotFound, "not found"),
    HTTPStatus.CONFLICT: (Conflict, "conflict"),
    HTTPStatus.PRECONDITION_FAILED: (PreconditionFailed, "precondition failed"),
}
_WITH_REASON: Final = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.CONFLICT,
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
_LONGEST_REASON: Final = 200  # what fits into a condition's message beside our own words
_UPSTREAM_LOST: Final = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
"""Answers of a proxy that has passed the request on: Harbor may have done the work."""
_LONGEST_NUMBER: Final = 19  # digits of the largest 64-bit number
_READ_ONLY_WORDS: Final = "read only mode"


def failure_of(request: Request, answer: Answer) -> HarborError | None:
    """The error that this answer means, or None for a success."""
    status = answer.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if status < HTTPStatus.BAD_REQUEST:
        return ProtocolError("redirects are not followed", answer.exchange)
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _client_failure(request, answer)
    if status in _UPSTREAM_LOST and not request.is_read:
        return OutcomeUnknown("a proxy lost the answer", answer.exchange)
    return ServerError("server error", answer.exchange)


def message_of(answer: Answer) -> tuple[str, str]:
    """Harbor's error code and message, for deciding only; both empty if there is no such body."""
    try:
        errors = ErrorList.model_validate_json(answer.body).errors
    except ValidationError:
        return "", ""
    return (errors[0].code, errors[0].message) if errors else ("", "")


def parsed(answer: Answer, shape: TypeAdapter[T]) -> T:
    """The body as a model.

    Raises:
        ProtocolError: The body is not JSON of this shape. What it was is not told.
    """
    try:
        return shape.validate_json(answer.body)
    except ValidationError:
        pass  # its text quotes the body, so the new error is raised outside of this block
    raise ProtocolError("the body is not what Harbor answers here", answer.exchange)


def parsed_if_any(answer: Answer, shape: TypeAdapter[T]) -> T | None:
    """The body as a model; None for an empty body, by which Harbor says that there is nothing.

    Raises:
        ProtocolError: As for `parsed`.
    """
    return parsed(answer, shape) if answer.body.strip() else None


def created_id(answer: Answer) -> int:
    """The id at the end of the `Location` header of a 201.

    Raises:
        ProtocolError: There is no such header, or no number at its end.
    """
    number = _number(answer.headers.get("location", "").rpartition("/")[2])
    if number is not None:
        return number
    raise ProtocolError("the Location header names no id", answer.exchange)


def total_count(answer: Answer) -> int:
    """How many rows a list has over all its pages.

    Raises:
        ProtocolError: The `X-Total-Count` header is absent or not a number.
    """
    count = _number(answer.headers.get("x-total-count", ""))
    if count is not None:
        return count
    raise ProtocolError("the X-Total-Count header is missing", answer.exchange)


def _client_failure(request: Request, answer: Answer) -> HarborError:
    code, message = message_of(answer)
    match answer.status:
        case HTTPStatus.REQUEST_TIMEOUT:
            return TimedOut("the server gave up waiting", answer.exchange)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimited("too many requests", answer.exchange, _retry_after(answer))
        case HTTPStatus.FORBIDDEN if _READ_ONLY_WORDS in message.lower():
            return ReadOnlyMode("Harbor is in read-only mode", answer.exchange)
    kind, summary = _REFUSALS.get(answer.status, (InvalidRequest, "invalid request"))
    keep = answer.status in _WITH_REASON and not request.confidential
    reason = _one_line(message) if keep else ""
    return kind(f"{summary}: {reason}" if reason else summary, answer.exchange, code, reason)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= _LONGEST_NUMBER else None


def _one_line(message: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in message)
    return " ".join(printable.split())[:_LONGEST_REASON]


def _retry_after(answer: Answer) -> float | None:
    value = answer.headers.get("retry-after", "")
    seconds = _number(value)
    if seconds is not None:
        return float(seconds)
    try:
        until = parsedate_to_datetime(value)
        now = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    return max(0.0, (until.astimezone(UTC) - now.astimezone(UTC)).total_seconds())
