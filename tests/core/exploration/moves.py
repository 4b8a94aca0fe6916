"""Everything that can happen next: the operator, its failures, people, and time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harbor_operator.core.plan import Plan
from harbor_operator.core.robot.actions import Action
from tests.core.exploration.effects import Flight, Grip, Report, Rules, advance, reported, switch
from tests.core.exploration.world import (
    DUE,
    OVERLAP,
    Account,
    KubeView,
    Login,
    Scene,
    decide,
    login_of,
    read_kubernetes,
)


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may still go wrong, happen or pass; it bounds the exploration."""

    faults: int = 0
    """Crashes and freezes of an instance."""
    people: int = 0
    """What people do to robots and Secrets behind the operator's back."""
    requests: int = 0
    """Rotations that people ask for."""
    ticks: int = 0
    """Steps of the clock."""


@dataclass(frozen=True, slots=True)
class Late:
    """An instance that was frozen in the middle, to finish what it was about at any later time.

    With ``kube`` it has read Kubernetes and not yet Harbor.
    """

    flight: Flight
    kube: KubeView | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The world, the frozen instance, and what judging needs to know of the past."""

    scene: Scene
    budget: Budget
    late: Late | None = None
    hurt: frozenset[int] = frozenset()
    """Accounts that people have deleted or spoiled, or whose old password they put back."""
    ledger_deleted: bool = False
    """Whether people have ever deleted the ledger."""
    target_deleted: bool = False
    """Whether people have ever deleted the user's Secret."""
    stored: frozenset[int] = frozenset()
    """Numbers of which a credential was ever in the ledger."""
    failed: bool = False
    """Whether an instance has ever died or frozen."""


Move = tuple[str, State]


