"""No sequence of events lets a namespace touch a project that no rule gives it.

The events are those of the model of ownership: objects that come and go, reconciles that crash or
freeze in the middle, work by hand in Harbor, forged objects; and tenant rules that change.
"""

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from harbor_operator.api.project import AdoptionPolicy, DeletionPolicy
from harbor_operator.core.namespaces import Namespace
from harbor_operator.core.tenancy import AccessLevel, ShareRule, TenantRule, access_to, rule_for
from tests.core.ownership.claim_effects import SHIPPED
from tests.core.ownership.claim_families import BY_HAND, beside, nothing_yet
from tests.core.ownership.claim_judge import Effect, wrong_effects
from tests.core.ownership.claim_moves import Budget, Move, Moves, State
from tests.core.ownership.claim_world import NAME, Claimant, Scene
from tests.support.core_strategies import NAMES, PROJECTS, namespaces, selections, tenants
from tests.support.tenancy import given_by_some_rule

Tenants = tuple[TenantRule, ...] | None
Peers = list[Namespace]

UNBOUNDED = Budget(wishes=1, deeds=1, forgeries=1, faults=1, ticks=1)
"""Some of everything, which is filled up again after each event."""

RULES_CHANGE = -1
"""The event that puts the other tenant rules in force."""

peers = st.lists(namespaces, min_size=2, max_size=2, unique_by=lambda namespace: namespace.name)
claimants = st.builds(
    Claimant,
    adoption=st.sampled_from(AdoptionPolicy),
    deletion=st.sampled_from(DeletionPolicy),
    confirmed=st.booleans(),
)
scenes = st.lists(claimants, min_size=2, max_size=2).flatmap(
    lambda places: st.sampled_from([nothing_yet(*places), beside(BY_HAND, *places)])
)
sequences = st.lists(st.just(RULES_CHANGE) | st.integers(0, 999), min_size=10, max_size=40)
share_rules = st.builds(ShareRule, namespaces=selections, access=st.sampled_from(AccessLevel))


def ruled(scene: Scene, peers: Peers, tenants: Tenants) -> Scene:
    """The scene with the objects' namespaces, and the tenant rules in force."""
    for place, namespace in enumerate(peers):
        rule = rule_for(namespace, tenants)
        claimant = replace(scene.claimants[place], namespace=namespace.name, rule=rule)
        scene = scene.respecify(place, claimant)
    return scene


def chosen(moves: list[Move], state: State, event: int) -> Move | None:
    """What an event is; every other one lets an operator go on, if one has something to do."""
    going_on = [move for move in moves if move.state.budget == state.budget]
    offered = going_on if going_on and event % 2 else moves
    return offered[event // 2 % len(offered)] if offered else None


def touches(
    scene: Scene, peers: Peers, rules: tuple[Tenants, Tenants], events: list[int]
) -> Iterator[Effect]:
    """Every change that an operator makes to the project in a sequence of events."""
    moves, in_force, other = Moves(SHIPPED), *rules
    state = State(ruled(scene, peers, in_force), UNBOUNDED, (None, None))
    for event in events:
        if event == RULES_CHANGE:
            in_force, other = other, in_force
            state = replace(state, scene=ruled(state.scene, peers, in_force))
            continue
        move = chosen([*moves.of(state)], state, event)
        if move is None:
            return
        state = replace(move.state, budget=UNBOUNDED)
        effect = move.effect
        if effect is not None and effect.before.project != effect.after.project:
            yield effect


@given(scenes, peers, st.tuples(tenants, tenants), sequences)
def test_a_namespace_to_which_no_rule_ever_gives_a_project_never_touches_it(
    scene: Scene, peers: Peers, rules: tuple[Tenants, Tenants], events: list[int]
) -> None:
    given_to = [
        place
        for place, namespace in enumerate(peers)
        if any(given_by_some_rule(NAME, namespace, stated) for stated in rules)
    ]

    for effect in touches(scene, peers, rules, events):
        # A person may hand the project over to any object by its label.
        assert effect.flight.place in given_to or effect.owns


@given(scenes, peers, st.tuples(tenants, tenants), sequences)
def test_whatever_the_rules_every_change_is_of_an_own_or_rightly_claimed_project(
    scene: Scene, peers: Peers, rules: tuple[Tenants, Tenants], events: list[int]
) -> None:
    for effect in touches(scene, peers, rules, events):
        assert [*wrong_effects(effect)] == []


@given(
    st.sampled_from(PROJECTS),
    st.sampled_from(NAMES),
    namespaces,
    tenants,
    st.lists(share_rules, max_size=3).map(tuple),
)
def test_access_is_given_by_a_rule_or_a_share_and_never_above_either(
    project: str,
    owner: str,
    asking: Namespace,
    tenants: Tenants,
    shares: tuple[ShareRule, ...],
) -> None:
    rule = rule_for(asking, tenants)

    access = access_to(project, owner, asking, rule, shares)

    if access is None:
        return
    assert rule is not None
    assert access <= rule.max_access
    if asking.name == owner:
        assert given_by_some_rule(project, asking, tenants)
    else:
        assert any(s.namespaces.permits(asking) and access <= s.access for s in shares)
