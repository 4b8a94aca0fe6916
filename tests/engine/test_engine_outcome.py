"""What an exception means for an object, row by row of the tables that decide it."""

import pytest
from pydantic import ValidationError

from harbor_operator.api.conditions import ConditionStatus, Reason
from harbor_operator.api.robot import RobotSpec
from harbor_operator.core.plan import READY, RECONCILING, STALLED
from harbor_operator.engine import faults
from harbor_operator.engine.outcome import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    Course,
    Diagnosis,
    diagnose,
    is_about_harbor,
    pause,
)
from harbor_operator.harbor import errors as harbor
from harbor_operator.kube import errors as kube
from harbor_operator.kube.resources import SECRETS

CANARY = "canary-Password-8Zq"
EXCHANGE = harbor.Exchange("GET", "/projects/{name}", 500, "request-1")
READ = kube.Operation("get", SECRETS, "team", "app")
WAITING, TRANSIENT, BLOCKED, BUG = Course.WAITING, Course.TRANSIENT, Course.BLOCKED, Course.BUG


def harbor_error(type_: type[harbor.HarborError]) -> harbor.HarborError:
    return type_(f"said {CANARY}", EXCHANGE)


def kube_error(type_: type[kube.KubeError]) -> kube.KubeError:
    return type_(READ, f"said {CANARY}", reason="Some", status=500)


def unreadable_spec() -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        RobotSpec.model_validate({"access": [], "robotName": CANARY})
    return caught.value


HARBOR_ROWS = [
    (harbor.TLSVerificationFailed, TRANSIENT, Reason.TLS_VERIFICATION_FAILED),
    (harbor.ReadOnlyMode, TRANSIENT, Reason.HARBOR_READ_ONLY),
    (harbor.RateLimited, TRANSIENT, Reason.RATE_LIMITED),
    (harbor.OutcomeUnknown, TRANSIENT, Reason.CREATE_RESULT_UNKNOWN),
    (harbor.Unreachable, TRANSIENT, Reason.HARBOR_UNREACHABLE),
    (harbor.TimedOut, TRANSIENT, Reason.HARBOR_UNREACHABLE),
    (harbor.ServerError, TRANSIENT, Reason.HARBOR_UNREACHABLE),
    (harbor.ListChanged, TRANSIENT, Reason.HARBOR_UNREACHABLE),
    (harbor.Transient, TRANSIENT, Reason.HARBOR_UNREACHABLE),
    (harbor.AuthenticationFailed, TRANSIENT, Reason.AUTHENTICATION_FAILED),
    (harbor.PermissionDenied, BLOCKED, Reason.PERMISSION_DENIED),
    (harbor.NotFound, BLOCKED, Reason.INVALID_SPEC),
    (harbor.Conflict, BLOCKED, Reason.INVALID_SPEC),
    (harbor.PreconditionFailed, BLOCKED, Reason.INVALID_SPEC),
    (harbor.InvalidRequest, BLOCKED, Reason.INVALID_SPEC),
    (harbor.Refused, BLOCKED, Reason.INVALID_SPEC),
    (harbor.ResponseTooLarge, TRANSIENT, Reason.HARBOR_UNREACHABLE),
    (harbor.ClockUnknown, TRANSIENT, Reason.HARBOR_UNREACHABLE),
    (harbor.ProtocolError, TRANSIENT, Reason.HARBOR_UNREACHABLE),
]
KUBE_ROWS = [
    (kube.TooManyRequests, TRANSIENT, Reason.PROGRESSING),
    (kube.ConnectionFailed, TRANSIENT, Reason.PROGRESSING),
    (kube.Unavailable, TRANSIENT, Reason.PROGRESSING),
    (kube.Transient, TRANSIENT, Reason.PROGRESSING),
    (kube.NamespaceTerminating, WAITING, Reason.NAMESPACE_NOT_FOUND),
    (kube.Forbidden, BLOCKED, Reason.PERMISSION_DENIED),
    (kube.Invalid, BLOCKED, Reason.INVALID_SPEC),
    (kube.Conflict, TRANSIENT, Reason.PROGRESSING),
    (kube.AlreadyExists, TRANSIENT, Reason.PROGRESSING),
    (kube.NotFound, TRANSIENT, Reason.PROGRESSING),
    (kube.Gone, TRANSIENT, Reason.PROGRESSING),
    (kube.Unauthorized, TRANSIENT, Reason.PROGRESSING),
    (kube.KubeError, TRANSIENT, Reason.PROGRESSING),
]
ROWS = [
    *(
        pytest.param(harbor_error(type_), course, reason, id=f"harbor {type_.__name__}")
        for type_, course, reason in HARBOR_ROWS
    ),
    *(
        pytest.param(kube_error(type_), course, reason, id=f"kube {type_.__name__}")
        for type_, course, reason in KUBE_ROWS
    ),
    pytest.param(faults.Outdated(), TRANSIENT, Reason.PROGRESSING, id="Outdated"),
    pytest.param(unreadable_spec(), BLOCKED, Reason.INVALID_SPEC, id="an unreadable spec"),
    pytest.param(
        faults.NotConverging(CANARY), BUG, Reason.INTERNAL_ERROR, id="a plan that never rests"
    ),
    pytest.param(KeyError(CANARY), BUG, Reason.INTERNAL_ERROR, id="anything else"),
]


