"""Whatever happens: no Secret where no rule allows it, and no removal without certainty."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harbor_operator.core.namespaces import Namespace, Operator, Requirement, Selection
from harbor_operator.core.plan import Plan
from harbor_operator.core.pullsecret.actions import Action, Deliver, TryCanary, Withdraw
from harbor_operator.core.pullsecret.facts import Delivered, Desired, Memory, Observed, RobotState
from harbor_operator.core.pullsecret.plan import plan
from harbor_operator.core.pullsecret.removal import GRACE
from harbor_operator.core.tenancy import DistributionRule
from tests.support.pull_secrets import AT_REST, DESIRED, LOGIN, NOW

SHOPS = ("shop-a", "shop-b", "shop-c", "shop-d")
LABELLED = Selection(selector=(Requirement("shop", Operator.EXISTS),))
CANARY = Selection(names=("shop-a",))
MAX_LOOKS = 6
"""Canary, trial, others and rest, and two more."""


@dataclass(slots=True)
class World:
    """Namespaces, rules and Secrets as people and the plan change them."""

    now: datetime = NOW
    labelled: set[str] = field(default_factory=lambda: set(SHOPS))
    permitted: set[str] = field(default_factory=lambda: set(SHOPS))
    unread: set[str] = field(default_factory=set)
    terminating: set[str] = field(default_factory=set)
    connected: bool = True
    pull_only: bool = True
    credential: int = 1
    works: bool = True
    excluded: tuple[str, ...] = ()
    held: dict[str, int] = field(default_factory=dict)
    """Which credential each namespace's Secret holds."""
    memory: Memory = field(default_factory=Memory)
    applied: tuple[str, ...] | None = None
    """The exclusions that the last look at rest saw."""
    unselected_since: dict[str, datetime] = field(default_factory=dict)

    def desired(self) -> Desired:
        """The spec as it is now."""
        targets = replace(LABELLED, exclude=self.excluded)
        return replace(DESIRED, targets=targets, selection=f"v{self.excluded}", canary=CANARY)

    def selects(self, name: str) -> bool:
        """Whether the spec means a namespace now."""
        return name in self.labelled and name not in self.excluded

    def observed(self, trial: bool | None) -> Observed:  # noqa: FBT001 -- a fact of the look
        """One look."""
        login = replace(
            LOGIN,
            username=f"robot$team+ci-{self.credential}",
            pull_only=self.pull_only,
            minted_at=self.now,
        )
        return replace(
            AT_REST,
            robot=RobotState.SERVING if self.connected else RobotState.MISSING,
            login=login if self.connected else None,
            connected=self.connected,
            distribution=(DistributionRule(("team",), Selection(names=tuple(self.permitted))),)
            if self.connected
            else (),
            namespaces={
                name: Namespace(
                    name,
                    {"shop": ""} if name in self.labelled else {},
                    terminating=name in self.terminating,
                )
                for name in ("team", *SHOPS)
                if name not in self.unread
            },
            delivered={
                name: Delivered("uid", n == self.credential, f"robot$team+ci-{n}", "uid-r")
                for name, n in self.held.items()
            },
            memory=self.memory,
            trial=trial,
            harbor_time=self.now,
        )

    def settle(self) -> list[tuple[Action, Observed]]:
        """Look and act until at rest; every action, with the look that it came from."""
        done: list[tuple[Action, Observed]] = []
        trial: bool | None = None
        for _ in range(MAX_LOOKS):
            seen = self.observed(trial)
            step = plan(self.desired(), seen, self.now)
            if not step.actions:
                self.remember(step)
                return done
            for action in step.actions:
                done.append((action, seen))
                trial = self.carry_out(action, trial)
        raise AssertionError("it does not come to rest")

    def carry_out(self, action: Action, trial: bool | None) -> bool | None:  # noqa: FBT001
        """What an action changes; what is known of the canary afterwards."""
        match action:
            case Deliver(namespace):
                self.held[namespace] = self.credential
            case Withdraw(namespace):
                del self.held[namespace]
            case TryCanary():
                return self.works
            case _:
                return trial
        return trial

    def remember(self, step: Plan[Action]) -> None:
        """Write the status."""
        report: dict[str, Any] = dict(step.report)
        if report:
            self.applied = self.excluded
            self.memory = replace(
                self.memory,
                selection=report["selection"],
                leaving={
                    entry["namespace"]: datetime.fromisoformat(entry["since"])
                    for entry in report["leaving"]
                },
            )

    def note_time(self) -> None:
        """Keep beside the plan since when namespaces have not been selected."""
        for name in SHOPS:
            if self.selects(name):
                self.unselected_since.pop(name, None)
            else:
                self.unselected_since.setdefault(name, self.now)


