"""What a Prometheus learns from an operator at work."""

from collections import Counter

import pytest

from harbor_operator.api.base import GROUP
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.engine.telemetry import metrics
from testbed.tools.waiting import until
from tests.support.cluster import has_reason, is_ready, status_of
from tests.support.leaks import Place, Searcher
from tests.support.scraped import Scrape, read_scrape
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST_SERIES = 1500
"""A connection, a few objects and all of the operator's requests have about half as many."""


async def scrape(team: Team) -> Scrape:
    """What the operator tells now."""
    return read_scrape(await team.world.operator.scrape())


async def make_all(team: Team) -> None:
    """One object of each kind, at rest."""
    await team.project("web", visibility="Private")
    await team.robot("puller", "web")
    await team.pull_secret("pull", "puller")
    for kind, name in ((PROJECTS, "web"), (ROBOTS, "puller"), (PULL_SECRETS, "pull")):
        await team.ready(kind, name)


async def rotate(team: Team) -> None:
    """Have the robot replaced, and wait until the new one serves and is delivered."""
    before = status_of(await team.ready(ROBOTS, "puller"), "username")
    await team.annotate(ROBOTS, "puller", "rotate-requested-at", "now")

    def is_other(body: dict[str, object]) -> bool:
        return is_ready(body) and status_of(body, "username") != before

    after = status_of(await team.ready(ROBOTS, "puller", is_other), "username")
    await team.ready(PULL_SECRETS, "pull", lambda body: status_of(body, "robotName") == after)
    await team.world.at_rest()


async def test_a_rotation_is_told_with_the_times_of_the_new_credential(team: Team) -> None:
    await make_all(team)
    before = await scrape(team)
    await rotate(team)

    now = await scrape(team)
    of_robot = {"namespace": team.namespace, "name": "puller"}

    result = {"strategy": "Replace", "result": "Succeeded"}
    rotations = now.value(metrics.ROTATIONS, **result) or 0.0
    assert rotations - (before.value(metrics.ROTATIONS, **result) or 0.0) == 1
    assert now.value(metrics.ROTATION_SECONDS, strategy="Replace") == rotations
    assert now.of(metrics.ROTATION_IN_DOUBT) == []
    created, renewal, expiration = (
        now.value(metric, **of_robot) or 0.0
        for metric in (
            metrics.CREDENTIAL_CREATED,
            metrics.CREDENTIAL_RENEWAL,
            metrics.CREDENTIAL_EXPIRATION,
        )
    )
    assert team.world.harbor.clock.now().timestamp() - 60 < created < renewal < expiration
    assert now.value(metrics.PULL_VERIFICATIONS, result="Succeeded")
    assert now.value(metrics.SECRET_TARGETS, state="ready", name="pull") == 1


async def test_objects_are_told_of_while_they_exist(team: Team) -> None:
    await make_all(team)
    await team.world.at_rest()
    before = await scrape(team)

    for kind, name in ((PULL_SECRETS, "pull"), (ROBOTS, "puller"), (PROJECTS, "web")):
        await team.delete(kind, name)
        await team.gone(kind, name)

    async def nothing_is_left() -> bool:
        return (await scrape(team)).about(namespace=team.namespace) == []

    told = {series.labels for series in before.of(metrics.RESOURCE_CONDITION, condition="Ready")}
    assert {
        dict(labels)["kind"] for labels in told if dict(labels)["namespace"] == team.namespace
    } == {PROJECTS.kind, ROBOTS.kind, PULL_SECRETS.kind}
    await until(nothing_is_left, within=5)


async def test_an_outage_shows_as_a_harbor_that_is_not_up(team: Team) -> None:
    await make_all(team)
    world, connection = team.world, {"connection": team.world.connection}
    up = await scrape(team)

    world.harbor.faults.down = True
    await team.annotate(PROJECTS, "web", "reconcile-requested-at", "outage")
    await world.cluster.seen(world.connection_path, has_reason("HarborUnreachable"))
    down = await scrape(team)
    world.harbor.faults.clear()
    await world.cluster.seen(world.connection_path, is_ready, within=40)

    assert up.value(metrics.HARBOR_UP, **connection) == 1
    assert abs(up.value(metrics.CLOCK_SKEW, **connection) or 0.0) < 5
    assert len(up.of(metrics.HARBOR_INFO, **connection)) == 1
    assert down.value(metrics.HARBOR_UP, **connection) == 0
    assert down.value(metrics.RECONCILES, kind=PROJECTS.kind, result="transient")
    assert (await scrape(team)).value(metrics.HARBOR_UP, **connection) == 1


async def test_drift_of_a_project_is_told_by_its_block(team: Team) -> None:
    await make_all(team)
    team.in_harbor("web").metadata["public"] = "true"

    await team.look_again(PROJECTS, "web")

    now = await scrape(team)
    block = {"kind": PROJECTS.kind, "block": "visibility"}
    assert now.value(metrics.DRIFT_DETECTED, **block) == 1
    assert now.value(metrics.DRIFT_CORRECTED, **block) == 1


async def test_every_series_is_in_the_table_and_has_its_labels(team: Team) -> None:
    await make_all(team)
    await rotate(team)
    told = await scrape(team)

    table = {metric.name: set(metric.labels) for metric in metrics.TABLE}
    for series in told.series:
        if not series.name.startswith(metrics.PREFIX):
            continue
        base = series.name
        for suffix in ("_bucket", "_count", "_sum"):
            base = base if base in table else series.name.removesuffix(suffix)
        assert {name for name, _ in series.labels} - {"le"} == table[base], series.name
    assert len(told.series) < MOST_SERIES
    routes = {dict(series.labels)["route"] for series in told.of(metrics.HARBOR_REQUESTS)}
    assert not [route for route in routes if team.namespace in route]
    assert told.value(metrics.KUBE_REQUESTS, verb="watch", resource=CONNECTIONS.plural, code="200")
    resources = Counter(
        dict(series.labels)["resource"] for series in told.of(metrics.KUBE_REQUESTS)
    )
    assert not [name for name in resources if team.namespace in name or GROUP in name]
    assert told.value(metrics.LEASE_HELD) == 1
    assert (told.value(metrics.LOOP_LAG) or 0.0) < 5


async def test_no_secret_is_told(team: Team) -> None:
    await make_all(team)
    await rotate(team)
    searcher = Searcher(team.world.harbor.core.secrets)
    place = Place("metrics", "/metrics", await team.world.operator.scrape())

    assert searcher.search([place]) == []
