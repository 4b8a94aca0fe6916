"""What to say about one HarborPullSecret that is at rest."""

from typing import Any

from harbor_operator.api.base import ANNOTATION_CONFIRM_REMOVAL, ANNOTATION_RESUME_ROLLOUT
from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.pullsecret import RolloutState
from harbor_operator.api.values import format_time
from harbor_operator.core.plan import Verdict, blocked, ready, waiting
from harbor_operator.core.pullsecret.removal import remembered
from harbor_operator.core.pullsecret.view import View

MAX_FAILURES = 20
"""How many namespaces the status lists, as its schema bounds it."""

Verdicts = tuple[Verdict, ...]


def verdicts(view: View) -> Verdicts:
    """Ready, Distributed, Verified, and what holds something up."""
    return (
        *_summary(view),
        _distribution(view),
        _verification(view),
        *_pause(view),
        *_held_removal(view),
    )


def _summary(view: View) -> Verdicts:
    refused = view.verified is False and view.desired.verify
    if refused and not view.stage.paused:
        message = "Harbor does not give the delivered credential what a pull needs; asking again."
        return waiting(Reason.VERIFICATION_FAILED, message)
    if view.observed.login is None:
        message = "The robot has no working credential just now; what was delivered stays."
        return waiting(Reason.WAITING_FOR_ROBOT, message)
    if view.failures:
        return _failed(view)
    served, wanted = len(view.audience.allowed), len(view.audience.wanted)
    message = f"Secret {view.desired.secret_name} is in {served} of {wanted} namespaces."
    return ready(Reason.SUCCEEDED, message)


def _failed(view: View) -> Verdicts:
    namespace, reason = min(view.failures.items())
    message = (
        f"{len(view.failures)} namespaces could not be served; the first is {namespace}"
        f" ({reason.value})."
    )
    if reason is Reason.SECRET_NOT_OWNED and namespace == view.observed.namespace:
        cure = " A Secret of that name exists and is not this object's: rename or delete it."
        return blocked(reason, message + cure)
    return waiting(reason, message)


def _distribution(view: View) -> Verdict:
    type_, denied = ConditionType.DISTRIBUTED, view.audience.denied
    if denied:
        message = (
            f"{len(denied)} selected namespaces may not receive it, among them"
            f" {min(denied)}: neither the connection's distribution rules nor an"
            " annotation of the namespace allows it, or the robot may do more than pull, or its"
            " project is shared without distribute: true."
        )
        return Verdict(type_, ConditionStatus.FALSE, Reason.DISTRIBUTION_DENIED, message)
    if view.observed.beyond:
        message = (
            f"{len(view.observed.beyond)} namespaces are named that the operator does not serve,"
            f" among them {min(view.observed.beyond)}."
        )
        return Verdict(type_, ConditionStatus.FALSE, Reason.NAMESPACE_NOT_FOUND, message)
    if view.failures:
        reason = min(view.failures.items())[1]
        message = f"{len(view.failures)} namespaces failed."
        return Verdict(type_, ConditionStatus.FALSE, reason, message)
    message = "Every selected namespace holds the pull secret."
    return Verdict(type_, ConditionStatus.TRUE, Reason.SUCCEEDED, message)


def _verification(view: View) -> Verdict:
    type_ = ConditionType.VERIFIED
    if not view.desired.verify:
        message = "spec.verification.mode is None."
        return Verdict(type_, ConditionStatus.UNKNOWN, Reason.VERIFICATION_DISABLED, message)
    match view.verified:
        case True:
            message = "Harbor lets the credential pull."
            return Verdict(type_, ConditionStatus.TRUE, Reason.SUCCEEDED, message)
        case False:
            message = "Harbor does not let the credential pull what spec.verification names."
            return Verdict(type_, ConditionStatus.FALSE, Reason.VERIFICATION_FAILED, message)
        case None:
            message = "Harbor has not been asked yet."
            return Verdict(type_, ConditionStatus.UNKNOWN, Reason.PROGRESSING, message)


