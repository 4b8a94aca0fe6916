"""What is said about a connection."""

from dataclasses import replace

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.connection import ConnectionSpec
from harbor_operator.core.connection.facts import (
    ChangeHarbor,
    Hold,
    Identity,
    Observed,
    lets_robots_make_robots,
    release_of,
    supported,
)
from harbor_operator.core.connection.maintenance import Job, ScheduleSeen, SetSchedule
from harbor_operator.core.connection.plan import MAX_TROUBLES, RETRY, plan
from harbor_operator.core.connection.upstreams import Endpoint, Login, UpstreamsSeen
from harbor_operator.core.plan import RECONCILING, STALLED, Verdict, is_true
from harbor_operator.core.steps import Attempts, Step, Trouble
from tests.support.custom_resources import MINIMAL_SPECS
from tests.support.robots import NOW
from tests.support.sentences import is_sentence


def spec_with(**fields: object) -> ConnectionSpec:
    return ConnectionSpec.model_validate({**MINIMAL_SPECS["ClusterHarborConnection"], **fields})


SPEC = spec_with()
SCANS = spec_with(maintenance={"scanAll": {"schedule": "0 4 * * *"}})
HUB = {"name": "hub", "type": "docker-hub", "url": "https://hub.example.com"}
PEM = "-----BEGIN CERTIFICATE-----\nmade up\n-----END CERTIFICATE-----\n"
LOGIN = {"credentialsSecretRef": {"namespace": "ops", "name": "hub"}}
REGISTRIES = spec_with(registries=[{**HUB, **LOGIN}])

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


@pytest.mark.parametrize(
    ("identity", "words"), [(Identity.USER, "as user."), (Identity.ROBOT, "as robot.")]
)
def test_a_login_that_works_is_ready(identity: Identity, words: str) -> None:
    at_rest = plan(SPEC, replace(WELL, identity=identity), NOW)

    assert at_rest.actions == ()
    assert [(v.type, v.status, v.reason) for v in at_rest.verdicts] == [
        (ConditionType.READY, ConditionStatus.TRUE, Reason.SUCCEEDED),
        (ConditionType.SYNCED, ConditionStatus.TRUE, Reason.SUCCEEDED),
    ]
    assert all(is_sentence(v.message) for v in at_rest.verdicts)
    assert at_rest.verdicts[0].message.endswith(words)


@pytest.mark.parametrize(("seen", "reason", "condition"), UNHAPPY)
def test_what_is_wrong(seen: Observed, reason: Reason, condition: object) -> None:
    verdicts = plan(SPEC, seen, NOW).verdicts

    assert verdicts[0].status is ConditionStatus.FALSE
    assert verdicts[0].reason is reason
    assert is_sentence(verdicts[0].message)
    assert [v.type for v in verdicts[1:]] == [condition]


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(replace(WELL, version="v2.11.3"), id="too old"),
        pytest.param(replace(WELL, read_only=True), id="read-only"),
    ],
)
def test_a_harbor_that_cannot_be_used_is_described_all_the_same(seen: Observed) -> None:
    unusable = plan(SPEC, seen, NOW)

    assert unusable.report["harborVersion"] == seen.version
    assert unusable.report["identity"] == {"kind": "User", "name": "admin"}


@pytest.mark.parametrize(
    ("version", "told"),
    [
        pytest.param("v2.11.3", "Harbor is v2.11.3;", id="its version"),
        pytest.param(None, "Harbor is an unknown version;", id="no version known"),
    ],
)
def test_what_is_said_of_an_unsupported_harbor(version: str | None, told: str) -> None:
    verdicts = plan(SPEC, replace(WELL, version=version), NOW).verdicts

    assert told in verdicts[0].message


def test_the_report_lists_the_registries() -> None:
    upstreams = UpstreamsSeen("mark", (Endpoint(7, "hub", "docker-hub", HUB["url"]),))

    report = plan(spec_with(registries=[HUB]), replace(WELL, upstreams=upstreams), NOW).report

    assert report["registries"] == [{"name": "hub", "id": 7}]


@pytest.mark.parametrize(
    ("version", "required"),
    [
        pytest.param("v2.12.4", "include_operations", id="before event types"),
        pytest.param("v2.13.0", "include_event_types", id="with event types"),
    ],
)
def test_a_schedule_is_set_as_the_release_of_harbor_wants_it(version: str, required: str) -> None:
    spec = spec_with(maintenance={"auditLogPurge": {"schedule": "0 4 * * *", "retentionHours": 24}})
    seen = replace(WELL, version=version, schedules={Job.AUDIT_LOG_PURGE: None})

    assert required in only_step(seen, spec).write.parameters


