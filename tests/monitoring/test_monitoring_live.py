"""Alerts and dashboard on what a real Prometheus has scraped from a running operator."""

import asyncio
import math
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from testbed.control_plane import ControlPlane
from testbed.prometheus.server import Prometheus
from testbed.tools.waiting import until
from tests.support.cluster import has_reason, is_ready, status_of
from tests.support.monitoring import (
    ALERTS,
    OF_PROCESSES,
    OF_TARGETS,
    Asked,
    labels_by_series,
    of_alerts,
    of_dashboard,
)
from tests.support.namespaces import temporary_namespace
from tests.support.system_world import open_world
from tests.support.team import Team

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

WINDOW = "1h"
"""Longer than all that is done; where nothing has happened, there are no quantiles."""
SHOWN = list(of_dashboard())
ALL = [*SHOWN, *of_alerts()]


@dataclass(frozen=True, slots=True)
class Watched:
    """An operator that has worked, and the Prometheus that has watched it."""

    team: Team
    prometheus: Prometheus

    async def state_of(self, alert: str) -> set[str]:
        """The states of an alert, over its severities: inactive, pending or firing."""
        return {rule["state"] for rule in await self.prometheus.rules() if rule["name"] == alert}

    async def becomes(self, alert: str, state: str) -> None:
        """Wait until an alert is in a state."""

        async def is_so() -> bool:
            return state in await self.state_of(alert)

        await until(is_so, within=60)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Watched]:
    """One object of each kind, a rotation, and a Secret that was edited, all seen."""
    folder = tmp_path_factory.mktemp("watched")
    async with open_world(control_plane, folder, "watched", token_minutes=30) as world:
        await world.connect()
        async with (
            Prometheus(world.operator.metrics_address, rules=[ALERTS]) as prometheus,
            temporary_namespace(control_plane, prefix="watched") as namespace,
        ):
            team = Team(world, namespace)
            await live(team, prometheus)
            yield Watched(team, prometheus)
            await end(team)


async def live(team: Team, prometheus: Prometheus) -> None:
    """Have something of everything happen that the dashboard shows.

    What is counted for the first time shows in no rate: rotations happen twice.
    """
    await team.project("web")
    await team.pull_secret("pull", "puller")
    for robot in ("puller", "builder"):
        await team.robot(robot, "web")
        await rotate(team, robot)
        await scraped(prometheus, "harbor_operator_rotation_total")
    await team.ready(PULL_SECRETS, "pull")
    edited = {"data": {"password": "eA=="}}
    await team.world.cluster.merge(team.core_path("secrets", "puller"), edited)
    await team.look_again(ROBOTS, "puller")
    await team.world.at_rest()
    await scraped(prometheus, "harbor_operator_drift_corrected_total")


async def rotate(team: Team, robot: str) -> None:
    """Have a robot replaced as soon as there is one."""
    before = status_of(await team.ready(ROBOTS, robot), "username")
    await team.annotate(ROBOTS, robot, "rotate-requested-at", "now")
    await team.ready(ROBOTS, robot, lambda body: status_of(body, "username") != before)
    await team.world.at_rest()


async def scraped(prometheus: Prometheus, metric: str) -> None:
    """Wait until a metric has been scraped twice."""

    async def has_been() -> bool:
        return bool(await prometheus.query(f"count_over_time({metric}[1m]) >= 2"))

    await until(has_been, within=60)


async def end(team: Team) -> None:
    """Take the objects away, with an operator that runs and a Harbor that answers."""
    world = team.world
    world.harbor.faults.clear()
    if world.operator.exit_code is not None or not await world.operator.is_ready():
        await world.operator.start()
    await team.clear()


@pytest.mark.parametrize("asked", SHOWN, ids=lambda asked: asked.source)
async def test_a_query_of_the_dashboard_finds_what_it_shows(watched: Watched, asked: Asked) -> None:
    found = await watched.prometheus.query(asked.within(WINDOW))

    assert [series for series in found if math.isfinite(series.value)]
    assert [series.labels for series in found if not asked.shown <= series.labels.keys()] == []


@pytest.mark.parametrize("asked", ALL, ids=lambda asked: asked.source)
async def test_a_query_reads_only_what_the_operator_tells(watched: Watched, asked: Asked) -> None:
    known = labels_by_series()

    read = await watched.prometheus.selectors(asked.within(WINDOW))

    assert read
    for name, labels in read:
        assert name in known.keys() | OF_PROCESSES
        assert labels <= known.get(name, frozenset()) | OF_TARGETS


async def test_no_alert_is_raised_while_all_is_well(watched: Watched) -> None:
    rules = await watched.prometheus.rules()

    assert len(rules) == len(list(of_alerts()))
    assert [(rule["name"], rule.get("lastError")) for rule in rules if rule["health"] != "ok"] == []
    assert [rule["name"] for rule in rules if rule["state"] != "inactive"] == []


async def test_a_scrape_follows_the_conventions(watched: Watched, promtool: Path) -> None:
    text = await watched.team.world.operator.scrape()

    running = await asyncio.create_subprocess_exec(
        promtool, "check", "metrics", stdin=PIPE, stdout=PIPE, stderr=STDOUT
    )
    said, _ = await running.communicate(text.encode())

    assert running.returncode == 0, said.decode()


async def test_an_outage_of_harbor_is_noticed(watched: Watched) -> None:
    world = watched.team.world
    world.harbor.faults.down = True
    await watched.team.annotate(PROJECTS, "web", "reconcile-requested-at", "outage")
    await world.cluster.seen(world.connection_path, has_reason("HarborUnreachable"))

    await watched.becomes("HarborUnreachable", "pending")
    await watched.becomes("HarborErrors", "pending")
    suspended = {"spec": {"suspend": True}}
    await world.cluster.merge(world.connection_path, suspended)
    await watched.becomes("HarborUnreachable", "inactive")
    await world.cluster.merge(world.connection_path, {"spec": {"suspend": False}})
    world.harbor.faults.clear()
    await world.cluster.seen(world.connection_path, is_ready, within=60)


async def test_an_operator_that_has_ended_is_noticed(watched: Watched) -> None:
    await watched.team.world.kill_operator()

    await watched.becomes("OperatorAbsent", "pending")

    assert await watched.state_of("NoLeader") == {"inactive"}
