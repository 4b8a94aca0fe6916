"""A look at the world, as the operator takes it: Kubernetes first, then Harbor, then handshakes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from harbor_operator.core.plan import Plan
from harbor_operator.core.robot.actions import Action
from harbor_operator.core.robot.facts import (
    Answer,
    Handshake,
    Observed,
    Target,
    TargetState,
)
from harbor_operator.core.robot.ledger import Credential, Ledger
from harbor_operator.core.robot.plan import plan
from harbor_operator.core.robot.rights import ProjectState
from tests.core.exploration.facts import RULE, desired, listed, mark
from tests.core.exploration.logins import (
    LIFETIME,
    NAME,
    Account,
    Login,
    full_name,
    instant,
    login_of,
)
from tests.core.exploration.world import Garbled, Resource, Scene, Sheet

Memory = tuple[tuple[Login, int], ...]
"""Since when Harbor refuses a login."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the engine keeps to; a mutant keeps to less."""

    compare_and_swap: bool = True
    """A Secret is written against the version that was read."""
    reads_again: bool = True
    """A robot is deleted by its id, after a fresh look at its name and mark."""
    kubernetes_first: bool = True
    harbors_clock: bool = True
    """Now is what Harbor says, not what the local clock says."""
    sweeps: bool = True


SHIPPED = Rules()


class KubeView(NamedTuple):
    """The half of a look that Kubernetes gives."""

    resource: Resource | None
    sheet: Sheet | None
    target: Login | None
    is_ours: bool
    follower: Login | None


class HarborView(NamedTuple):
    """The half of a look that Harbor gives, handshakes aside."""

    accounts: tuple[Account, ...]
    now: int


HalfLook = KubeView | HarborView


class Look(NamedTuple):
    """One look: what it saw in Kubernetes, what it decided, and what is remembered of it."""

    kube: KubeView
    resource: Resource
    plan: Plan[Action]
    memory: Memory


def read_kubernetes(scene: Scene) -> KubeView:
    """Read the object, the ledger and the Secrets."""
    return KubeView(scene.resource, scene.sheet, scene.target, scene.is_ours, scene.follower)


def read_harbor(scene: Scene) -> HarborView:
    """List the robots, and take Harbor's time from the answer."""
    return HarborView(scene.accounts, scene.now)


def first_half(scene: Scene, rules: Rules) -> HalfLook:
    """What a look reads first."""
    return read_kubernetes(scene) if rules.kubernetes_first else read_harbor(scene)


def look(
    scene: Scene, rules: Rules, half: HalfLook | None = None, *, secret_set: bool = False
) -> Look | None:
    """Look and decide; None if the object is gone.

    Args:
        scene: What there is to see.
        rules: What the engine keeps to.
        half: What was read before already.
        secret_set: Whether the same reconcile has set a secret in Harbor.
    """
    kube = half if isinstance(half, KubeView) else read_kubernetes(scene)
    harbor = half if isinstance(half, HarborView) else read_harbor(scene)
    if kube.resource is None:
        return None
    now = harbor.now if rules.harbors_clock else harbor.now + scene.skew
    ledger = kube.sheet if isinstance(kube.sheet, Ledger) else None
    shown = _to_show(ledger, secret_set=secret_set)
    handshakes, memory = _shake_hands(scene, harbor, shown)
    observed = _observed(kube.resource, kube, harbor, handshakes)
    observed = replace(observed, can_update=scene.has_user, secret_set=secret_set)
    if secret_set and ledger is not None and ledger.refreshes:
        observed = replace(observed, refreshed=handshakes.get(shown[0].robot_id))
    wish = None if kube.resource.deleting else desired(kube.resource)
    return Look(kube, kube.resource, plan(wish, observed, instant(now)), memory)


def _observed(
    resource: Resource, kube: KubeView, harbor: HarborView, handshakes: Mapping[int, Handshake]
) -> Observed:
    unreadable = isinstance(kube.sheet, Garbled)
    forgotten = kube.sheet is None and resource.status.robot_id is not None
    return Observed(
        own=mark(resource.uid),
        held=resource.held,
        rule=RULE,
        project=ProjectState.READY,
        name=NAME,
        recorded=resource.status,
        ledger=kube.sheet if isinstance(kube.sheet, Ledger) else None,
        ledger_lost=unreadable or forgotten,
        target=_target(kube),
        followers=() if kube.follower is None else (kube.follower.username,),
        robots=tuple(listed(account) for account in harbor.accounts),
        handshakes=handshakes,
    )


def _to_show(ledger: Ledger | None, *, secret_set: bool) -> tuple[Credential, ...]:
    """Of the two of a refresh Harbor knows one, most likely the live one till it was told."""
    if ledger is None:
        return ()
    if not ledger.refreshes:
        return tuple(ledger.credentials())
    shown = ledger.pending if secret_set else ledger.live
    return () if shown is None else (shown,)


def _shake_hands(
    scene: Scene, harbor: HarborView, credentials: tuple[Credential, ...]
) -> tuple[dict[int, Handshake], Memory]:
    """Show credentials to Harbor; the handshakes, and what is remembered of them."""
    shown: dict[int, Handshake] = {}
    memory = dict(scene.refused)
    listed = {account.id: account for account in harbor.accounts}
    for credential in credentials:
        account, login = listed.get(credential.robot_id), login_of(credential)
        if account is None or not _may_be_shown(account, credential, harbor.now):
            continue
        if scene.works(credential):
            memory = {known: since for known, since in memory.items() if known.n != login.n}
            shown[account.id] = Handshake(Answer.WORKS)
        else:
            since = memory.setdefault(login, harbor.now)
            shown[account.id] = Handshake(Answer.REFUSED, instant(since))
    return shown, tuple(sorted(memory.items()))


def _may_be_shown(account: Account, credential: Credential, now: int) -> bool:
    fresh = account.enabled and now < account.created + LIFETIME
    return fresh and full_name(account.n) == credential.username


def _target(kube: KubeView) -> Target:
    if kube.target is None:
        return Target(TargetState.ABSENT)
    username = kube.target.username
    if not kube.is_ours:
        return Target(TargetState.FOREIGN)
    live = kube.sheet.live if isinstance(kube.sheet, Ledger) else None
    same = live is not None and login_of(live) == kube.target
    return Target(TargetState.IN_LINE if same else TargetState.BEHIND, username)