@pytest.mark.parametrize(
    ("version", "bundle"),
    [
        pytest.param("v2.14.1", "", id="before certificates"),
        pytest.param("v2.15.0", PEM, id="with certificates"),
    ],
)
def test_a_registry_is_made_as_the_release_of_harbor_wants_it(version: str, bundle: str) -> None:
    spec = spec_with(registries=[{**HUB, "caCertificate": PEM}])
    seen = replace(WELL, version=version, upstreams=UpstreamsSeen("mark"))

    assert only_step(seen, spec).write.ca_certificate == bundle


def test_the_finalizer_goes_first() -> None:
    assert plan(SPEC, replace(WELL, held=False), NOW).actions == (Hold(),)


def test_the_report() -> None:
    assert plan(SPEC, WELL, NOW).report == {
        "harborVersion": "v2.16.0-c50c7ddd",
        "identity": {"kind": "User", "name": "admin"},
        "robotNamePrefix": "robot$",
        "registryHosts": ["harbor.example.com"],
        "tokenLifetimeSeconds": 1800,
        "clockSkewSeconds": 2,
        "registries": [],
    }


def test_a_removal_waits_for_its_users() -> None:
    removal = plan(None, replace(WELL, users=3), NOW)

    assert removal.actions == ()
    assert removal.verdicts[0].reason is Reason.IN_USE
    assert removal.verdicts[0].message.startswith("3 objects")
    assert is_sentence(removal.verdicts[0].message)
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


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param("v2.16.0-c50c7ddd", (2, 16), id="as Harbor states it"),
        pytest.param("dev", (0, 0), id="unreadable"),
        pytest.param(None, (0, 0), id="none"),
    ],
)
def test_releases(version: str | None, expected: tuple[int, int]) -> None:
    assert release_of(version) == expected


@pytest.mark.parametrize(
    ("version", "lets"),
    [
        pytest.param("v2.14.0-c50c7ddd", False, id="before"),
        pytest.param("v2.14.1-c50c7ddd", True, id="since"),
        pytest.param("v2.15", True, id="later, without a patch"),
        pytest.param("v2.14", False, id="without a patch"),
        pytest.param("dev", False, id="unreadable"),
        pytest.param(None, False, id="none"),
    ],
)
def test_releases_that_let_robots_make_robots(version: str | None, *, lets: bool) -> None:
    assert lets_robots_make_robots(version) is lets


UNSCHEDULED = replace(WELL, schedules={Job.SCAN_ALL: None})
"""A Harbor that has no schedule of scans."""


def only_step(observed: Observed, spec: ConnectionSpec = SCANS) -> Step:
    (action,) = plan(spec, observed, NOW).actions
    assert isinstance(action, ChangeHarbor)
    return action.step


def synced(observed: Observed, spec: ConnectionSpec = SCANS) -> Verdict:
    """What Synced says, where Ready is True all the same."""
    ready, verdict = plan(spec, observed, NOW).verdicts
    assert (ready.type, ready.status) == (ConditionType.READY, ConditionStatus.TRUE)
    assert verdict.type is ConditionType.SYNCED
    return verdict


def test_what_differs_becomes_an_action() -> None:
    assert only_step(UNSCHEDULED).write == SetSchedule(
        Job.SCAN_ALL, "0 0 4 * * *", {}, exists=False
    )


@pytest.mark.parametrize(
    ("spec", "seen"),
    [
        pytest.param(
            spec_with(suspend=True, maintenance={"scanAll": {"schedule": "0 4 * * *"}}),
            UNSCHEDULED,
            id="a suspended connection",
        ),
        pytest.param(SCANS, replace(UNSCHEDULED, read_only=True), id="a read-only Harbor"),
        pytest.param(SCANS, replace(UNSCHEDULED, version="v2.11.0"), id="an unsupported Harbor"),
        pytest.param(
            SCANS, replace(UNSCHEDULED, identity=Identity.ANONYMOUS), id="a login that is refused"
        ),
        pytest.param(None, UNSCHEDULED, id="a connection that is being deleted"),
    ],
)
def test_harbor_is_left_alone_by(spec: ConnectionSpec | None, seen: Observed) -> None:
    assert plan(spec, seen, NOW).actions == ()


def test_a_suspended_connection_is_ready_and_described_all_the_same() -> None:
    suspended = plan(spec_with(suspend=True), WELL, NOW)

    assert is_true(suspended.verdicts, ConditionType.READY)
    assert suspended.report["harborVersion"] == WELL.version


