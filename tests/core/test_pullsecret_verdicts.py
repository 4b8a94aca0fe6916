"""What is said about a pull secret that is at rest."""

from dataclasses import replace

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.core.namespaces import Namespace, Selection
from harbor_operator.core.plan import STALLED, is_true
from harbor_operator.core.pullsecret.facts import Desired, Observed
from harbor_operator.core.pullsecret.plan import plan
from harbor_operator.core.pullsecret.verdicts import MAX_FAILURES
from tests.support.pull_secrets import (
    AT_REST,
    DESIRED,
    DISTRIBUTED,
    EVERYWHERE,
    NOW,
)
from tests.support.sentences import is_sentence

TRUE, FALSE, UNKNOWN = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN
DONE = Reason.SUCCEEDED
ALLOWED = replace(DESIRED, targets=Selection(names=("team", "shop-*")))
FAILED = {"shop-a": Reason.TARGET_FAILED}
OWN_TAKEN = {"team": Reason.SECRET_NOT_OWNED}

VERDICTS = [
    pytest.param(DESIRED, AT_REST, (TRUE, TRUE, TRUE), (DONE, DONE, DONE), id="all is well"),
    pytest.param(
        EVERYWHERE,
        DISTRIBUTED,
        (TRUE, FALSE, TRUE),
        (DONE, Reason.DISTRIBUTION_DENIED, DONE),
        id="ready although some namespaces may not have it",
    ),
    pytest.param(
        EVERYWHERE,
        replace(DISTRIBUTED, failures=FAILED),
        (FALSE, FALSE, TRUE),
        (Reason.TARGET_FAILED, Reason.DISTRIBUTION_DENIED, DONE),
        id="a namespace that refused it, and one that may not have it",
    ),
    pytest.param(
        ALLOWED,
        replace(DISTRIBUTED, failures=FAILED),
        (FALSE, FALSE, TRUE),
        (Reason.TARGET_FAILED, Reason.TARGET_FAILED, DONE),
        id="a namespace that refused it",
    ),
    pytest.param(
        ALLOWED,
        replace(DISTRIBUTED, beyond=frozenset({"elsewhere"})),
        (TRUE, FALSE, TRUE),
        (DONE, Reason.NAMESPACE_NOT_FOUND, DONE),
        id="ready although a namespace is not served at all",
    ),
    pytest.param(
        DESIRED,
        replace(AT_REST, failures=OWN_TAKEN, delivered={}),
        (FALSE, FALSE, TRUE),
        (Reason.SECRET_NOT_OWNED, Reason.SECRET_NOT_OWNED, DONE),
        id="its own namespace has a Secret of that name",
    ),
    pytest.param(
        DESIRED,
        replace(AT_REST, verified=False),
        (FALSE, TRUE, FALSE),
        (Reason.VERIFICATION_FAILED, DONE, Reason.VERIFICATION_FAILED),
        id="the token service gives it too little",
    ),
    pytest.param(
        DESIRED,
        replace(AT_REST, verified=None, verified_at=None),
        (TRUE, TRUE, UNKNOWN),
        (DONE, DONE, Reason.PROGRESSING),
        id="the token service has not been asked",
    ),
    pytest.param(
        replace(DESIRED, verify=False),
        replace(AT_REST, verified=False),
        (TRUE, TRUE, UNKNOWN),
        (DONE, DONE, Reason.VERIFICATION_DISABLED),
        id="the spec asks for no verification",
    ),
    pytest.param(
        DESIRED,
        replace(AT_REST, login=None, verified=None),
        (FALSE, TRUE, UNKNOWN),
        (Reason.WAITING_FOR_ROBOT, DONE, Reason.PROGRESSING),
        id="the robot has no working credential just now",
    ),
]


@pytest.mark.parametrize(("desired", "seen", "expected", "reasons"), VERDICTS)
def test_verdicts(
    desired: Desired,
    seen: Observed,
    expected: tuple[ConditionStatus, ConditionStatus, ConditionStatus],
    reasons: tuple[Reason, Reason, Reason],
) -> None:
    verdicts = {v.type: v for v in plan(desired, seen, NOW).verdicts}

    shown = (ConditionType.READY, ConditionType.DISTRIBUTED, ConditionType.VERIFIED)
    assert tuple(verdicts[type_].status for type_ in shown) == expected
    assert tuple(verdicts[type_].reason for type_ in shown) == reasons
    assert all(is_sentence(verdict.message) for verdict in verdicts.values())


@pytest.mark.parametrize(
    ("desired", "seen", "begin"),
    [
        pytest.param(
            DESIRED, AT_REST, "Secret pull is in 1 of 1 namespaces", id="where all may have it"
        ),
        pytest.param(
            EVERYWHERE, DISTRIBUTED, "Secret pull is in 3 of 4 namespaces", id="where one may not"
        ),
        pytest.param(
            EVERYWHERE,
            replace(DISTRIBUTED, failures=FAILED),
            "1 namespaces",
            id="where one refuses",
        ),
    ],
)
def test_ready_counts_namespaces(desired: Desired, seen: Observed, begin: str) -> None:
    assert plan(desired, seen, NOW).verdicts[0].message.startswith(begin)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(
            replace(AT_REST, failures=OWN_TAKEN, delivered={}), True, id="in its own namespace"
        ),
        pytest.param(
            replace(DISTRIBUTED, failures={"shop-a": Reason.SECRET_NOT_OWNED}),
            False,
            id="not in another one",
        ),
    ],
)
def test_a_foreign_secret_needs_a_person(seen: Observed, *, expected: bool) -> None:
    assert is_true(plan(EVERYWHERE, seen, NOW).verdicts, STALLED) is expected


def test_the_report_counts_and_lists() -> None:
    seen = replace(DISTRIBUTED, failures=FAILED)

    assert (
        plan(EVERYWHERE, seen, NOW).report.items()
        >= {
            "secretName": "pull",
            "targets": {"desired": 4, "ready": 2, "failed": 1, "denied": 1},
            "failures": [
                {"namespace": "other", "reason": "DistributionDenied"},
                {"namespace": "shop-a", "reason": "TargetFailed"},
            ],
            "robotName": "robot$team+ci-1",
            "credentialRevision": "1",
            "verifiedAt": "2026-03-01T12:00:00Z",
        }.items()
    )


def test_the_report_lists_no_more_than_its_schema_allows() -> None:
    crowd = {f"n{i:02}": Namespace(f"n{i:02}") for i in range(MAX_FAILURES + 5)}
    seen = replace(AT_REST, namespaces={**AT_REST.namespaces, **crowd})

    report = plan(EVERYWHERE, seen, NOW).report

    assert len(report["failures"]) == MAX_FAILURES
    assert report["targets"]["denied"] == len(crowd) + 3


def test_a_failure_of_a_namespace_that_has_left_is_not_reported() -> None:
    seen = replace(AT_REST, failures={"gone": Reason.NAMESPACE_NOT_FOUND})

    report = plan(DESIRED, seen, NOW).report

    assert report["targets"]["failed"] == 0
    assert report["failures"] == []
