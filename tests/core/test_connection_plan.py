"""What is said about a connection."""

from dataclasses import replace

import pytest

from harbor_operator.api.conditions import ConditionStatus, Reason
from harbor_operator.core.connection import Hold, Identity, Observed, plan, supported
from harbor_operator.core.plan import RECONCILING, STALLED, is_true
from tests.support.robots import NOW

WELL = Observed(
    held=True,
    identity=Identity.USER,
    name="admin",
    version="v2.16.0-c50c7ddd",
    registry_hosts=("harbor.example.com",),
    robot_prefix="robot$",
    token_lifetime_seconds=1800,
    clock_skew_seconds=2,
)

UNHAPPY = [
    pytest.param(
        replace(WELL, identity=Identity.ANONYMOUS, version=None),
        Reason.AUTHENTICATION_FAILED,
        STALLED,
        id="Harbor takes the login for nobody",
    ),
    pytest.param(
        replace(WELL, version="v2.11.3"), Reason.UNSUPPORTED_VERSION, STALLED, id="too old"
    ),
    pytest.param(
        replace(WELL, version=None), Reason.UNSUPPORTED_VERSION, STALLED, id="no version known"
    ),
    pytest.param(
        replace(WELL, read_only=True), Reason.HARBOR_READ_ONLY, RECONCILING, id="read-only"
    ),
]


@pytest.mark.parametrize("identity", [Identity.USER, Identity.ROBOT])
def test_a_login_that_works_is_ready(identity: Identity) -> None:
    at_rest = plan(object(), replace(WELL, identity=identity), NOW)

    assert at_rest.actions == ()
    assert at_rest.verdicts[0].status is ConditionStatus.TRUE


@pytest.mark.parametrize(("seen", "reason", "condition"), UNHAPPY)
def test_what_is_wrong(seen: Observed, reason: Reason, condition: object) -> None:
    verdicts = plan(object(), seen, NOW).verdicts

    assert verdicts[0].status is ConditionStatus.FALSE
    assert verdicts[0].reason is reason
    assert [v.type for v in verdicts[1:]] == [condition]


def test_the_finalizer_goes_first() -> None:
    assert plan(object(), replace(WELL, held=False), NOW).actions == (Hold(),)


def test_the_report() -> None:
    assert plan(object(), WELL, NOW).report == {
        "harborVersion": "v2.16.0-c50c7ddd",
        "identity": {"kind": "User", "name": "admin"},
        "robotNamePrefix": "robot$",
        "registryHosts": ["harbor.example.com"],
        "tokenLifetimeSeconds": 1800,
        "clockSkewSeconds": 2,
    }


def test_a_removal_waits_for_its_users() -> None:
    removal = plan(None, replace(WELL, users=3), NOW)

    assert removal.actions == ()
    assert removal.verdicts[0].reason is Reason.IN_USE
    assert is_true(removal.verdicts, RECONCILING)


def test_a_removal_without_users_is_done() -> None:
    removal = plan(None, WELL, NOW)

    assert removal.actions == ()
    assert removal.verdicts == ()


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param("v2.12.0", True, id="the oldest"),
        pytest.param("v2.16.99-abc", True, id="the newest"),
        pytest.param("2.14.1", True, id="without a v"),
        pytest.param("v2.11.9", False, id="before the oldest"),
        pytest.param("v2.17.0", False, id="after the newest"),
        pytest.param("v3.12.0", False, id="another major version"),
        pytest.param("v1.12.0", False, id="a major version before"),
        pytest.param("v2.120.0", False, id="a longer minor version"),
        pytest.param("dev", False, id="a word"),
        pytest.param("", False, id="nothing"),
        pytest.param(None, False, id="none"),
    ],
)
def test_supported_versions(version: str | None, *, expected: bool) -> None:
    assert supported(version) is expected
