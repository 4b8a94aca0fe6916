"""What a robot's conditions say while nothing is left to do."""

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.core.plan import Verdict, blocked, ready, waiting
from harbor_operator.core.robot.ledger import Cause
from harbor_operator.core.robot.proof import Proof
from harbor_operator.core.robot.schedule_problem import problem_of
from harbor_operator.core.robot.view import View

Verdicts = tuple[Verdict, ...]


def verdicts_of(view: View) -> Verdicts:
    """Ready, CredentialValid and Rotating of a robot at rest."""
    proof = view.proof(view.ledger.live)
    summary = _summary(view, proof)
    return (*summary, _validity(proof, summary[0]), *_rotating(view))


def problem_with(view: View) -> Verdicts:
    """Why rotation and switch can never be as the spec says; told at once, not at the expiry."""
    return _schedule_problem(view) or _lacks_user(view)


def _schedule_problem(view: View) -> Verdicts:
    robot = view.live_robot
    created_at = robot.created_at if robot else view.now
    problem = problem_of(view.desired.schedule, created_at, view.observed.own.uid)
    return blocked(Reason.INVALID_SPEC, f"spec.rotation: {problem}.") if problem else ()


def _lacks_user(view: View) -> Verdicts:
    """What the spec asks for and only a user of Harbor may do: no robot may change a robot."""
    advice = "needs a connection that logs in to Harbor as a user, and this one is a robot."
    if view.lacks_user():
        return blocked(
            Reason.PERMISSION_DENIED,
            f"spec.rotation.strategy Refresh {advice} Choose Replace, or give the connection a"
            " user.",
        )
    robot, disabled = view.live_robot, view.desired.disabled
    if disabled is None or view.observed.can_update:
        return ()
    if disabled is not (robot is not None and robot.disabled):
        return blocked(
            Reason.PERMISSION_DENIED,
            f"spec.disabled {advice} Take it out of the spec, or give the connection a user.",
        )
    return ()


def _summary(view: View, proof: Proof | None) -> Verdicts:
    live = view.ledger.live
    username = live.username if live else "The robot"
    problem = problem_with(view)
    if view.desired.disabled and not problem:
        return ready(Reason.ROBOT_DISABLED, _switched_off(username, proof))
    match proof:
        case Proof.WORKS:
            message = f"{username} works and is in Secret {view.desired.secret_name}."
            return problem or ready(Reason.SUCCEEDED, message)
        case Proof.DISABLED:
            message = (
                f"{username} was disabled in Harbor: enable it there, set spec.disabled to false,"
                " ask for a revoke to replace it, or delete this object."
            )
            return problem or blocked(Reason.ROBOT_DISABLED, message)
        case None:
            return waiting(Reason.PROGRESSING, "The new robot waits to be proven.")
        case _:
            return waiting(_FAULTS[proof][0], _FAULTS[proof][1].format(username))


def _switched_off(username: str, proof: Proof | None) -> str:
    if proof in {Proof.MISSING, Proof.EXPIRED}:
        return f"{username} is gone or has expired; it is replaced when spec.disabled allows that."
    return f"{username} is disabled as spec.disabled says; nothing is rotated until that ends."


_FAULTS: dict[Proof, tuple[Reason, str]] = {
    Proof.MISSING: (Reason.ROBOT_MISSING, "{} is gone from Harbor and is about to be replaced."),
    Proof.EXPIRED: (Reason.ROBOT_EXPIRED, "{} has expired and is about to be replaced."),
    Proof.REFUSED: (
        Reason.CREDENTIAL_REFUSED,
        "Harbor refuses {}; its credential is about to be put right.",
    ),
    Proof.RENAMED: (Reason.PROGRESSING, "{} has another name in Harbor now; it is followed."),
    Proof.UNCLEAR: (Reason.CREDENTIAL_REFUSED, "Harbor did not accept {} just now; asking again."),
}


def _validity(proof: Proof | None, summary: Verdict) -> Verdict:
    match proof:
        case Proof.WORKS:
            validity = ConditionStatus.TRUE
        case Proof.UNCLEAR | None:
            validity = ConditionStatus.UNKNOWN
        case _:
            validity = ConditionStatus.FALSE
    return Verdict(ConditionType.CREDENTIAL_VALID, validity, summary.reason, summary.message)


def _rotating(view: View) -> Verdicts:
    told = _under_way(view) or _waiting_for_old(view)
    if told is None:
        return (_rotation(ConditionStatus.FALSE, Reason.SUCCEEDED, "No rotation is under way."),)
    reason, message = told
    return (_rotation(ConditionStatus.TRUE, reason, message),)


def _rotation(status: ConditionStatus, reason: Reason, message: str) -> Verdict:
    return Verdict(ConditionType.ROTATING, status, reason, message)


def _under_way(view: View) -> tuple[Reason, str] | None:
    if view.ledger.refreshes:
        return Reason.PROGRESSING, "A new secret is made and waits to be proven."
    if view.ledger.pending is not None:
        return Reason.PROGRESSING, "A new robot is made and waits to be proven."
    if view.cause() is Cause.REVOKED:
        return Reason.PROGRESSING, "A revoke was asked for and waits for its turn."
    if view.revoked_robots():
        message = "What was revoked goes when every pull secret has the new credential, and soon."
        return Reason.PROGRESSING, message
    return None


def _waiting_for_old(view: View) -> tuple[Reason, str] | None:
    if not view.old_robots():
        return None
    if view.cause() is not None:
        message = "Another rotation waits until the robot replaced last is gone."
    else:
        message = "The robot replaced last still works until the overlap is over."
    return Reason.WAITING_FOR_OVERLAP, message
