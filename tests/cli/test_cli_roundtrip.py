"""What is exported from any Harbor is valid, and applying it again would change nothing."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from harbor_operator.api.project import ManagementPolicy
from harbor_operator.api.robot import ROBOTS
from harbor_operator.cli.exporting.composing import Export, Wishes, compose
from harbor_operator.cli.exporting.reading import HarborFound, find_projects, read_harbor
from harbor_operator.cli.exporting.writing import stream_of
from harbor_operator.cli.failures import ExitCode
from harbor_operator.cli.harbor_access import HarborLogin
from harbor_operator.cli.harbor_side import open_side
from harbor_operator.cli.planning.manifests import Manifests, read_manifests
from harbor_operator.cli.planning.planner import Planner
from harbor_operator.cli.planning.report import Outcome, PlanReport, exit_code, report_on
from harbor_operator.cli.planning.rules import Rules
from harbor_operator.cli.planning.surroundings import Surroundings
from harbor_operator.core.specs import placed_grants
from harbor_operator.harbor import Credentials, HarborClient
from tests.support.filled_harbor import HEADER, Filling, filled, fillings

LOGIN = HarborLogin("http://harbor", Credentials("admin", SecretStr("x")), "of a test")


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A Harbor, its export, and what the export would change."""

    found: HarborFound
    export: Export
    text: str
    manifests: Manifests
    plan: PlanReport


async def round_trip(filling: Filling, wishes: Wishes) -> RoundTrip:
    """Fill a Harbor, export it, and plan the export."""
    async with filled(filling) as client:
        found, export = await _exported(client, wishes)
        text = stream_of(export)
        manifests = read_manifests([("export.yaml", text)], "elsewhere")
        rules = Rules(Surroundings(manifests), None)
        planner = Planner("default", rules, await open_side(client, LOGIN))
        plans = await planner.plan(planner.chosen(), lambda: None)
    return RoundTrip(found, export, text, manifests, report_on("default", "", plans, {}, ()))


async def _exported(client: HarborClient, wishes: Wishes) -> tuple[HarborFound, Export]:
    side = await open_side(client, LOGIN)
    projects = await find_projects(side, ())
    found = await read_harbor(side, projects, lambda: None, with_robots=True)
    now: datetime = side.now
    return found, compose(found, wishes, now)


wishes = st.builds(
    Wishes,
    namespace=st.just("team"),
    per_project=st.booleans(),
    policy=st.sampled_from(ManagementPolicy),
    everything=st.booleans(),
)


@settings(max_examples=12, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
@given(fillings(), wishes)
def test_an_export_of_any_harbor_plans_nothing(filling: Filling, wishes: Wishes) -> None:
    done = asyncio.run(round_trip(filling, wishes))

    assert done.manifests.problems == ()
    assert len(done.manifests.objects) == len(done.export.objects)
    changed = {entry.block for found in done.plan.objects for entry in found.entries}
    if wishes.policy is ManagementPolicy.OBSERVE:
        assert changed == set()
        assert exit_code(done.plan, exit_zero=False) is ExitCode.FINE
    else:
        assert changed <= {"ownership"}
    assert [found for found in done.plan.objects if found.obstacles] == []
    assert _left_out(filling, done.export) == []
    assert HEADER not in f"{done}"
    _every_project_and_robot_is_there(filling, done)


def _left_out(filling: Filling, export: Export) -> list[str]:
    """Settings that were left out of projects which have none but what a spec can say."""
    odd = {f"project {name}" for name in filling.odd}
    notes = [note for each in export.objects if each.source not in odd for note in each.notes]
    return [note for note in notes if "is left out" in note]


def _every_project_and_robot_is_there(filling: Filling, done: RoundTrip) -> None:
    """Nothing is lost: what is not exported is noted, and robots ask for what they have."""
    sources = {exported.source for exported in done.export.objects}
    told = " ".join(done.export.notes)
    projects = {f"project {project.name}" for project in done.found.projects}
    assert projects == {f"project {name}" for name in (*filling.projects, "library")}
    assert projects <= sources
    names = {
        (exported.body["metadata"]["namespace"], exported.body["metadata"]["name"]): exported
        for exported in done.export.objects
        if exported.body["kind"] == "HarborProject"
    }
    in_harbor = {key: e.body["spec"].get("projectName", key[1]) for key, e in names.items()}
    accounts = {robot.name: robot for robot in done.found.robots or ()}
    for project in done.found.projects:
        accounts |= {robot.name: robot for robot in project.robots or ()}
    for exported in done.export.objects:
        if exported.body["kind"] == ROBOTS.kind:
            robot = ROBOTS.parse(exported.body)
            account = accounts.pop(exported.source.removeprefix("robot "))
            place = robot.metadata.namespace
            assert placed_grants(robot.spec, place, in_harbor) == account.grants
            assert bool(robot.spec.disabled) is account.disabled
    assert [name for name in accounts if name not in told] == []
    suspended = [found for found in done.plan.objects if found.kind == ROBOTS.kind]
    assert {found.outcome for found in suspended} <= {Outcome.SUSPENDED}
