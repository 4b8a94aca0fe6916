"""What a drift pass sees of projects' settings in Harbor's pages, and what it has looked at."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from harbor_operator.api.blocks.scanning import Scanning
from harbor_operator.api.blocks.settings import ProjectSettings
from harbor_operator.api.project import PROJECTS
from harbor_operator.core.specs import desired_project
from harbor_operator.core.tenancy import DEFAULT_RULE
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.drift import SPREAD, DriftPass, project_differs
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.sweep import Sweep
from harbor_operator.harbor.errors import Exchange, PermissionDenied
from harbor_operator.harbor.models import (
    AllowlistItem,
    CveAllowlist,
    Project,
    Quota,
    QuotaReference,
    Storage,
)
from harbor_operator.kube.resources import NAMESPACES
from tests.support.control_desk import ControlDesk
from tests.support.engine_world import NOW, READY_STATUS, custom_resource
from tests.support.fake_harbor import FakeHarbor
from tests.support.loop_clock import LoopClock

Fields = dict[str, Any]

PROJECT_STATUS = {**READY_STATUS, "projectID": 7, "repositoryCount": 0}
DENIED = PermissionDenied("no", Exchange("GET", "/quotas", 403))
GIB = 1024**3


def seen(**fields: Any) -> Project:  # noqa: ANN401 -- fields of a project
    return Project(**{"project_id": 7, "name": "payments", **fields})


def quota_of(project_id: int, hard: int) -> Quota:
    return Quota(id=70, ref=QuotaReference(id=project_id), hard=Storage(storage=hard))


def allowlist(*ids: str) -> CveAllowlist:
    return CveAllowlist(items=tuple(AllowlistItem(cve_id=id_) for id_ in ids))


OWN_LIST = {"reuse_sys_cve_allowlist": "false"}
ALLOWED: Fields = {"pullRestrictions": {"allowedCVEs": {"ids": ["CVE-2024-1"]}}}
RETENTION: Fields = {"retention": {"rules": [{"keep": {"all": True}}]}}


@pytest.mark.parametrize(
    ("spec", "row", "quota", "differs"),
    [
        pytest.param(
            {"storageQuota": "1Gi"}, seen(), quota_of(7, GIB), False, id="the quota as stated"
        ),
        pytest.param(
            {"storageQuota": "1Gi"}, seen(), quota_of(7, 2 * GIB), True, id="another quota"
        ),
        pytest.param({"storageQuota": "1Gi"}, seen(), None, False, id="a quota nobody shows"),
        pytest.param({}, seen(), quota_of(7, GIB), False, id="a quota nobody stated"),
        pytest.param(
            ALLOWED,
            seen(metadata=OWN_LIST, cve_allowlist=allowlist("CVE-2024-1")),
            None,
            False,
            id="the allowlist as stated",
        ),
        pytest.param(
            ALLOWED, seen(metadata=OWN_LIST), None, True, id="an allowlist that lost an entry"
        ),
        pytest.param(
            ALLOWED,
            seen(cve_allowlist=allowlist("CVE-2024-1")),
            None,
            True,
            id="an allowlist that does not count",
        ),
        pytest.param(RETENTION, seen(), None, False, id="what no page shows"),
    ],
)
def test_whether_pages_show_a_difference(
    spec: Fields, row: Project, quota: Quota | None, *, differs: bool
) -> None:
    project = PROJECTS.parse(custom_resource(PROJECTS, spec=spec, status=PROJECT_STATUS))

    assert project_differs(project, desired_project(project, None), row, quota) is differs


class Scene:
    """A drift pass over a connection without any object yet."""

    def __init__(self, clock: LoopClock) -> None:
        self.desk, self.harbor = ControlDesk(clock), FakeHarbor(NOW)
        self.desk.kube.put(NAMESPACES, {"metadata": {"name": "team"}})
        self.connection = Connection(
            "default", self.harbor, fingerprint=1, ready=True, drift_period=timedelta(seconds=100)
        )
        ports, control = self.desk.ports, self.desk.control
        ports.connections.put(self.connection)
        self.drift = DriftPass(ports, control, Sweep(ports, control), clock=clock.now)

    def add(self, name: str, number: int, **spec: object) -> None:
        """A project that is in line, as far as pages show."""
        self.harbor.state.projects[name] = Project(project_id=number, name=name)
        self.desk.see(
            ObjectId(PROJECTS.kind, "team", name),
            spec={"connectionRef": {"name": "default"}, **spec},
            status={**READY_STATUS, "projectID": number, "repositoryCount": 0},
        )

    def looks(self) -> int:
        """How often projects have been looked at."""
        return self.desk.looks().get(PROJECTS.kind, 0)

    @asynccontextmanager
    async def after_a_pass(self) -> AsyncIterator[Callable[[float], Awaitable[int]]]:
        """Make a pass, and let time go by; the block is given the looks by then."""

        async def looks_after(seconds: float) -> int:
            await self.desk.clock.skip(seconds)
            return self.looks()

        async with self.desk.working():
            await self.drift.compare(self.connection)
            yield looks_after


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(LoopClock(monkeypatch))


async def test_projects_that_pages_show_whole_are_not_looked_at(scene: Scene) -> None:
    scene.add("plain", 1)
    scene.add("set", 2, scanning={"onPush": False}, storageQuota="1Gi")
    scene.harbor.state.quotas = [quota_of(2, GIB)]

    async with scene.after_a_pass() as looks_after:
        assert await looks_after(100) == 0
    assert scene.harbor.state.requests.count("list quotas") == 1


async def test_a_quota_that_differs_in_the_list_has_its_project_looked_at(scene: Scene) -> None:
    scene.add("set", 2, storageQuota="1Gi")
    scene.harbor.state.quotas = [quota_of(2, 5 * GIB)]

    async with scene.after_a_pass() as looks_after:
        assert await looks_after(0) == 1


async def test_quotas_are_not_listed_where_nobody_states_one(scene: Scene) -> None:
    scene.add("plain", 1, visibility="Private")

    async with scene.after_a_pass() as looks_after:
        await looks_after(0)

    assert "list quotas" not in scene.harbor.state.requests


async def test_projects_whose_settings_no_page_shows_are_spread_over_the_period(
    scene: Scene,
) -> None:
    for number in range(1, 5):
        scene.add(f"kept-{number}", number, **RETENTION)

    async with scene.after_a_pass() as looks_after:
        looks = [await looks_after(seconds) for seconds in (1, 20, 20, 20, 20)]

    assert SPREAD == 0.8
    assert looks == [1, 2, 3, 4, 4]


async def test_a_quota_that_may_not_be_listed_is_looked_at_one_by_one(scene: Scene) -> None:
    scene.add("set", 2, storageQuota="1Gi")
    scene.add("plain", 1)
    scene.harbor.state.fail_on("list quotas", DENIED)

    async with scene.after_a_pass() as looks_after:
        assert await looks_after(100) == 1


async def test_defaults_of_the_tenant_rule_are_compared_too(scene: Scene) -> None:
    scene.add("plain", 1)
    defaults = ProjectSettings(scanning=Scanning(on_push=True))
    scene.connection.tenants = (replace(DEFAULT_RULE, project_defaults=defaults),)

    async with scene.after_a_pass() as looks_after:
        assert await looks_after(0) == 1


async def test_a_pass_over_unchanged_projects_can_be_made_again(scene: Scene) -> None:
    scene.add("kept", 1, **RETENTION)

    async with scene.after_a_pass() as looks_after:
        await looks_after(100)
        await scene.drift.compare(scene.connection)
        assert await looks_after(100) == 2