def _pause(view: View) -> Verdicts:
    stage = view.stage
    if not stage.paused:
        return ()
    failed = view.observed.trial is False
    reason = Reason.VERIFICATION_FAILED if failed else Reason.TARGET_FAILED
    what = "does not work" if failed else "could not be stored"
    end = f" The pause ends {format_time(stage.ends_at)}." if stage.ends_at else ""
    message = (
        f"The new credential {what} in the canary namespaces; {len(stage.kept)} namespaces keep"
        f" the one before. It goes on when a new try succeeds, or with a new value of annotation"
        f" {ANNOTATION_RESUME_ROLLOUT}.{end}"
    )
    return (Verdict(ConditionType.ROLLOUT_PAUSED, ConditionStatus.TRUE, reason, message),)


def _held_removal(view: View) -> Verdicts:
    leaving = view.leaving
    if leaving.confirmation is None:
        return ()
    message = (
        f"{len(leaving.waiting)} of {len(view.observed.delivered)} namespaces are no longer"
        f" selected although the spec has not changed, among them {min(leaving.waiting)}; they keep"
        f" the pull secret. If that is meant, set annotation"
        f" {ANNOTATION_CONFIRM_REMOVAL}={leaving.confirmation}."
    )
    held, reason = ConditionType.REMOVAL_HELD, Reason.REMOVAL_NOT_CONFIRMED
    return (Verdict(held, ConditionStatus.TRUE, reason, message),)


def report(view: View) -> dict[str, Any]:
    """The status fields beside the conditions, by their wire names."""
    return {
        "secretName": view.desired.secret_name,
        "targets": _counts(view),
        "failures": _failures(view),
        "leaving": [
            {"namespace": name, "since": format_time(since)}
            for name, since in remembered(view.leaving)
        ],
        "selection": view.desired.selection,
        "rollout": _rollout(view),
        "childRobot": _child(view),
        "lastHandledResumeAt": view.desired.resume,
        **_delivered_login(view),
    }


def interim_report(view: View) -> dict[str, Any]:
    """The fields that say how far it has come, while there is something to do."""
    return {
        "secretName": view.desired.secret_name,
        "targets": _counts(view),
        "failures": _failures(view),
    }


def _counts(view: View) -> dict[str, int]:
    audience, failed = view.audience, view.failures.keys() & view.audience.allowed
    return {
        "desired": len(audience.wanted),
        "ready": len(audience.allowed - failed),
        "failed": len(failed),
        "denied": len(audience.denied),
    }


def _failures(view: View) -> list[dict[str, str]]:
    denied = dict.fromkeys(view.audience.denied, Reason.DISTRIBUTION_DENIED)
    beyond = dict.fromkeys(view.observed.beyond, Reason.NAMESPACE_NOT_FOUND)
    listed = sorted({**beyond, **denied, **view.failures}.items())[:MAX_FAILURES]
    return [{"namespace": name, "reason": reason.value} for name, reason in listed]


def _delivered_login(view: View) -> dict[str, Any]:
    """Which credential all namespaces hold; during a pause what is reported stays."""
    login, verified_at = view.observed.login, view.observed.verified_at
    if login is None or view.stage.kept:
        return {}
    return {
        **({"verifiedAt": format_time(verified_at)} if verified_at else {}),
        "robotName": login.username,
        "credentialRevision": login.revision,
        "credentialExpiresAt": format_time(login.expires_at) if login.expires_at else None,
    }


def _rollout(view: View) -> dict[str, str] | None:
    login, stage = view.observed.login, view.stage
    if login is None or not (stage.paused or stage.resumed):
        return None
    state = RolloutState.PAUSED if stage.paused else RolloutState.RESUMED
    return {"robotName": login.username, "state": state.value}


def _child(view: View) -> str | None:
    child = view.observed.child
    return child.name if child and child.is_ours and not child.deleting else None
