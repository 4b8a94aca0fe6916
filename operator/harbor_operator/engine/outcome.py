"""What an exception means for an object: the only place that decides retries.

Change behaviour by editing the tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from pydantic import ValidationError

from harbor_operator.api.conditions import Reason
from harbor_operator.core.plan import Verdict, blocked, broken, waiting
from harbor_operator.engine import faults
from harbor_operator.harbor import errors as harbor
from harbor_operator.kube import errors as kube


class Course(Enum):
    """What happens next to an object that could not be reconciled."""

    WAITING = auto()
    """Something else comes first; it is woken, or looked at again after a fixed while."""
    TRANSIENT = auto()
    """The same may succeed later: growing pauses."""
    BLOCKED = auto()
    """A person has to act: as slow as drift."""
    BUG = auto()
    """A defect of ours: growing pauses, and the traceback is logged."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One failure, put into words."""

    course: Course
    reason: Reason
    message: str
    retry_after: float | None = None
    """Seconds that the other side asked for."""

    def verdicts(self) -> tuple[Verdict, ...]:
        """The conditions that say so."""
        match self.course:
            case Course.WAITING | Course.TRANSIENT:
                return waiting(self.reason, self.message)
            case Course.BLOCKED:
                return blocked(self.reason, self.message)
            case Course.BUG:
                return broken(self.message)


_Row = tuple[type[Exception], Course, Reason, str]

_HARBOR: tuple[_Row, ...] = (
    (
        harbor.TLSVerificationFailed,
        Course.TRANSIENT,
        Reason.TLS_VERIFICATION_FAILED,
        "Harbor's certificate is not trusted: put its CA into caBundle, or mend the certificate.",
    ),
    (
        harbor.ReadOnlyMode,
        Course.TRANSIENT,
        Reason.HARBOR_READ_ONLY,
        "Harbor is in read-only mode; the change is made when an administrator ends it.",
    ),
    (
        harbor.RateLimited,
        Course.TRANSIENT,
        Reason.RATE_LIMITED,
        "Harbor asks for fewer requests; trying again later.",
    ),
    (
        harbor.OutcomeUnknown,
        Course.TRANSIENT,
        Reason.CREATE_RESULT_UNKNOWN,
        "Harbor's answer to a change was lost; looking what became of it.",
    ),
    (
        harbor.Transient,
        Course.TRANSIENT,
        Reason.HARBOR_UNREACHABLE,
        "Harbor does not answer, or only with server errors; trying again.",
    ),
    (
        harbor.AuthenticationFailed,
        Course.TRANSIENT,
        Reason.AUTHENTICATION_FAILED,
        "Harbor does not accept the connection's login: correct its Secret.",
    ),
    (
        harbor.PermissionDenied,
        Course.BLOCKED,
        Reason.PERMISSION_DENIED,
        "The connection's Harbor account may not do this: give it more rights.",
    ),
    (harbor.Refused, Course.BLOCKED, Reason.INVALID_SPEC, "Harbor refuses this."),
    (
        harbor.ProtocolError,
        Course.TRANSIENT,
        Reason.HARBOR_UNREACHABLE,
        "What answers at the connection's url does not speak as Harbor does: check the url.",
    ),
)

_KUBE: tuple[_Row, ...] = (
    (
        kube.Transient,
        Course.TRANSIENT,
        Reason.PROGRESSING,
        "The API server is busy or away; trying again.",
    ),
    (
        kube.NamespaceTerminating,
        Course.WAITING,
        Reason.NAMESPACE_NOT_FOUND,
        "The namespace is being deleted.",
    ),
    (
        kube.Forbidden,
        Course.BLOCKED,
        Reason.PERMISSION_DENIED,
        "The operator's ServiceAccount may not do this in the cluster: check its roles.",
    ),
    (
        kube.Invalid,
        Course.BLOCKED,
        Reason.INVALID_SPEC,
        "The API server refuses what the spec leads to.",
    ),
    (
        kube.KubeError,
        Course.TRANSIENT,
        Reason.PROGRESSING,
        "Something changed under way; looking again.",
    ),
)

_ENGINE: tuple[_Row, ...] = (
    (
        faults.Outdated,
        Course.TRANSIENT,
        Reason.PROGRESSING,
        "Something changed under way; looking again.",
    ),
    (
        ValidationError,
        Course.BLOCKED,
        Reason.INVALID_SPEC,
        "The spec cannot be read by this version of the operator.",
    ),
)

_TABLE = (*_HARBOR, *_KUBE, *_ENGINE)


def diagnose(error: Exception) -> Diagnosis:
    """Put an exception into words and say what comes next.

    Nothing of a response body gets into the message but Harbor's own explanation of refused
    input, which the client library keeps only where it holds no secret.
    """
    if isinstance(error, faults.Waiting):
        return Diagnosis(Course.WAITING, error.reason, str(error))
    if isinstance(error, faults.Blocked):
        return Diagnosis(Course.BLOCKED, error.reason, str(error))
    for type_, course, reason, message in _TABLE:
        if isinstance(error, type_):
            return Diagnosis(course, reason, _detailed(message, error), _retry_after(error))
    return Diagnosis(
        Course.BUG, Reason.INTERNAL_ERROR, "The operator failed; its log holds the traceback."
    )


def is_about_harbor(error: Exception) -> bool:
    """Whether the connection itself may be in trouble, so that it should be looked at."""
    return isinstance(error, harbor.Transient | harbor.AuthenticationFailed)


def _detailed(message: str, error: Exception) -> str:
    if isinstance(error, harbor.Refused) and error.reason:
        return f"{message} Harbor says: {error.reason}"
    return message


def _retry_after(error: Exception) -> float | None:
    if isinstance(error, harbor.RateLimited | kube.Transient):
        return error.retry_after
    return None


FIRST_PAUSE = 1.0
"""Seconds before the first retry: most hiccups are over by then."""
LONGEST_PAUSE: Mapping[Course, float] = {
    Course.WAITING: 15.0,
    Course.TRANSIENT: 120.0,
    Course.BLOCKED: 600.0,
    Course.BUG: 600.0,
}
"""Seconds: waiting objects are woken, so theirs is a safety net; the transient one bounds how
long an object lags behind a Harbor that is back."""
LONGEST_RETRY_AFTER = LONGEST_PAUSE[Course.BLOCKED]
"""Seconds: a proxy may ask for a day, and Harbor may be back in a minute."""


def pause(diagnosis: Diagnosis, failures: int, jitter: float) -> float:
    """Seconds until the next look.

    Args:
        diagnosis: What happened.
        failures: How often in a row it has happened by now, from 1.
        jitter: A random number from 0 to 1, which spreads objects that failed together.
    """
    longest = LONGEST_PAUSE[diagnosis.course]
    if diagnosis.course in {Course.WAITING, Course.BLOCKED}:
        return longest * (0.75 + jitter / 4)
    if diagnosis.retry_after is not None:
        return min(diagnosis.retry_after, LONGEST_RETRY_AFTER) + jitter * FIRST_PAUSE
    doubled = FIRST_PAUSE * 2.0 ** min(failures - 1, 16)
    return min(doubled, longest) * (0.5 + jitter / 2)
