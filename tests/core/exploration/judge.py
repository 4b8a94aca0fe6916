"""What must hold in every state and over every step of the rotation."""

from collections.abc import Iterator

from harbor_operator.core.robot.facts import Previous
from harbor_operator.core.robot.ledger import Attempt, Cause, Credential, Ledger
from tests.core.exploration.moves import Moves, State
from tests.core.exploration.world import DUE, OVERLAP, Scene, login_of, minute_of


def wrong_steps(before: State, after: State) -> Iterator[str]:
    """Everything that is wrong with a step."""
    yield from _lost_accounts(before, after)
    yield from _unfounded_rotation(before, after)
    yield from _wrong_answers(before, after)


def wrong_states(state: State, moves: Moves) -> Iterator[str]:
    """Everything that is wrong with a state."""
    yield from _broken_logins(state)
    if state.late is None and moves.at_rest(state.scene):
        yield from _unrest(state)


def _broken_logins(state: State) -> Iterator[str]:
    """No Secret holds a login that the operator itself has broken."""
    for login in state.scene.logins():
        if login.robot_id in state.hurt:
            continue
        account = state.scene.account(login.robot_id)
        if account is None or account.version != login.version:
            yield f"a Secret holds robot {login.n}, whose password does not work"


def _lost_accounts(before: State, after: State) -> Iterator[str]:
    """Nothing foreign is deleted, and nothing of ours within its overlap."""
    for account in before.scene.accounts:
        if after.scene.account(account.id) is not None or account.id in after.hurt:
            continue
        if not account.ours:
            yield f"robot {account.n} of somebody else was deleted"
        elif any(login.robot_id == account.id for login in before.scene.logins()):
            yield f"robot {account.n} was deleted while a Secret holds it"
        elif account.left is not None and before.scene.now - account.left < OVERLAP:
            yield f"robot {account.n} was deleted within its overlap"


def _unfounded_rotation(before: State, after: State) -> Iterator[str]:
    """An attempt begins only for a reason that is true."""
    old, new = before.scene.ledger, after.scene.ledger
    begun = _begun(old, new)
    if begun is None or _is_founded(begun, old, before):
        return
    yield f"a rotation began as {begun.cause.value}, which is not so"


def _begun(old: Ledger | None, new: Ledger | None) -> Attempt | None:
    attempt = new.attempt if new else None
    known = old.attempt if old else None
    if attempt is None or attempt == known or (known is not None and known.n in attempt.lost):
        return None
    return attempt


def _is_founded(attempt: Attempt, old: Ledger | None, before: State) -> bool:
    scene = before.scene
    if old is not None and old.pending is not None:
        return not scene.is_sound(old.pending)
    live = old.live if old else None
    match attempt.cause:
        case Cause.CREATED:
            return before.ledger_deleted or (live is None and not scene.ours())
        case Cause.LEDGER_LOST:
            return before.ledger_deleted
        case Cause.DUE | Cause.REQUESTED | Cause.INVALID:
            return old is not None and _has_reason(old, live, scene)
        case Cause.CHANGED:
            return False


def _has_reason(old: Ledger, live: Credential | None, scene: Scene) -> bool:
    """Whether any reason is true; a frozen instance may act on one when another holds as well."""
    if live is None:
        return False
    requested = scene.request not in {None, old.handled}
    account = scene.account(live.robot_id)
    due = account is not None and scene.now >= account.created + DUE
    return requested or due or not scene.is_sound(live)


def _wrong_answers(before: State, after: State) -> Iterator[str]:
    """The ledger takes no answer about a robot that is gone, and none of a number that served.

    The second holds as long as nobody deletes the one record of a number.
    """
    ledger = after.scene.ledger
    for credential in (ledger.live, ledger.pending) if ledger else ():
        if credential is None or _holds(before.scene.ledger, credential):
            continue
        if (
            after.scene.account(credential.robot_id) is None
            and credential.robot_id not in after.hurt
        ):
            yield f"the answer of robot {credential.n} was stored after the operator deleted it"
        if credential.n in before.stored and not before.ledger_deleted:
            yield f"number {credential.n} was used twice"


def _holds(ledger: Ledger | None, credential: Credential) -> bool:
    return ledger is not None and credential in {ledger.live, ledger.pending}


def _unrest(state: State) -> Iterator[str]:
    """At rest the Secrets are in line, and what lives beside the live robot is in its overlap."""
    scene = state.scene
    live = scene.ledger.live if scene.ledger else None
    if live is None or not scene.works(live) or not scene.is_sound(live):
        return
    if scene.target != login_of(live) or scene.follower != login_of(live):
        yield "at rest a Secret does not hold the live robot"
    pending = scene.ledger.pending if scene.ledger else None
    kept = {live.robot_id, pending.robot_id if pending else None}
    noted = {previous.robot_id: previous for previous in scene.status.previous}
    old = [account for account in scene.ours() if account.id not in kept]
    for account in old:
        if account.id not in noted or _is_over(noted[account.id], scene):
            yield f"at rest robot {account.n} lives on, and nothing waits for its end"
    unharmed = not state.hurt and not state.ledger_deleted and not state.failed
    if unharmed and len(old) > 1:
        yield f"{len(old)} old robots live though nothing went wrong"


def _is_over(previous: Previous, scene: Scene) -> bool:
    return minute_of(previous.since) + OVERLAP <= scene.now
