"""What must hold over every step of the operator."""

from collections.abc import Iterator

from harbor_operator.core.robot.ledger import Attempt, Cause, Credential, Ledger
from tests.core.exploration.logins import (
    DUE,
    LIFETIME,
    OVERLAP,
    STRANGER,
    Account,
    login_of,
    minute_of,
    stamp_of,
)
from tests.core.exploration.states import Past, State
from tests.core.exploration.world import Scene

REVOKE_PATIENCE = 1
"""A target that cannot be written keeps a revoked robot for so many minutes."""


def wrong_steps(before: State, after: State) -> Iterator[str]:
    """Everything that is wrong with a step."""
    old, new = before.place.scene, after.place.scene
    if old.accounts != new.accounts:
        yield from _touched_strangers(old, new)
        yield from _lost_accounts(old, new, after)
    if old.sheet != new.sheet:
        yield from _unfounded_rotation(before, new)
        yield from _wrong_answers(before, after)
        yield from _unanswered_requests(before, new)


def _touched_strangers(old: Scene, new: Scene) -> Iterator[str]:
    """Nothing foreign is changed or deleted."""
    for account in old.accounts:
        if account.owner == STRANGER and _at_last(account) not in map(_at_last, new.accounts):
            yield f"robot {account.n} of somebody else was touched"


def _at_last(account: Account) -> Account:
    return account._replace(left=None)


def _lost_accounts(old: Scene, new: Scene, after: State) -> Iterator[str]:
    """Nothing of ours is deleted that a Secret holds, or within its overlap."""
    present = {account.serial for account in new.accounts}
    for account in old.ours():
        if account.serial in present or after.past.is_hurt(account.serial):
            continue
        if old.holds(account):
            if not is_given_up(old) and not _was_given_up(account, after.past):
                yield f"robot {account.n} was deleted while a Secret holds it"
        elif not _may_go_at_once(account, old, after.past) and not _has_overlapped(account, old):
            yield f"robot {account.n} was deleted within its overlap"


def _was_given_up(account: Account, past: Past) -> bool:
    """Whether a frozen instance may have found it so, of a robot that a revoke is to end."""
    return past.disturbed and stamp_of(account.password) <= past.doomed


def _may_go_at_once(account: Account, scene: Scene, past: Past) -> bool:
    """Whether nobody is promised an overlap: the object goes, or a revoke is to end the robot."""
    leaving = scene.resource is not None and scene.resource.deleting
    return leaving or _revokes(scene) or stamp_of(account.password) <= past.doomed


def _has_overlapped(account: Account, scene: Scene) -> bool:
    """Whether no Secret has held it for long enough, or none ever did."""
    return account.left is None or scene.now - account.left >= OVERLAP


def _revokes(scene: Scene) -> bool:
    """Whether the live credential was made for a revoke: older robots go without an overlap."""
    live = scene.live
    return live is not None and live.cause is Cause.REVOKED and scene.works(live)


def is_given_up(scene: Scene) -> bool:
    """Whether older robots go although a Secret holds them."""
    live = scene.live
    if live is None or not _revokes(scene):
        return False
    age = scene.now - minute_of(live.minted_at)
    return age < 0 or age >= REVOKE_PATIENCE


def _unfounded_rotation(before: State, new: Scene) -> Iterator[str]:
    """An attempt begins only for a reason that is true."""
    old = before.place.scene.ledger
    begun = _begun(old, new.ledger)
    if begun is not None and not _is_founded(begun, old, before):
        yield f"a rotation began as {begun.cause.value}, which is not so"


def _begun(old: Ledger | None, new: Ledger | None) -> Attempt | None:
    attempt = new.attempt if new else None
    known = old.attempt if old else None
    if attempt is None or attempt == known or (known is not None and known.n in attempt.lost):
        return None
    return attempt