def test_the_finalizer_comes_before_any_change_of_harbor() -> None:
    assert plan(SCANS, replace(UNSCHEDULED, held=False), NOW).actions == (Hold(),)


@pytest.mark.parametrize("in_sync", [True, False])
def test_a_difference_is_drift_where_this_generation_was_in_line(*, in_sync: bool) -> None:
    (action,) = plan(SCANS, replace(UNSCHEDULED, in_sync=in_sync), NOW).actions

    assert isinstance(action, ChangeHarbor)
    assert (action.is_repair, action.subject) == (in_sync, "maintenance.scanAll")


@pytest.mark.parametrize(
    ("url", "repair"),
    [
        pytest.param(HUB["url"], False, id="that has changed, alone"),
        pytest.param("https://elsewhere.example.com", True, id="and somebody's change"),
    ],
)
def test_following_a_secret_is_no_drift(url: str, *, repair: bool) -> None:
    row = Endpoint(7, "hub", "docker-hub", url, username="puller", has_secret=True)
    upstreams = UpstreamsSeen("mark", (row,), {"hub": Login("puller", "uid/2")}, {7: "uid/1"})

    (action,) = plan(REGISTRIES, replace(WELL, upstreams=upstreams, in_sync=True), NOW).actions

    assert isinstance(action, ChangeHarbor)
    assert action.is_repair is repair


def test_a_step_that_harbor_refused_is_not_tried_again_but_told() -> None:
    refused = {only_step(UNSCHEDULED).key: Trouble(Reason.PERMISSION_DENIED, "May not.")}
    verdict = synced(replace(UNSCHEDULED, attempts=Attempts(refused=refused)))

    assert (verdict.status, verdict.reason) == (ConditionStatus.FALSE, Reason.PERMISSION_DENIED)
    assert verdict.message == "May not."


def test_a_change_that_harbor_does_not_keep_is_not_made_again_but_told() -> None:
    written = (only_step(UNSCHEDULED),)
    verdict = synced(replace(UNSCHEDULED, attempts=Attempts(written=written)))

    assert (verdict.status, verdict.reason) == (ConditionStatus.FALSE, Reason.INVALID_SPEC)
    assert "maintenance scanAll" in verdict.message


@pytest.mark.parametrize(
    ("passing", "recheck"),
    [
        pytest.param(True, NOW + RETRY, id="soon, where it may pass by itself"),
        pytest.param(False, None, id="with the next drift pass"),
    ],
)
def test_when_trouble_is_looked_at_again(recheck: object, *, passing: bool) -> None:
    trouble = Trouble(Reason.HARBOR_UNREACHABLE, "Later.", passing=passing)
    seen = replace(WELL, schedules={Job.SCAN_ALL: trouble})

    assert plan(SCANS, seen, NOW).recheck_at == recheck


def test_trouble_in_one_part_holds_up_no_other() -> None:
    both = spec_with(maintenance={"scanAll": {"schedule": "0 4 * * *"}}, registries=[HUB])
    trouble = Trouble(Reason.PERMISSION_DENIED, "May not.")
    seen = replace(WELL, schedules={Job.SCAN_ALL: trouble}, upstreams=UpstreamsSeen("mark"))

    assert only_step(seen, both).target == "hub"


@pytest.mark.parametrize(
    ("count", "end"),
    [
        pytest.param(MAX_TROUBLES, "Trouble 4.", id="all of a few"),
        pytest.param(MAX_TROUBLES + 1, "Trouble 4. And 1 more.", id="and how many there are more"),
    ],
)
def test_a_message_names_troubles(count: int, end: str) -> None:
    hubs = spec_with(registries=[{**HUB, **LOGIN, "name": f"hub{n}"} for n in range(count)])
    logins = {f"hub{n}": Trouble(Reason.CREDENTIALS_MISSING, f"Trouble {n}.") for n in range(count)}
    verdict = synced(replace(WELL, upstreams=UpstreamsSeen("mark", logins=logins)), hubs)

    assert verdict.reason is Reason.CREDENTIALS_MISSING
    assert verdict.message.startswith("Trouble 0. Trouble 1. ")
    assert verdict.message.endswith(end)


def test_a_schedule_in_line_is_left_alone() -> None:
    seen = replace(WELL, schedules={Job.SCAN_ALL: ScheduleSeen("0 0 4 * * *")})

    assert synced(seen).status is ConditionStatus.TRUE