@pytest.mark.parametrize(("error", "course", "reason"), ROWS)
def test_every_row_of_the_tables(error: Exception, course: Course, reason: Reason) -> None:
    diagnosis = diagnose(error)

    assert (diagnosis.course, diagnosis.reason) == (course, reason)
    assert diagnosis.message
    assert CANARY not in diagnosis.message


def subclasses(root: type[Exception]) -> set[type[Exception]]:
    return {root}.union(*(subclasses(child) for child in root.__subclasses__()))


@pytest.mark.parametrize(
    ("root", "rows"),
    [
        pytest.param(harbor.HarborError, HARBOR_ROWS, id="Harbor's client"),
        pytest.param(kube.KubeError, KUBE_ROWS, id="the client of the API server"),
    ],
)
def test_no_error_of_a_client_is_left_out_of_these_rows(
    root: type[Exception], rows: list[tuple[type[Exception], Course, Reason]]
) -> None:
    known = {type_ for type_, _, _ in rows}

    assert subclasses(root) - known <= {harbor.HarborError}


@pytest.mark.parametrize(
    ("error", "course"),
    [
        pytest.param(faults.Waiting(Reason.IN_USE, "Still used."), WAITING, id="Waiting"),
        pytest.param(faults.Blocked(Reason.IN_USE, "Still used."), BLOCKED, id="Blocked"),
    ],
)
def test_what_a_kind_says_is_taken_by_the_word(error: Exception, course: Course) -> None:
    assert diagnose(error) == Diagnosis(course, Reason.IN_USE, "Still used.")


@pytest.mark.parametrize(
    ("specific", "general"),
    [
        pytest.param(
            harbor_error(harbor.ReadOnlyMode), harbor_error(harbor.Transient), id="read-only mode"
        ),
        pytest.param(
            harbor_error(harbor.TLSVerificationFailed),
            harbor_error(harbor.Transient),
            id="an untrusted certificate",
        ),
        pytest.param(
            harbor_error(harbor.PermissionDenied),
            harbor_error(harbor.Refused),
            id="a missing right",
        ),
        pytest.param(
            harbor_error(harbor.AuthenticationFailed),
            harbor_error(harbor.Refused),
            id="a wrong password",
        ),
        pytest.param(
            kube_error(kube.NamespaceTerminating),
            kube_error(kube.Forbidden),
            id="a namespace that is being deleted",
        ),
    ],
)
def test_the_most_specific_row_wins(specific: Exception, general: Exception) -> None:
    assert isinstance(specific, type(general))
    assert diagnose(specific).reason is not diagnose(general).reason


def test_harbors_own_explanation_of_refused_input_is_passed_on() -> None:
    error = harbor.InvalidRequest("no", EXCHANGE, code="BAD_REQUEST", reason="quota too small")

    assert diagnose(error).message == "Harbor refuses this. Harbor says: quota too small"


