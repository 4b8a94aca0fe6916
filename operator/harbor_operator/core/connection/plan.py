"""What to do and to say about one ClusterHarborConnection."""

from datetime import datetime, timedelta
from typing import Any

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.connection import ConnectionSpec, RevocationStatus
from harbor_operator.core.connection.facts import (
    NEWEST,
    OLDEST,
    Action,
    ChangeHarbor,
    Hold,
    Identity,
    Observed,
    release_of,
    supported,
)
from harbor_operator.core.connection.maintenance import compare_schedules, wanted_schedules
from harbor_operator.core.connection.revocation import LOOK, Revocation
from harbor_operator.core.connection.upstreams import (
    SECRET_CHANGED,
    compare_upstreams,
    report_upstreams,
)
from harbor_operator.core.plan import Plan, Verdict, blocked, ready, waiting
from harbor_operator.core.steps import Comparison, Step, Trouble

RETRY = timedelta(minutes=1)
"""After trouble that may pass by itself. The drift period is too long where Harbor was only
restarting its job service, and each try may make Harbor call a registry that is down."""

MAX_TROUBLES = 5
"""So many troubles fit into a message that is still read."""

Verdicts = tuple[Verdict, ...]


def plan(desired: ConnectionSpec | None, observed: Observed, now: datetime) -> Plan[Action]:
    """Give the verdicts of a connection, and the changes to Harbor's schedules and registries.

    These changes never make the connection un-Ready, since everybody depends on it: what is in
    their way shows in Synced.

    Args:
        desired: The spec; None while the object is being deleted.
        observed: The answers of this look.
        now: The operator's clock.
    """
    if desired is None:
        return _removal(observed)
    if not observed.held:
        return Plan(actions=(Hold(),))
    if not observed.works:
        return _unusable(observed)
    if desired.suspend:
        return Plan(verdicts=_usable(observed), report=_report(observed))
    return _upkeep(desired, observed, now)


def _removal(observed: Observed) -> Plan[Action]:
    if not observed.users:
        return Plan()
    message = f"{observed.users} objects still name this connection; it goes when they are gone."
    return Plan(verdicts=waiting(Reason.IN_USE, message))


def _unusable(observed: Observed) -> Plan[Action]:
    if observed.identity is Identity.ANONYMOUS:
        return Plan(
            verdicts=blocked(
                Reason.AUTHENTICATION_FAILED,
                "Harbor does not accept the user name and password in credentialsSecretRef:"
                " correct the Secret, it is read again at once.",
            )
        )
    if not supported(observed.version):
        found = observed.version or "an unknown version"
        return Plan(
            verdicts=blocked(
                Reason.UNSUPPORTED_VERSION,
                f"Harbor is {found}; supported are 2.{OLDEST[1]} to 2.{NEWEST[1]}.",
            ),
            report=_report(observed),
        )
    message = "Harbor is in read-only mode; nothing is written until an administrator ends it."
    return Plan(verdicts=waiting(Reason.HARBOR_READ_ONLY, message), report=_report(observed))


def _usable(observed: Observed) -> Verdicts:
    message = f"Logged in to Harbor {observed.version} as {observed.identity.value.lower()}."
    return ready(Reason.SUCCEEDED, message)


def _upkeep(desired: ConnectionSpec, observed: Observed, now: datetime) -> Plan[Action]:
    comparison = compare(desired, observed)
    if comparison.steps:
        return Plan(actions=tuple(_change(step, observed) for step in comparison.steps))
    report = {
        **_report(observed),
        **report_upstreams(desired.registries, observed.upstreams),
        **_report_revocation(observed.revocation),
    }
    return Plan(
        verdicts=(*_usable(observed), _synced(comparison.troubles)),
        report=report,
        recheck_at=_recheck_at(comparison, observed.revocation, now),
    )


def _recheck_at(
    comparison: Comparison, revocation: Revocation | None, now: datetime
) -> datetime | None:
    if revocation is not None and not revocation.finished:
        return now + LOOK
    passing = any(trouble.passing for trouble in comparison.troubles)
    return now + RETRY if passing else None


def _report_revocation(revocation: Revocation | None) -> dict[str, Any]:
    """How far a revoke is; the last one stays in the status."""
    if revocation is None:
        return {}
    status = RevocationStatus(
        token=revocation.token,
        total=revocation.total,
        done=revocation.done,
        failed=len(revocation.failed),
        message=revocation.message,
    )
    report: dict[str, Any] = {"revocation": status.to_wire()}
    return {**report, "lastHandledRevokeAt": revocation.token} if revocation.finished else report


def compare(desired: ConnectionSpec, observed: Observed) -> Comparison:
    """The steps that are left for schedules and registries, and the troubles in their way."""
    release = release_of(observed.version)
    wanted = wanted_schedules(desired.maintenance, release)
    parts = (
        compare_schedules(wanted, observed.schedules),
        compare_upstreams(desired.registries, observed.upstreams, release),
    )
    steps = [step for part in parts for step in part.steps]
    failed = {step.key: observed.attempts.trouble_with(step) for step in steps}
    return Comparison(
        steps=tuple(step for step in steps if failed[step.key] is None),
        troubles=(
            *(trouble for part in parts for trouble in part.troubles),
            *(trouble for trouble in failed.values() if trouble is not None),
        ),
    )


def _change(step: Step, observed: Observed) -> ChangeHarbor:
    follows = all(change.field == SECRET_CHANGED for change in step.changes)
    return ChangeHarbor(step, is_repair=observed.in_sync and not follows)


def _synced(troubles: tuple[Trouble, ...]) -> Verdict:
    if not troubles:
        message = "Schedules and registries in Harbor are as the spec says."
        return Verdict(ConditionType.SYNCED, ConditionStatus.TRUE, Reason.SUCCEEDED, message)
    more = len(troubles) - MAX_TROUBLES
    message = " ".join(trouble.message for trouble in troubles[:MAX_TROUBLES])
    message += f" And {more} more." if more > 0 else ""
    return Verdict(ConditionType.SYNCED, ConditionStatus.FALSE, troubles[0].reason, message)


def _report(observed: Observed) -> dict[str, Any]:
    return {
        "harborVersion": observed.version,
        "identity": {"kind": observed.identity.value, "name": observed.name},
        "robotNamePrefix": observed.robot_prefix,
        "registryHosts": list(observed.registry_hosts),
        "tokenLifetimeSeconds": observed.token_lifetime_seconds,
        "clockSkewSeconds": observed.clock_skew_seconds,
    }
