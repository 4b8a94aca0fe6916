"""What holds for every project in Harbor and every spec, not only for the rows of the tables."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from harbor_operator.api.blocks.settings import ProjectSettings
from harbor_operator.api.model import ApiModel
from harbor_operator.api.project import ManagementPolicy, ProjectSpec, ProjectStatus
from harbor_operator.core.project.actions import Action, ChangeSetting
from harbor_operator.core.project.defaults import filled
from harbor_operator.core.project.facts import Desired, Observed, OwnerLabel, Recorded
from harbor_operator.core.project.preview import MAX_PLANNED, described
from harbor_operator.core.project.settings import wanted_settings
from harbor_operator.core.steps import Step
from tests.support.project_strategies import project_settings, seen_by, specs
from tests.support.project_world import CANARY, ProjectWorld
from tests.support.projects import ADOPTED, AT_REST, NOW, OLDER, OWN, RULE, STRANGER

MAX_ROUNDS = 8
"""The engine's limit, `harbor_operator.engine.reconciler.MAX_ROUNDS`."""

LENIENT = replace(
    RULE, may_adopt=True, allow_public=True, proxy_cache_registries=("*",), max_storage_bytes=None
)
OURS = (OWN.text(), ADOPTED.text())
MARKS = (*OURS, OLDER.text(), STRANGER.text(), "released:cluster/other/app", None)
MANAGED = st.sampled_from([(), ("User/alice", "User/carol", "Group/cn=devs,dc=x")])


@st.composite
def desired_projects(draw: st.DrawFn, spec: ProjectSpec) -> Desired:
    """What a spec asks for, with any defaults under it."""
    whole, shown = filled(spec, draw(st.none() | project_settings()))
    status = ProjectStatus(managed_members=draw(MANAGED))
    return Desired("team", wanted_settings(whole, status), spec.adoption_policy, shown)


@st.composite
def worlds_to_make(draw: st.DrawFn, *, strangers: bool = False) -> ProjectWorld:
    """No project yet, and an object that wants one.

    Args:
        draw: Draws from a strategy.
        strangers: Whether members may be named that Harbor refuses.
    """
    desired = draw(desired_projects(draw(specs(strangers=strangers))))
    absent = replace(AT_REST, project=None, label=None, rule=LENIENT, recorded=Recorded())
    return ProjectWorld(desired, replace(absent, held=draw(st.booleans())), NOW)


@st.composite
def worlds_to_change(
    draw: st.DrawFn, marks: tuple[str | None, ...] = MARKS, *, strangers: bool = False
) -> ProjectWorld:
    """Any project in Harbor that bears one of the marks, and an object that wants it."""
    spec = draw(specs(strangers=strangers))
    desired, mark = draw(desired_projects(spec)), draw(st.sampled_from(marks))
    observed = replace(
        AT_REST,
        held=draw(st.booleans()),
        rule=LENIENT,
        recorded=Recorded(in_sync=draw(st.booleans())),
        label=None if mark is None else OwnerLabel(5, mark),
        settings=draw(seen_by(spec, desired.settings)),
    )
    return ProjectWorld(desired, observed, NOW)


def worlds(*, strangers: bool = False) -> st.SearchStrategy[ProjectWorld]:
    """Any project, or none yet, and an object that wants it."""
    return worlds_to_make(strangers=strangers) | worlds_to_change(strangers=strangers)


def end_of(world: ProjectWorld) -> tuple[object, ...]:
    """Where a world comes to rest."""
    final = world.converge(MAX_ROUNDS)
    assert final.actions == ()
    return world.seen.project, world.seen.label, world.seen.settings, final.verdicts


@given(worlds(strangers=True))
def test_a_plan_converges(world: ProjectWorld) -> None:
    assert world.converge(MAX_ROUNDS).actions == ()


@given(worlds())
def test_a_second_reconcile_writes_nothing(world: ProjectWorld) -> None:
    world.converge(MAX_ROUNDS)
    world.begin_anew()

    assert world.plan().actions == ()