@pytest.mark.parametrize(
    ("course", "conditions"),
    [
        pytest.param(
            WAITING, [(READY, "False"), (RECONCILING, "True")], id="waiting goes on by itself"
        ),
        pytest.param(
            TRANSIENT, [(READY, "False"), (RECONCILING, "True")], id="a hiccup goes on by itself"
        ),
        pytest.param(BLOCKED, [(READY, "False"), (STALLED, "True")], id="blocked is Stalled"),
        pytest.param(BUG, [(READY, "Unknown")], id="a defect knows nothing"),
    ],
)
def test_the_conditions_of_each_course(course: Course, conditions: list[tuple[str, str]]) -> None:
    verdicts = Diagnosis(course, Reason.INTERNAL_ERROR, "So it is.").verdicts()

    assert [(v.type, v.status) for v in verdicts] == [
        (type_, ConditionStatus(status)) for type_, status in conditions
    ]
    assert {(v.reason, v.message) for v in verdicts} == {(Reason.INTERNAL_ERROR, "So it is.")}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(harbor_error(harbor.ServerError), True, id="Harbor fails"),
        pytest.param(harbor_error(harbor.RateLimited), True, id="Harbor wants fewer requests"),
        pytest.param(harbor_error(harbor.AuthenticationFailed), True, id="Harbor knows us not"),
        pytest.param(harbor_error(harbor.PermissionDenied), False, id="a right is missing"),
        pytest.param(harbor_error(harbor.Conflict), False, id="a name is taken"),
        pytest.param(kube_error(kube.Unavailable), False, id="the API server fails"),
        pytest.param(ValueError("no"), False, id="a defect"),
    ],
)
def test_which_errors_cast_doubt_on_the_connection(error: Exception, *, expected: bool) -> None:
    assert is_about_harbor(error) is expected


def throttled(seconds: float | None) -> kube.TooManyRequests:
    error = kube.TooManyRequests(READ, "busy", reason="TooManyRequests", status=429)
    error.retry_after = seconds
    return error


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(harbor.RateLimited("busy", EXCHANGE, 37.0), id="by Harbor"),
        pytest.param(throttled(37.0), id="by the API server"),
    ],
)
def test_a_pause_that_was_asked_for_is_kept(error: Exception) -> None:
    diagnosis = diagnose(error)

    assert pause(diagnosis, 1, 0.0) == 37.0
    assert pause(diagnosis, 9, 1.0) == 37.0 + FIRST_PAUSE


def test_no_answer_can_ask_for_a_pause_that_never_ends() -> None:
    diagnosis = diagnose(harbor.RateLimited("busy", EXCHANGE, 1e9))

    assert pause(diagnosis, 1, 1.0) <= LONGEST_PAUSE[BLOCKED] + FIRST_PAUSE


def test_without_a_wish_of_the_other_side_pauses_grow() -> None:
    assert diagnose(harbor.RateLimited("busy", EXCHANGE)).retry_after is None
    assert diagnose(throttled(None)).retry_after is None


@pytest.mark.parametrize(
    ("course", "failures", "least", "most"),
    [
        pytest.param(WAITING, 1, 11.25, 15.0, id="waiting is a fixed while"),
        pytest.param(WAITING, 30, 11.25, 15.0, id="waiting long makes no difference"),
        pytest.param(BLOCKED, 1, 450.0, 600.0, id="blocked is as slow as drift"),
        pytest.param(TRANSIENT, 1, 0.5, 1.0, id="the first hiccup is soon over"),
        pytest.param(TRANSIENT, 2, 1.0, 2.0, id="the second pause is twice the first"),
        pytest.param(TRANSIENT, 5, 8.0, 16.0, id="the fifth is sixteen times the first"),
        pytest.param(TRANSIENT, 10_000, 60.0, 120.0, id="no hiccup keeps an object for long"),
        pytest.param(BUG, 1, 0.5, 1.0, id="a defect is tried again soon at first"),
        pytest.param(BUG, 10_000, 300.0, 600.0, id="a lasting defect is tried rarely"),
    ],
)
def test_how_long_the_pauses_are(course: Course, failures: int, least: float, most: float) -> None:
    diagnosis = Diagnosis(course, Reason.PROGRESSING, "So it is.")

    assert pause(diagnosis, failures, 0.0) == least
    assert pause(diagnosis, failures, 1.0) == most
    assert least < pause(diagnosis, failures, 0.5) < most
