"""How a new credential is begun: another robot, or another secret of the one that serves."""

from datetime import timedelta

from harbor_operator.core.robot.actions import (
    Action,
    JoinLine,
    Mint,
    NewSecret,
    SetSecret,
    WriteLedger,
)
from harbor_operator.core.robot.facts import Recorded
from harbor_operator.core.robot.ledger import Attempt, Cause, Credential, Ledger
from harbor_operator.core.robot.proof import Proof
from harbor_operator.core.robot.view import View

REPAIR_PAUSE = timedelta(seconds=60)
"""A credential that was proven bad is replaced no sooner after it was made: a Harbor that loses
every robot at once must not be answered with robots in a row."""


def subject_of(ledger: Ledger | None, recorded: Recorded) -> str:
    """Which credential a replacement out of turn would be for; it takes its place under this."""
    credential = None if ledger is None else ledger.pending or ledger.live
    return f"after {recorded.robot_id}" if credential is None else credential.revision


def begin(view: View, cause: Cause) -> tuple[Action, ...]:
    """Write the attempt, and carry it out at once.

    Harbor was read before the ledger's swap: nobody else can have begun in between without
    making the swap fail, and a robot of that name made meanwhile makes the POST fail.
    """
    attempt = attempt_of(view, cause)
    ledger = view.ledger.begin(attempt)
    return (WriteLedger(ledger), mint(view, attempt, ledger))


def begin_out_of_turn(view: View, cause: Cause) -> tuple[Action, ...] | None:
    """Begin when the object's place in the line has come; None: not yet."""
    place = view.observed.place
    if place is None:
        return (JoinLine(subject_of(view.observed.ledger, view.observed.recorded)),)
    if place > view.now:
        return None
    if view.keeps_robot(cause):
        return begin_refresh(view, cause)
    return begin(view, cause)


def begin_refresh(view: View, cause: Cause) -> tuple[Action, ...]:
    """Store another secret for the live robot; it is told to Harbor when it is in the ledger."""
    live = view.ledger.live
    n = live.n if live else 1
    attempt = Attempt(n, cause, view.desired.request, revokes=view.revokes)
    return (NewSecret(attempt, view.ledger, view.now),)


def attempt_of(view: View, cause: Cause) -> Attempt:
    """The intent to make the next robot; it satisfies every request that is there now.

    One that satisfies a revoke is one, whatever else called for it: the robots before it go.
    """
    first = view.ledger.live is None and cause is Cause.CREATED
    revokes = view.revoke_requested() and not first
    n = view.observed.next_number(view.name)
    given = Cause.REVOKED if revokes else cause
    return Attempt(n, given, view.desired.request, revokes=view.revokes)


def mint(view: View, attempt: Attempt, ledger: Ledger) -> Mint:
    """Make the attempt's robot as the spec wants it now."""
    return Mint(
        attempt=attempt,
        ledger=ledger,
        local_name=view.name.local(attempt.n),
        level=view.desired.level,
        description=view.observed.own.text(),
        grants=view.desired.grants,
        lifetime_days=view.desired.lifetime_days,
    )


def is_paused(view: View, credential: Credential) -> bool:
    """Whether a credential is too young to be replaced although it is proven bad."""
    return view.age(credential) < REPAIR_PAUSE


def set_secret(view: View, credential: Credential) -> tuple[Action, ...] | None:
    """Tell Harbor a secret of the serving robot, once in a reconcile."""
    robot = view.live_robot
    if robot is None or view.observed.secret_set:
        return None
    return (SetSecret(robot, credential),)


def replace_if_revoked(view: View) -> tuple[Action, ...] | None:
    """Go on without a pending credential that a person disabled, where a revoke asks for it."""
    if view.desired.disabled or not view.revoke_requested():
        return None
    return begin_out_of_turn(view, Cause.REVOKED)


def settle_refresh(view: View, pending: Credential) -> tuple[Action, ...] | None:
    """Go on with a refresh from wherever it was left: the secret is in the ledger.

    The strategy may be another one by now; what has begun is finished, since nobody can tell
    whether Harbor has been told. Only a login that may not do that any more gives up.
    """
    robot = view.live_robot
    match view.proof(pending):
        case Proof.WORKS:
            return (WriteLedger(view.ledger.promote()),)
        case Proof.RENAMED if robot is not None:
            return (WriteLedger(view.ledger.renamed(robot.name)),)
        case Proof.MISSING | Proof.EXPIRED:
            return None if view.desired.disabled else _replace(view, pending)
        case Proof.DISABLED:
            return replace_if_revoked(view)
        case _ if view.observed.can_update:
            return set_secret(view, pending)
        case _:
            return _give_up(view, pending)


def _give_up(view: View, pending: Credential) -> tuple[Action, ...] | None:
    match view.proof(view.ledger.live):
        case Proof.WORKS:
            return (WriteLedger(view.ledger.drop()),)
        case Proof.REFUSED:
            return _replace(view, pending)
        case _:
            return None


def _replace(view: View, pending: Credential) -> tuple[Action, ...] | None:
    """Make another robot for what the refresh was to satisfy."""
    if is_paused(view, pending):
        return None
    attempt = view.ledger.attempt
    return begin_out_of_turn(view, attempt.cause if attempt else Cause.INVALID)