def _is_founded(attempt: Attempt, old: Ledger | None, before: State) -> bool:
    scene, past = before.place.scene, before.past
    clock = scene.now + past.turned_back
    if scene.resource is not None and scene.resource.deleting:
        # A frozen instance may still create a ledger; whatever it makes goes with the object.
        return True
    if old is not None and old.pending is not None:
        return not scene.is_sound(old.pending, clock) or _is_revoked_anew(attempt, old, scene)
    if attempt.cause is Cause.INVALID and _could_be_set_again(attempt, scene):
        return False
    if old is None or (old.live is None and old.attempt is None):
        # A frozen instance may have written an old status onto an object that was made again.
        anew = not scene.ours() and (attempt.cause is Cause.CREATED or past.disturbed)
        return anew or past.ledger_lost
    return past.put_back or _has_reason(old, scene, clock)


def _is_revoked_anew(attempt: Attempt, old: Ledger, scene: Scene) -> bool:
    """Whether a revoke goes on without a credential that a person has switched off."""
    account = scene.account(old.pending.robot_id) if old.pending else None
    return attempt.cause is Cause.REVOKED and account is not None and not account.enabled


def _could_be_set_again(attempt: Attempt, scene: Scene) -> bool:
    """Whether another robot is made although the one that serves only needs its secret."""
    live, resource = scene.live, scene.resource
    if live is None or attempt.n == live.n or resource is None:
        return False
    account = scene.account(live.robot_id)
    if account is None or not (resource.refreshes and scene.has_user):
        return False
    alive = account.enabled and scene.now < account.created + LIFETIME
    return alive and account.owner == resource.uid and account.n == live.n


def _has_reason(old: Ledger, scene: Scene, clock: int) -> bool:
    """Whether any reason is true; a frozen instance may act on one when another holds as well."""
    live, resource = old.live, scene.resource
    if live is None or resource is None:
        return False
    account = scene.account(live.robot_id)
    if account is None or not scene.is_sound(live, clock):
        return True
    requested = resource.request not in {None, old.handled}
    revoked = resource.revoke not in {None, old.revoked.own}
    due = clock >= _due(live, account, refreshes=resource.refreshes)
    return due or requested or revoked or resource.access != account.access


def _due(live: Credential, account: Account, *, refreshes: bool) -> int:
    """When a credential is to be replaced by itself; the expiry counts from the creation."""
    if not refreshes:
        return account.created + DUE
    return min(minute_of(live.minted_at) + DUE, account.created + LIFETIME - OVERLAP)


def _wrong_answers(before: State, after: State) -> Iterator[str]:
    """The ledger takes no answer about a robot that is gone, and none of a number that served.

    The second holds as long as nobody deletes the one record of a number.
    """
    scene, past = after.place.scene, after.past
    if scene.ledger is None or scene.resource is None or scene.resource.deleting:
        return
    for credential in scene.ledger.credentials():
        if _holds(before.place.scene.ledger, credential):
            continue
        serial = login_of(credential).serial
        if scene.account(credential.robot_id) is None and not past.is_hurt(serial):
            yield f"the answer of robot {credential.n} was stored after the operator deleted it"
        if before.past.stored >> credential.n & 1 and not past.ledger_lost:
            yield f"number {credential.n} was used twice"


def _holds(ledger: Ledger | None, credential: Credential) -> bool:
    """Whether it is known there, or another secret of a robot that is."""
    known = ledger.credentials() if ledger else ()
    return any((c.n, c.robot_id) == (credential.n, credential.robot_id) for c in known)


def _unanswered_requests(before: State, new: Scene) -> Iterator[str]:
    """A request is handled by a password that was made after it was asked for."""
    ledger, resource = new.ledger, new.resource
    if ledger is None or ledger.live is None or resource is None or before.past.put_back:
        return
    old = before.place.scene.ledger or Ledger()
    stamp = login_of(ledger.live).stamp
    for handled, known, wanted, asked in (
        (ledger.handled, old.handled, resource.request, before.past.asked),
        (ledger.revoked.own, old.revoked.own, resource.revoke, before.past.doomed),
    ):
        if handled is not None and handled == wanted != known and stamp <= asked:
            yield f"{handled} counts as handled by an older password"