class Moves:
    """The transitions of the model; decisions are remembered, since many states share a scene."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._decisions: dict[
            tuple[Scene, KubeView], tuple[Plan[Action], tuple[tuple[str, int], ...]]
        ] = {}

    def plan(self, scene: Scene) -> Plan[Action]:
        """What a fresh look decides."""
        return self._decide(scene, read_kubernetes(scene))[0]

    def run(self, scene: Scene) -> Scene:
        """One fair round of the operator: look, act to the end of the plan, report."""
        remembered, flight = self.take_off(scene, read_kubernetes(scene))
        return self._to_the_end(remembered, flight)

    def follow(self, scene: Scene) -> Scene:
        """The pull secret takes on the live credential, if that works."""
        live = scene.ledger.live if scene.ledger else None
        if live is None or not scene.works(live) or scene.follower == login_of(live):
            return scene
        return switch(replace(scene, follower=login_of(live)), scene.follower)

    def at_rest(self, scene: Scene) -> bool:
        """Whether neither the robot's nor the pull secret's side has anything to do now."""
        return self.run(scene) == scene and self.follow(scene) == scene

    def take_off(self, scene: Scene, kube: KubeView) -> tuple[Scene, Flight]:
        """Finish a look that read Kubernetes before, and what is to be done about it."""
        plan, memory = self._decide(scene, kube)
        steps = plan.actions or _report(plan, kube)
        flight = Flight(steps, Grip.on(kube.ledger), Grip.on(kube.target))
        return replace(scene, refused=memory), flight

    def of(self, state: State) -> Iterator[Move]:
        """Every state that can come next, and how."""
        yield from self._runs(state)
        if state.late is not None:
            yield from self._thaws(state, state.late)
        followed = self.follow(state.scene)
        if followed != state.scene:
            yield "the pull secret follows", _onto(state, followed)
        if state.budget.ticks:
            yield from self._ticks(state)
        if state.budget.people:
            yield from _deeds(state)
        if state.budget.requests:
            budget = replace(state.budget, requests=state.budget.requests - 1)
            scene = replace(state.scene, request=f"request {state.budget.requests}")
            yield "a person asks for a rotation", replace(state, scene=scene, budget=budget)

    def _decide(
        self, scene: Scene, kube: KubeView
    ) -> tuple[Plan[Action], tuple[tuple[str, int], ...]]:
        known = self._decisions.get((scene, kube))
        if known is None:
            known = self._decisions[scene, kube] = decide(scene, kube)
        return known

    def _to_the_end(self, scene: Scene, flight: Flight) -> Scene:
        while flight.steps:
            done = advance(scene, flight, self._rules)
            if done is None:
                return scene
            scene, flight = done
        return scene

    def _runs(self, state: State) -> Iterator[Move]:
        """The serving instance acts; it may die or freeze at every point of its plan."""
        scene, flight = self.take_off(state.scene, read_kubernetes(state.scene))
        told = ", ".join(type(step).__name__ for step in flight.steps)
        fragile = state.budget.faults > 0 and bool(flight.steps)
        if fragile and state.late is None:
            yield self._frozen_in_a_look(state)
        while flight.steps:
            if fragile:
                yield from self._failures(state, scene, flight)
            done = advance(scene, flight, self._rules)
            if done is None:
                break
            scene, flight = done
        if scene != state.scene:
            yield f"the operator: {told or 'looks'}", _onto(state, scene)

    def _failures(self, state: State, scene: Scene, flight: Flight) -> Iterator[Move]:
        budget = replace(state.budget, faults=state.budget.faults - 1)
        base = _onto(replace(state, budget=budget, failed=True), replace(scene, refused=()))
        following = type(flight.steps[0]).__name__
        if replace(scene, refused=state.scene.refused) != state.scene:
            yield f"the operator dies before {following}", base
        if state.late is None:
            yield f"an operator freezes before {following}", replace(base, late=Late(flight))

    def _frozen_in_a_look(self, state: State) -> Move:
        budget = replace(state.budget, faults=state.budget.faults - 1)
        kube = read_kubernetes(state.scene)
        flight = Flight((), Grip.on(kube.ledger), Grip.on(kube.target))
        frozen = replace(state, budget=budget, late=Late(flight, kube), failed=True)
        return "an operator freezes between Kubernetes and Harbor", frozen

    def _thaws(self, state: State, late: Late) -> Iterator[Move]:
        """The frozen instance does its next step and dies, or goes on to the end."""
        flight = late.flight
        if late.kube is not None:
            steps = self.take_off(state.scene, late.kube)[1].steps
            flight = replace(flight, steps=steps)
        awake = replace(state, late=None)
        if not flight.steps:
            yield "the frozen operator has nothing to do", awake
            return
        told = type(flight.steps[0]).__name__
        first = advance(state.scene, flight, self._rules)
        if first is None:
            yield f"the frozen operator fails at {told}", awake
            return
        yield f"the frozen operator: {told}, and dies", _excused(_onto(awake, first[0]), awake)
        if first[1].steps:
            scene = self._to_the_end(*first)
            label = f"the frozen operator: {told} and on to its end"
            yield label, _excused(_onto(awake, scene), awake)

    def _ticks(self, state: State) -> Iterator[Move]:
        budget = replace(state.budget, ticks=state.budget.ticks - 1)
        for minutes in (1, OVERLAP):
            scene = replace(state.scene, now=state.scene.now + minutes)
            yield f"{minutes} minutes pass", replace(state, scene=scene, budget=budget)
        # Half a day without a working operator is an outage, which no protocol survives.
        if self.at_rest(state.scene):
            scene = replace(state.scene, now=state.scene.now + DUE)
            yield f"{DUE} minutes pass", replace(state, scene=scene, budget=budget)


def _onto(state: State, scene: Scene) -> State:
    late = state.late
    if late is not None:
        late = replace(late, flight=late.flight.seen_by(state.scene, scene))
    live = scene.ledger.live if scene.ledger else None
    pending = scene.ledger.pending if scene.ledger else None
    numbers = frozenset(c.n for c in (live, pending) if c is not None)
    return replace(state, scene=scene, late=late, stored=state.stored | numbers)


def _excused(state: State, before: State) -> State:
    """The state, with forgiveness for what a frozen instance did by a Secret that was deleted.

    Its creation succeeds where it should not; and once the ledger is gone nothing can tell that
    a number has been used again.
    """
    hurt = state.hurt
    if before.ledger_deleted:
        present = {account.id for account in state.scene.accounts}
        lost = (a.id for a in before.scene.accounts if a.ours and a.id not in present)
        hurt = hurt.union(lost)
    if before.target_deleted and before.scene.target is None and state.scene.target is not None:
        hurt |= {state.scene.target.robot_id}
    return replace(state, hurt=hurt)


def _report(plan: Plan[Action], kube: KubeView) -> tuple[Report, ...]:
    status = reported(plan.report)
    return () if status == kube.status else (Report(status),)


def _deeds(state: State) -> Iterator[Move]:
    """What people do with their own hands."""
    scene = state.scene
    base = replace(state, budget=replace(state.budget, people=state.budget.people - 1))
    for account in scene.ours():
        yield from _deeds_to(base, account)
    if scene.target is not None:
        gone = switch(replace(scene, target=None), scene.target)
        deleted = _onto(base, gone)
        yield "a person deletes the user's Secret", replace(deleted, target_deleted=True)
    if scene.ledger is not None:
        deleted = _onto(base, replace(scene, ledger=None))
        yield "a person deletes the ledger", replace(deleted, ledger_deleted=True)
    largest = max((account.n for account in scene.accounts), default=0)
    strange = scene.add(largest + 1, ours=False)
    yield f"a stranger makes robot {largest + 1}", replace(base, scene=strange)


def _deeds_to(base: State, account: Account) -> Iterator[Move]:
    scene, name = base.scene, f"robot {account.n}"
    spoiled = replace(base, hurt=base.hurt | {account.id})
    yield f"a person deletes {name}", replace(spoiled, scene=scene.without(account.id))
    renewed = scene.put(replace(account, version="another"))
    yield f"a person sets another password on {name}", replace(spoiled, scene=renewed)
    unmarked = scene.put(replace(account, ours=False))
    yield f"a person takes the mark from {name}", replace(spoiled, scene=unmarked)
    switched = scene.put(replace(account, enabled=not account.enabled))
    yield (
        f"a person switches {name} {'off' if account.enabled else 'on'}",
        replace(base, scene=switched),
    )
    if scene.target is not None and scene.target.robot_id != account.id:
        old = _restored(scene, account)
        yield f"a person puts {name} back into the user's Secret", _onto(spoiled, old)


def _restored(scene: Scene, account: Account) -> Scene:
    """The user's Secret as it was when the account served, from a backup."""
    login = Login(account.id, account.n, "first")
    return switch(replace(scene, target=login), scene.target)
