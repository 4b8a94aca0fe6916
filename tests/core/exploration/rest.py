"""What must hold in every scene, and what must when nothing moves."""

from collections.abc import Iterator

from harbor_operator.core.robot.facts import Previous
from tests.core.exploration.logins import OVERLAP, Account, login_of, minute_of, stamp_of
from tests.core.exploration.stage import Stage
from tests.core.exploration.states import Faults, Past, State
from tests.core.exploration.world import Scene


def wrong_states(stage: Stage, state: State) -> Iterator[str]:
    """Everything that is wrong with a state."""
    place, past = state.place, state.past
    if place.faults is None:
        place.faults = _faults(stage, state)
    for serial, stamp, told in place.faults.broken:
        if not past.is_hurt(serial) and stamp > past.doomed:
            yield told
    if state.late is None:
        if not past.hurt and not past.put_back and _is_doomed(place.faults.oldest, past):
            yield "a password works on after a revoke"
        yield from place.faults.unrest
        unharmed = not past.hurt and not past.ledger_lost and not past.disturbed
        if unharmed and place.faults.crowd is not None:
            yield place.faults.crowd


def _faults(stage: Stage, state: State) -> Faults:
    scene = state.place.scene
    broken = tuple(_broken_logins(scene))
    if not stage.at_rest(state.place):
        return Faults(broken)
    if scene.resource is None:
        return Faults(broken, tuple(_left_behind(stage, state)))
    return Faults(broken, tuple(_unrest(stage, state)), _crowd(scene), _oldest(scene))


def _broken_logins(scene: Scene) -> Iterator[tuple[int, int, str]]:
    """No Secret holds a login that the operator itself has broken.

    A refresh breaks the old one for a moment, and what goes with its object goes with it.
    """
    resource = scene.resource
    if resource is None or resource.deleting:
        return
    for login in scene.logins():
        account = scene.account(login.robot_id)
        if login.is_edited or (account is not None and account.n == login.n and scene.has_user):
            continue
        if account is None or not account.knows(login):
            told = f"a Secret holds robot {login.n}, whose password does not work"
            yield login.serial, login.stamp, told


def _left_behind(stage: Stage, state: State) -> Iterator[str]:
    """An object that is gone leaves nothing."""
    scene = state.place.scene
    if stage.sweep(state.place) is not state.place:
        return
    yield from (f"robot {a.n} lives on, whose object is gone" for a in scene.orphans())


def _unrest(stage: Stage, state: State) -> Iterator[str]:
    """At rest the Secrets are in line, and what lives beside the live robot is in its overlap."""
    scene = state.place.scene
    if stage.sweep(state.place) is state.place:
        yield from (f"robot {a.n} lives on, whose object is gone" for a in scene.orphans())
    live, resource = scene.live, scene.resource
    if live is None or resource is None or not scene.works(live) or not scene.is_ours:
        return
    if not scene.is_sound(live, scene.now):
        return
    if scene.logins() != [login_of(live)] * 2:
        yield "at rest a Secret does not hold the live robot"
    noted = {previous.robot_id: previous for previous in resource.status.previous}
    for account in _old(scene):
        if account.id not in noted or _is_over(noted[account.id], scene):
            yield f"at rest robot {account.n} lives on, and nothing waits for its end"


def _is_doomed(stamp: int | None, past: Past) -> bool:
    return stamp is not None and stamp <= past.doomed


def _oldest(scene: Scene) -> int | None:
    """The oldest password of ours that works, where the status calls a revoke handled."""
    resource = scene.resource
    if resource is None or not scene.works(scene.live) or not scene.is_ours:
        return None
    if resource.revoke is None or resource.revoke != resource.status.revoked.own:
        return None
    stamps = (stamp_of(account.password) for account in scene.ours())
    return min((stamp for stamp in stamps if stamp), default=None)


def _crowd(scene: Scene) -> str | None:
    old = _old(scene)
    return f"{len(old)} old robots live though nothing went wrong" if len(old) > 1 else None


def _old(scene: Scene) -> list[Account]:
    """Ours that the ledger knows nothing of."""
    ledger = scene.ledger
    if ledger is None:
        return scene.ours()
    kept = {credential.robot_id for credential in ledger.credentials()}
    attempted = ledger.attempt.n if ledger.attempt else None
    return [a for a in scene.ours() if a.id not in kept and a.n != attempted]


def _is_over(previous: Previous, scene: Scene) -> bool:
    return minute_of(previous.since) + OVERLAP <= scene.now
