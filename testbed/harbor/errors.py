"""Harbor's errors: one exception that knows its status, and the body that clients see."""

import json
from enum import Enum

from aiohttp import web

JSON_WITH_CHARSET = "application/json; charset=utf-8"
"""The content type of errors and of the token service; ordinary answers carry no charset."""


class ErrorKind(Enum):
    """The pairs of HTTP status and error code that Harbor uses."""

    BAD_REQUEST = (400, "BAD_REQUEST")
    UNSUPPORTED = (400, "UNSUPPORTED")
    UNAUTHORIZED = (401, "UNAUTHORIZED")
    FORBIDDEN = (403, "FORBIDDEN")
    DENIED = (403, "DENIED")
    NOT_FOUND = (404, "NOT_FOUND")
    METHOD_NOT_ALLOWED = (405, "METHOD_NOT_ALLOWED")
    CONFLICT = (409, "CONFLICT")
    PRECONDITION = (412, "PRECONDITION")
    STILL_REFERENCED = (412, "VIOLATE_FOREIGN_KEY_CONSTRAINT")
    POLICY_VIOLATION = (412, "PROJECTPOLICYVIOLATION")
    UNPROCESSABLE = (422, "UNPROCESSABLE_ENTITY")
    TOO_MANY_REQUESTS = (429, "TOO_MANY_REQUEST")
    UNKNOWN = (500, "UNKNOWN")


class HarborError(Exception):
    """Ends a request with one of Harbor's error answers; nothing may have been changed before."""

    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def bad_request(message: str) -> HarborError:
    """The request is well-formed, but its content is refused (400)."""
    return HarborError(ErrorKind.BAD_REQUEST, message)


def unsupported(message: str) -> HarborError:
    """The registry's protocol has this, but not here (400)."""
    return HarborError(ErrorKind.UNSUPPORTED, message)


def unauthorized(message: str = "unauthorized") -> HarborError:
    """The caller is anonymous where somebody is needed (401)."""
    return HarborError(ErrorKind.UNAUTHORIZED, message)


def forbidden(message: str = "forbidden") -> HarborError:
    """The caller is known and may not do this (403)."""
    return HarborError(ErrorKind.FORBIDDEN, message)


def denied(message: str) -> HarborError:
    """Refused whoever asks: read-only mode, a robot granting more than it has (403)."""
    return HarborError(ErrorKind.DENIED, message)


def not_allowed(message: str) -> HarborError:
    """The object is of a kind that does not have this operation (405)."""
    return HarborError(ErrorKind.METHOD_NOT_ALLOWED, message)


def not_found(message: str) -> HarborError:
    """The object or the path does not exist (404)."""
    return HarborError(ErrorKind.NOT_FOUND, message)


def conflict(message: str) -> HarborError:
    """A unique name is taken (409)."""
    return HarborError(ErrorKind.CONFLICT, message)


def precondition_failed(message: str) -> HarborError:
    """The object is in a state that forbids this (412)."""
    return HarborError(ErrorKind.PRECONDITION, message)


def still_referenced(message: str) -> HarborError:
    """Something else needs the object that is to be deleted (412)."""
    return HarborError(ErrorKind.STILL_REFERENCED, message)


def policy_violation(message: str) -> HarborError:
    """A policy of the project forbids this pull (412)."""
    return HarborError(ErrorKind.POLICY_VIOLATION, message)


def unprocessable(message: str) -> HarborError:
    """The request does not fit the API's schema (422)."""
    return HarborError(ErrorKind.UNPROCESSABLE, f"validation failure list:\n{message}")


def internal_error() -> HarborError:
    """Anything that Harbor did not foresee; the cause is masked (500)."""
    return HarborError(ErrorKind.UNKNOWN, "internal server error")


def unrouted(request: web.Request) -> HarborError:
    """There is no such path (404)."""
    return not_found(f"path {request.path} was not found")


def error_response(error: HarborError) -> web.Response:
    """The answer that a client gets for an error."""
    status, code = error.kind.value
    body = json.dumps({"errors": [{"code": code, "message": error.message}]})
    return web.Response(
        status=status, body=body.encode(), headers={"Content-Type": JSON_WITH_CHARSET}
    )
