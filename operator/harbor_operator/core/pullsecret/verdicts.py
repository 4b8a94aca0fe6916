"""What to say about one HarborPullSecret that is at rest."""

from typing import Any

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.values import format_time
from harbor_operator.core.plan import Verdict, blocked, ready, waiting
from harbor_operator.core.pullsecret.facts import Audience, Desired, Observed

MAX_FAILURES = 20
"""How many namespaces the status lists, as its schema bounds it."""

Verdicts = tuple[Verdict, ...]


def verdicts(desired: Desired, observed: Observed, audience: Audience) -> Verdicts:
    """Ready, Distributed and Verified."""
    failed = len(observed.failures.keys() & audience.allowed)
    distributed = _distribution(observed, audience, failed)
    if observed.verified is False and desired.verify:
        message = "Harbor does not give the delivered credential what a pull needs; asking again."
        summary = waiting(Reason.VERIFICATION_FAILED, message)
    elif observed.login is None:
        message = "The robot has no working credential just now; what was delivered stays."
        summary = waiting(Reason.WAITING_FOR_ROBOT, message)
    elif failed:
        summary = _failed(observed, failed)
    else:
        served, wanted = len(audience.allowed), len(audience.wanted)
        message = f"Secret {desired.secret_name} is in {served} of {wanted} namespaces."
        summary = ready(Reason.SUCCEEDED, message)
    return (*summary, distributed, _verification(desired, observed))


def _failed(observed: Observed, failed: int) -> Verdicts:
    namespace, reason = min(observed.failures.items())
    message = f"{failed} namespaces could not be served; the first is {namespace} ({reason.value})."
    if reason is Reason.SECRET_NOT_OWNED and namespace == observed.namespace:
        cure = " A Secret of that name exists and is not this object's: rename or delete it."
        return blocked(reason, message + cure)
    return waiting(reason, message)


def _distribution(observed: Observed, audience: Audience, failed: int) -> Verdict:
    type_ = ConditionType.DISTRIBUTED
    if audience.denied:
        message = (
            f"{len(audience.denied)} selected namespaces may not receive it, among them"
            f" {min(audience.denied)}: neither the connection's distribution rules nor an"
            " annotation of the namespace allows it, or the robot may do more than pull, or its"
            " project is shared without distribute: true."
        )
        return Verdict(type_, ConditionStatus.FALSE, Reason.DISTRIBUTION_DENIED, message)
    if failed:
        reason = min(observed.failures.items())[1]
        return Verdict(type_, ConditionStatus.FALSE, reason, f"{failed} namespaces failed.")
    message = "Every selected namespace holds the pull secret."
    return Verdict(type_, ConditionStatus.TRUE, Reason.SUCCEEDED, message)


def _verification(desired: Desired, observed: Observed) -> Verdict:
    type_ = ConditionType.VERIFIED
    if not desired.verify:
        message = "spec.verification.mode is None."
        return Verdict(type_, ConditionStatus.UNKNOWN, Reason.VERIFICATION_DISABLED, message)
    match observed.verified:
        case True:
            message = "Harbor's token service lets the credential pull."
            return Verdict(type_, ConditionStatus.TRUE, Reason.SUCCEEDED, message)
        case False:
            message = "Harbor's token service does not let the credential pull."
            return Verdict(type_, ConditionStatus.FALSE, Reason.VERIFICATION_FAILED, message)
        case None:
            message = "Harbor's token service has not been asked yet."
            return Verdict(type_, ConditionStatus.UNKNOWN, Reason.PROGRESSING, message)


def report(desired: Desired, observed: Observed, audience: Audience) -> dict[str, Any]:
    """The status fields beside the conditions, by their wire names."""
    failures = {n: r for n, r in observed.failures.items() if n in audience.allowed}
    denied = dict.fromkeys(audience.denied, Reason.DISTRIBUTION_DENIED)
    listed = sorted({**denied, **failures}.items())[:MAX_FAILURES]
    fields: dict[str, Any] = {
        "secretName": desired.secret_name,
        "targets": {
            "desired": len(audience.wanted),
            "ready": len(audience.allowed) - len(failures),
            "failed": len(failures),
            "denied": len(audience.denied),
        },
        "failures": [{"namespace": n, "reason": r.value} for n, r in listed],
    }
    if observed.login is not None:
        fields["robotName"] = observed.login.username
        fields["credentialRevision"] = observed.login.revision
    if observed.verified_at is not None:
        fields["verifiedAt"] = format_time(observed.verified_at)
    return fields
