"""What people do with their own hands: to robots, to Secrets, and to the object."""

from collections.abc import Iterator
from typing import NamedTuple

from harbor_operator.core.robot.facts import Recorded
from tests.core.exploration.effects import without_resource
from tests.core.exploration.logins import STRANGER, Account, Login, password_of
from tests.core.exploration.world import Garbled, Resource, Scene


class Change(NamedTuple):
    """What a deed makes of a scene, and how it excuses the operator."""

    label: str
    scene: Scene
    hurt: int = 0
    ledger_lost: bool = False
    target_lost: bool = False
    turned_back: int = 0
    put_back: bool = False
    disturbed: bool = False


def hands_on(scene: Scene) -> Iterator[Change]:
    """What people do to robots, Secrets and the project behind the operator's back."""
    for account in scene.ours():
        yield from _to_robot(scene, account)
    yield from _to_target(scene)
    yield from _to_follower(scene)
    yield from _to_ledger(scene)
    yield from _by_strangers(scene)
    if scene.accounts:
        renewed = scene._replace(accounts=())
        yield Change("a person makes the project anew", renewed, _serials(scene))


def requests(scene: Scene) -> Iterator[Change]:
    """A rotation is asked for."""
    resource = scene.resource
    if resource is not None and not resource.deleting:
        number = int((resource.request or "request 0").split()[1]) + 1
        asked = resource._replace(request=f"request {number}")
        yield Change("a person asks for a rotation", scene.with_resource(asked))


def revokes(scene: Scene) -> Iterator[Change]:
    """All credentials made so far are to end."""
    resource = scene.resource
    if resource is not None and not resource.deleting:
        number = int((resource.revoke or "revoke 0").split()[1]) + 1
        asked = resource._replace(revoke=f"revoke {number}")
        yield Change("a person asks for a revoke", scene.with_resource(asked))


def edits(scene: Scene) -> Iterator[Change]:
    """What people do to the object."""
    resource = scene.resource
    if resource is None:
        made = scene._replace(resource=Resource(scene.uids + 1), uids=scene.uids + 1)
        yield Change("a person makes the object again", made)
        return
    if resource.status != Recorded():
        wiped = scene.with_resource(resource._replace(status=Recorded()))
        yield Change("a person wipes the status", wiped)
    if resource.deleting:
        yield _let_go(scene)
        return
    if resource.access < 3:
        edited = scene.with_resource(resource._replace(access=resource.access + 1))
        yield Change("a person asks for another access", edited)
    if scene.has_user:
        yield from _by_a_user(scene, resource)
    if resource.held:
        going = scene.with_resource(resource._replace(deleting=True))
        yield Change("a person deletes the object", going)
    else:
        yield Change("a person deletes the object", without_resource(scene), _serials(scene))


def _by_a_user(scene: Scene, resource: Resource) -> Iterator[Change]:
    """What a spec may ask for where the connection logs in as a user."""
    other = resource._replace(refreshes=not resource.refreshes)
    yield Change("a person chooses the other strategy", scene.with_resource(other))
    off = resource._replace(disabled=not resource.disabled)
    label = f"a person sets disabled to {str(off.disabled).lower()}"
    yield Change(label, scene.with_resource(off))


def _let_go(scene: Scene) -> Change:
    """A person takes the finalizer off: pull secrets that are still there are left behind."""
    gone = without_resource(scene)
    return Change("a person lets the object go", gone, _serials(scene))


def _to_robot(scene: Scene, account: Account) -> Iterator[Change]:
    name, spoiled = f"robot {account.n}", 1 << account.serial
    yield Change(f"a person deletes {name}", scene.without(account.id), spoiled)
    renewed = scene.put(account._replace(password=f"{account.serial}.0'"))
    yield Change(f"a person sets another password on {name}", renewed, spoiled)
    unmarked = scene.put(account._replace(owner=STRANGER))
    yield Change(f"a person takes the mark from {name}", unmarked, spoiled)
    switched = scene.put(account._replace(enabled=not account.enabled))
    yield Change(
        f"a person switches {name} {'off' if account.enabled else 'on'}", switched, disturbed=True
    )
    old = Login(account.id, account.n, password_of(account.serial, account.serial))
    if scene.target is not None and scene.target.robot_id != account.id:
        put_back = scene.with_logins(target=old, follower=scene.follower)
        yield Change(f"a person puts {name} back into the user's Secret", put_back, spoiled)
    if scene.follower is not None and scene.follower.robot_id != account.id:
        put_back = scene.with_logins(target=scene.target, follower=old)
        yield Change(f"a person puts {name} back into the pull secret", put_back, spoiled)


def _to_target(scene: Scene) -> Iterator[Change]:
    target, follower = scene.target, scene.follower
    if target is None:
        return
    gone = scene.with_logins(target=None, follower=follower)
    yield Change("a person deletes the user's Secret", gone, target_lost=True)
    edited = scene.with_logins(target=_edited(target), follower=follower)
    yield Change("a person edits the user's Secret", edited)
    if scene.is_ours:
        unlabelled = scene._replace(is_ours=False)
        yield Change("a person takes the label from the user's Secret", unlabelled, disturbed=True)


def _to_follower(scene: Scene) -> Iterator[Change]:
    target, follower = scene.target, scene.follower
    if follower is None:
        return
    gone = scene.with_logins(target=target, follower=None)
    yield Change("a person deletes the pull secret's Secret", gone)
    edited = scene.with_logins(target=target, follower=_edited(follower))
    yield Change("a person edits the pull secret's Secret", edited)


def _edited(login: Login) -> Login:
    return login._replace(password=f"{login.serial}.0?")


def _to_ledger(scene: Scene) -> Iterator[Change]:
    if scene.sheet is None:
        return
    gone = scene._replace(sheet=None)
    yield Change("a person deletes the ledger", gone, ledger_lost=True)
    garbled = scene._replace(sheet=Garbled())
    yield Change("a person garbles the ledger", garbled, ledger_lost=True)


def _by_strangers(scene: Scene) -> Iterator[Change]:
    """Somebody takes the next name, or one that was ours and is free again."""
    taken = {account.n for account in scene.accounts}
    following = max(taken, default=0) + 1
    for n in {following, *({1} - taken)}:
        yield Change(f"a stranger makes robot {n}", scene.add(n, STRANGER))


def _serials(scene: Scene) -> int:
    return sum(1 << account.serial for account in scene.accounts)