def shop_sets(attribute: str) -> st.SearchStrategy[tuple[str, object]]:
    """Another set of shops for one attribute of the world."""
    return st.tuples(st.just(attribute), st.frozensets(st.sampled_from(SHOPS)).map(set))


EVENTS = st.one_of(
    shop_sets("labelled"),
    shop_sets("permitted"),
    shop_sets("unread"),
    shop_sets("terminating"),
    st.tuples(st.just("connected"), st.booleans()),
    st.tuples(st.just("pull_only"), st.booleans()),
    st.tuples(st.just("works"), st.booleans()),
    st.tuples(st.just("credential"), st.integers(1, 3)),
    st.tuples(st.just("excluded"), st.sampled_from([(), ("shop-b",), ("shop-c", "shop-d")])),
    st.tuples(st.just("minutes"), st.integers(1, 10)),
)


def happen(world: World, event: tuple[str, object]) -> None:
    """Let something happen."""
    what, value = event
    if what == "minutes" and isinstance(value, int):
        world.now += timedelta(minutes=value)
    else:
        setattr(world, what, value)
    world.note_time()


def may_hold(world: World, name: str) -> bool:
    return name == "team" or (world.pull_only and name in world.permitted)


@given(st.lists(EVENTS, max_size=12))
def test_no_secret_is_written_where_no_rule_allows_it(events: list[tuple[str, object]]) -> None:
    world = World()

    for event in events:
        happen(world, event)
        for action, _ in world.settle():
            if isinstance(action, Deliver):
                assert may_hold(world, action.namespace)
                assert action.namespace not in world.unread | world.terminating


@given(st.lists(EVENTS, max_size=12))
def test_no_secret_stays_where_it_is_known_to_be_forbidden(
    events: list[tuple[str, object]],
) -> None:
    world = World()

    for event in events:
        happen(world, event)
        world.settle()

        visible = set(world.held) - world.unread - world.terminating
        assert not world.connected or all(may_hold(world, name) for name in visible)


@given(st.lists(EVENTS, max_size=12))
def test_nothing_is_removed_without_certainty(events: list[tuple[str, object]]) -> None:
    world = World()

    for event in events:
        applied = world.applied
        happen(world, event)
        for action, seen in world.settle():
            if isinstance(action, Withdraw):
                assert is_certain(world, action.namespace, seen, applied)


def is_certain(world: World, name: str, seen: Observed, applied: tuple[str, ...] | None) -> bool:
    """Whether a removal is backed by what was read: forbidden, unwished, or gone for long."""
    if not world.connected or name in world.unread | world.terminating:
        return False
    if not may_hold(world, name) or applied not in {None, world.excluded}:
        return True
    readable = [n for n in seen.delivered if n in seen.namespaces and n not in world.terminating]
    left = [n for n in readable if may_hold(world, n) and not world.selects(n)]
    overdue = world.now - world.unselected_since[name] >= GRACE
    return overdue and 2 * len(left) <= len(readable)


@given(st.lists(EVENTS, max_size=12))
def test_a_credential_that_fails_at_the_canary_reaches_nobody_who_holds_another(
    events: list[tuple[str, object]],
) -> None:
    world = World()

    for event in events:
        happen(world, event)
        before = dict(world.held)
        world.settle()
        changed = {n for n in before if n in world.held and world.held[n] != before[n]}
        at_hand = "shop-a" in set(world.held) - world.unread - world.terminating
        assert world.works or not at_hand or changed <= {"shop-a"}
