"""What can go wrong in a call to the API server, as one class for each way of going on.

No error carries a request body. The server's own message is kept, except for Secrets: the
message of a rejected Secret may repeat the values that were rejected.
"""

# ruff: noqa: N818 - these names say what happened; a common suffix would only repeat `raise`.

import json
from dataclasses import dataclass

from typing_extensions import override

from harbor_operator.kube.resources import JsonObject, Resource


@dataclass(frozen=True, slots=True)
class Operation:
    """What was attempted, as an error names it: a verb and an object or a collection."""

    verb: str
    resource: Resource | None = None
    namespace: str | None = None
    name: str | None = None

    @override
    def __str__(self) -> str:
        plural = self.resource.plural if self.resource else ""
        place = "/".join(part for part in (self.namespace, self.name) if part)
        return " ".join(part for part in (self.verb, plural, place) if part)


class KubeError(Exception):
    """A call to the API server that failed; the subclasses say what that means.

    Attributes:
        message: The server's explanation, or a neutral sentence where that is withheld.
        reason: Kubernetes' machine-readable reason, such as `NotFound`.
        status: HTTP status, or None when there was no answer.
        resource: Kind of the object that the call was about.
        namespace: Its namespace.
        name: Its name.
    """

    def __init__(
        self, operation: Operation, message: str, *, reason: str, status: int | None = None
    ) -> None:
        """Describe the failure of one operation."""
        outcome = f"{reason} ({status})" if status else reason
        super().__init__(f"{operation}: {outcome}: {message}")
        self.message = message
        self.reason = reason
        self.status = status
        self.resource = operation.resource
        self.namespace = operation.namespace
        self.name = operation.name


class NotFound(KubeError):
    """The object, its namespace or its whole kind does not exist."""


class AlreadyExists(KubeError):
    """A create met an object of that name."""


class Conflict(KubeError):
    """The object is not in the state that the write was made for, or another manager owns a field.

    Covers a stale resourceVersion, a failed delete precondition and a server-side apply without
    force. The way on is to read again.
    """


class Forbidden(KubeError):
    """Authorization or admission refused the call."""


class NamespaceTerminating(Forbidden):
    """The namespace is being deleted and takes no new objects."""


class Invalid(KubeError):
    """The server understood the body and refused it; also a failed `test` of a JSON patch."""


class Gone(KubeError):
    """The asked resourceVersion or page is no longer known: list again."""


class Unauthorized(KubeError):
    """The credentials are missing, expired or unreadable."""


class Transient(KubeError):
    """A failure that a later attempt may not meet.

    Attributes:
        retry_after: Seconds the server asked to wait, or None.
    """

    retry_after: float | None = None


class TooManyRequests(Transient):
    """The server turned the call away before handling it."""


class Unavailable(Transient):
    """No usable answer: a server error, a lost connection or a timeout.

    Whether a write took effect is unknown.
    """


class ConnectionFailed(Unavailable):
    """The connection could not be made or was lost before an answer."""


class NotLeader(Exception):
    """A write was attempted, or a lease was to be kept, without holding the lease."""


class InvalidConfiguration(Exception):
    """The kubeconfig or the pod's service account cannot be used."""


_BY_STATUS: dict[int, type[KubeError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    408: Unavailable,
    409: Conflict,
    410: Gone,
    422: Invalid,
    429: TooManyRequests,
}
_FIRST_SERVER_ERROR = 500


def error_from_response(
    operation: Operation, status: int, content: bytes, *, retry_after: str | None = None
) -> KubeError:
    """Translate an HTTP answer other than 2xx.

    Args:
        operation: What was attempted.
        status: HTTP status of the answer.
        content: Its body; anything but a Kubernetes `Status` (a proxy's page, say) is ignored.
        retry_after: Its Retry-After header.
    """
    try:
        decoded = json.loads(content)
    except ValueError:
        decoded = None
    body: JsonObject = decoded if isinstance(decoded, dict) else {}
    error = error_from_status(operation, body | {"code": status})
    if isinstance(error, Transient) and retry_after is not None and retry_after.isdigit():
        error.retry_after = float(retry_after)
    return error


def error_from_status(operation: Operation, body: JsonObject) -> KubeError:
    """Translate a Kubernetes `Status` object, as answers and broken watches carry it."""
    status = int(body.get("code") or _FIRST_SERVER_ERROR)
    reason = str(body.get("reason") or "UnexpectedAnswer")
    causes = _causes(body)
    kind = _error_type(status, reason, causes)
    error = kind(operation, _message(operation, body, causes), reason=reason, status=status)
    if isinstance(error, Transient):
        error.retry_after = (body.get("details") or {}).get("retryAfterSeconds")
    return error


def _error_type(status: int, reason: str, causes: list[JsonObject]) -> type[KubeError]:
    if reason == "AlreadyExists":
        return AlreadyExists
    if any(cause.get("reason") == "NamespaceTerminating" for cause in causes):
        return NamespaceTerminating
    if status >= _FIRST_SERVER_ERROR:
        return Unavailable
    return _BY_STATUS.get(status, KubeError)


def _causes(body: JsonObject) -> list[JsonObject]:
    details: JsonObject = body.get("details") or {}
    causes: list[JsonObject] = details.get("causes") or []
    return causes


def _message(operation: Operation, body: JsonObject, causes: list[JsonObject]) -> str:
    if operation.resource is None or not operation.resource.confidential:
        return str(body.get("message") or "the answer explains nothing")
    # Only the name of a top-level field is kept: below it, a path holds keys made by people.
    fields = {str(cause.get("field", "")).split("[")[0].split(".")[0] for cause in causes}
    named = ", ".join(sorted(field for field in fields if field))
    return f"the server's message is withheld{f' (fields: {named})' if named else ''}"
