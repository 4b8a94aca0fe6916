"""A Harbor that is filled at random: projects with all settings, robots with any permissions."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from hypothesis import strategies as st

from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.bridge.project_blocks.adapter import Scene
from harbor_operator.bridge.project_blocks.settings import SettingsInUse
from harbor_operator.bridge.robots import permissions_of
from harbor_operator.cli.harbor_side import UNCHECKED
from harbor_operator.core.grants import ALL_PROJECTS, SYSTEM, PlacedGrant, placed
from harbor_operator.core.permissions import PRESETS
from harbor_operator.core.project.facts import Desired, Observed, Recorded
from harbor_operator.core.project.settings import birth_of, compare, wanted_settings
from harbor_operator.core.robot.catalogue import HARBOR_2_16
from harbor_operator.core.secret import Secret
from harbor_operator.harbor import HarborClient, ImmutableRule, NewRobot, RobotLevel, Selector
from harbor_operator.harbor.errors import Refused
from testbed.harbor import HarborSimulator
from tests.support.api_caller import ApiCaller
from tests.support.harbor_clients import client_for
from tests.support.project_strategies import specs
from tests.support.project_world import REGISTRIES, SCANNERS
from tests.support.projects import OWN
from tests.support.simulated_harbor import SimulatedHarbor, running

NAMES = ("shop", "my-project", "my_project", "payments.web", "payments.legacy_1")
HEADER = "Bearer canary-in-a-header"
PASSWORD = "Members-Password-1"


@dataclass(frozen=True, slots=True)
class Account:
    """A robot to be made; without a project one of the system."""

    name: str
    project: str | None
    grants: frozenset[PlacedGrant]
    days: int
    disabled: bool


@dataclass(frozen=True, slots=True)
class Filling:
    """What is to be in a Harbor."""

    projects: Mapping[str, ProjectSpec]
    robots: tuple[Account, ...]
    odd: frozenset[str]
    """Projects that get something too that no spec can say."""


_granted = st.sampled_from([*PRESETS.values()]) | st.frozensets(
    st.sampled_from(sorted(HARBOR_2_16.project)), min_size=1, max_size=6
)
_of_system = st.frozensets(st.sampled_from(sorted(HARBOR_2_16.system)), max_size=3)
_days = st.sampled_from([-1, 1, 90, 3650])
_bases = st.sampled_from(["ci", "deploy", "scan_bot"])


@st.composite
def _accounts(draw: st.DrawFn, names: list[str]) -> Account:
    project = draw(st.none() | st.sampled_from(names)) if names else None
    if project is not None:
        grants = placed(project, draw(_granted))
        return Account(draw(_bases), project, grants, draw(_days), draw(st.booleans()))
    places = draw(st.lists(st.sampled_from([*names, ALL_PROJECTS]), unique=True, max_size=3))
    grants = placed(SYSTEM, draw(_of_system)).union(
        *(placed(place, draw(_granted)) for place in places)
    )
    return Account(draw(_bases), None, grants, draw(_days), draw(st.booleans()))


@st.composite
def fillings(draw: st.DrawFn) -> Filling:
    """Any content of a Harbor."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=3))
    robots = draw(
        st.lists(_accounts(names), max_size=4, unique_by=lambda each: (each.project, each.name))
    )
    return Filling(
        projects={name: draw(specs()) for name in names},
        robots=tuple(robots),
        odd=draw(st.frozensets(st.sampled_from(names))) if names else frozenset(),
    )


@asynccontextmanager
async def filled(filling: Filling) -> AsyncIterator[HarborClient]:
    """A client, as an administrator, of a simulator with this content."""
    simulator = HarborSimulator()
    async with (
        running(simulator) as harbor,
        client_for(harbor.simulator, simulator.admin_username, simulator.admin_password) as client,
    ):
        await _prepare(harbor)
        for name, spec in filling.projects.items():
            await _make(client, name, spec)
            if name in filling.odd:
                await _make_odd(client, harbor.admin, name)
        for account in filling.robots:
            await _make_robot(client, account)
        yield client


async def _prepare(harbor: SimulatedHarbor) -> None:
    for name in ("alice", "bob", "operator"):
        user = {"username": name, "realname": name, "email": f"{name}@example.com"}
        await harbor.admin("POST", "/api/v2.0/users", {**user, "password": PASSWORD})
    for name in SCANNERS:
        scanner = {"name": name, "url": f"https://{name.lower()}.example.com"}
        await harbor.control("POST", "/scanners", scanner)
    for name in REGISTRIES:
        registry = {"name": name, "type": "docker-hub", "url": "https://hub.example.com"}
        await harbor.admin("POST", "/api/v2.0/registries", registry)


class _Headers:
    """Every Secret holds the same header."""

    async def read(self, name: str, key: str) -> Secret | None:
        """The header."""
        del name, key
        return Secret(HEADER)


async def _make(client: HarborClient, name: str, spec: ProjectSpec) -> None:
    """Make a project and its settings, as far as Harbor takes them."""
    desired = Desired(name, wanted_settings(spec, ProjectStatus()))
    birth = birth_of(desired)
    registry = await client.registries.find(birth.registry) if birth.registry else None
    await client.projects.create(
        name,
        metadata=birth.metadata,
        storage_limit=birth.storage_bytes,
        registry_id=registry.id if registry else None,
    )
    project = await client.projects.get(name)
    assert project is not None
    scene = Scene(client, _Headers(), spec, UNCHECKED, "admin", project)
    settings = SettingsInUse()
    seen = await settings.observe(scene, desired.settings)
    observed = Observed(OWN, held=True, rule=UNCHECKED, recorded=Recorded(), settings=seen)
    for step in compare(desired, observed).steps:
        await settings.carry_out(scene, step)


async def _make_odd(client: HarborClient, admin: ApiCaller, name: str) -> None:
    """A disabled rule of immutability, and a severity that does not exist."""
    project = await client.projects.get(name)
    assert project is not None
    tags = Selector(kind="doublestar", decoration="matches", pattern="odd-*")
    repositories = Selector(kind="doublestar", decoration="repoMatches", pattern="**")
    rule = ImmutableRule(id=0, tag_selector=tags, repository_selector=repositories)
    with suppress(Refused):
        await client.immutable_rules.create(project.id, rule)
    for row in await client.immutable_rules.list(project.id):
        path = f"/api/v2.0/projects/{project.id}/immutabletagrules/{row.id}"
        await admin("PUT", path, {"id": row.id, "disabled": True})
    metadata = {"metadata": {"prevent_vul": "true", "severity": "dreadful"}}
    await admin("PUT", f"/api/v2.0/projects/{project.id}", metadata)


async def _make_robot(client: HarborClient, account: Account) -> None:
    if not account.grants:
        return
    level = RobotLevel.SYSTEM if account.project is None else RobotLevel.PROJECT
    wanted = NewRobot(account.name, level, account.days, "", permissions_of(account.grants))
    created = await client.robots.create(wanted)
    robot = await client.robots.get(created.id)
    assert robot is not None
    if account.disabled:
        await client.robots.update(robot, disable=True)