@given(worlds(strangers=True), st.integers(0, 20))
def test_a_crash_after_any_action_leads_to_the_same_end(world: ProjectWorld, actions: int) -> None:
    undisturbed = end_of(replace(world))

    world.crash_after(actions, MAX_ROUNDS)

    assert end_of(world) == undisturbed


def observing(seen: Observed) -> Observed:
    return replace(seen, management=ManagementPolicy.OBSERVE)


def steps_in(actions: tuple[Action, ...]) -> list[Step]:
    return [action.step for action in actions if isinstance(action, ChangeSetting)]


@given(worlds())
def test_observe_yields_no_action(world: ProjectWorld) -> None:
    world.seen = observing(world.seen)

    assert world.plan().actions == ()


@given(worlds_to_change(OURS))
def test_full_makes_exactly_the_changes_that_observe_lists(world: ProjectWorld) -> None:
    observed = replace(world, seen=observing(world.seen)).plan()
    planned = steps_in(world.plan().actions)

    world.converge(MAX_ROUNDS)

    assert observed.report["plan"] == (described(planned)[:MAX_PLANNED] or None)
    assert world.seen.attempts.written == tuple(planned)


@given(worlds_to_make())
def test_what_full_changes_in_a_new_project_observe_lists_before(world: ProjectWorld) -> None:
    listed = replace(world, seen=observing(world.seen)).plan().report["plan"]

    world.converge(MAX_ROUNDS)
    made = {places(entry) for entry in described(world.seen.attempts.written)}
    if "proxyCache" in world.desired.settings:  # Harbor makes a policy too: policies 71-72
        made.discard(("retention", ""))

    assert listed[0]["block"] == "project"
    assert made <= {places(entry) for entry in listed}


def places(entry: dict[str, Any]) -> tuple[str, str]:
    """The block of an entry and what it is about."""
    return entry["block"], entry.get("target", "")


@given(worlds())
def test_a_secret_shows_nowhere(world: ProjectWorld) -> None:
    shown = [repr(world), repr(world.plan()), str(world.plan())]
    for seen in (world.seen, observing(world.seen)):
        shown += [json.dumps(dict(plan.report)) for plan in _plans(replace(world, seen=seen))]

    assert CANARY not in "".join(shown)


def _plans(world: ProjectWorld) -> Iterator[Any]:
    yield world.plan()
    yield world.converge(MAX_ROUNDS)


def stated_in(model: ApiModel, prefix: str = "") -> Iterator[tuple[str, object]]:
    """All fields that somebody wrote, by path; members are not stated by an empty list."""
    for name in model.model_fields_set:
        value = getattr(model, name)
        if isinstance(value, ApiModel) and name in {"scanning", "pull_restrictions"}:
            yield from stated_in(value, f"{name}.")
        elif (name, value) != ("members", ()):
            yield prefix + name, value


EMPTY_LISTS = ProjectSpec.model_validate({"labels": [], "immutableTags": [], "members": []})
FULL_LISTS = ProjectSettings.model_validate(
    {"labels": [{"name": "stable"}], "immutableTags": [{"tags": "v*"}]}
)


@given(specs(), project_settings())
@example(EMPTY_LISTS, FULL_LISTS)
def test_defaults_change_no_stated_field(spec: ProjectSpec, defaults: ProjectSettings) -> None:
    before = dict(stated_in(spec))

    whole, _ = filled(spec, defaults)
    after = dict(stated_in(whole))

    assert {name: after[name] for name in before} == before


@given(specs(), project_settings())
def test_defaults_fill_all_that_is_not_stated(spec: ProjectSpec, defaults: ProjectSettings) -> None:
    stated, given_ = dict(stated_in(spec)), dict(stated_in(defaults))

    whole, shown = filled(spec, defaults)

    assert dict(stated_in(whole)) == {**given_, **stated}
    assert len(shown) == len(given_.keys() - stated.keys())


@given(specs(), project_settings())
def test_defaults_fill_once(spec: ProjectSpec, defaults: ProjectSettings) -> None:
    once, _ = filled(spec, defaults)

    assert filled(once, defaults) == (once, ())
