"""What stands in the way of a connection's schedules and registries, in words.

None of it is the connection's own failure, so that none of it makes the connection un-Ready.
"""

from collections.abc import Mapping
from typing import Final

from harbor_operator.api.conditions import Reason
from harbor_operator.core.connection.maintenance import MAINTENANCE
from harbor_operator.core.connection.upstreams import REGISTRIES
from harbor_operator.core.steps import Trouble
from harbor_operator.harbor.errors import (
    AuthenticationFailed,
    HarborError,
    OutcomeUnknown,
    PermissionDenied,
    PreconditionFailed,
    Refused,
    ServerError,
)

_OF_ONE_PART: Final = (Refused, ServerError, OutcomeUnknown)
"""Failures that may be about one schedule or registry alone: while it stores a registry Harbor
calls it, and a registry that is slow or answers oddly looks like a Harbor that is. If Harbor
itself or the login has failed, the next look says so."""

_REFUSALS: Final[Mapping[str, str]] = {
    MAINTENANCE: "Harbor refuses the schedule.",
    REGISTRIES: (
        "Harbor refuses the registry, most often because it does not answer as one of its type or"
        " does not accept the credentials: check url, type, credentialsSecretRef and caCertificate."
    ),
}
"""By the field of the spec; Harbor's own words about a registry may repeat a secret."""

_IN_THE_WAY: Final[Mapping[str, tuple[Reason, str]]] = {
    MAINTENANCE: (Reason.INVALID_SPEC, "Harbor is not ready for it."),
    REGISTRIES: (
        Reason.IN_USE,
        "it left the spec and stays in Harbor while proxy caches or replications use it.",
    ),
}
"""What a 412 means, by the field of the spec."""


def trouble_with(subject: str, error: HarborError) -> Trouble:
    """Put a failure into words.

    Args:
        subject: The path in the spec, such as ``maintenance.scanAll``.
        error: What went wrong.

    Raises:
        HarborError: The same error, where it is the connection's own.
    """
    if isinstance(error, AuthenticationFailed) or not isinstance(error, _OF_ONE_PART):
        raise error
    block = subject.partition(".")[0]
    if not isinstance(error, Refused):
        message = f"{subject}: Harbor failed at it, or its answer was lost; trying again."
        return Trouble(Reason.HARBOR_UNREACHABLE, message, passing=True)
    if isinstance(error, PermissionDenied):
        message = (
            f"{subject}: the connection's Harbor account may not do this: give it more rights."
        )
        return Trouble(Reason.PERMISSION_DENIED, message)
    reason, message = Reason.INVALID_SPEC, _REFUSALS[block]
    if isinstance(error, PreconditionFailed):
        reason, message = _IN_THE_WAY[block]
    explanation = f" Harbor says: {error.reason}." if error.reason else ""
    return Trouble(reason, f"{subject}: {message}{explanation}")
