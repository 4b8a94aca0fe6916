"""Every secret that Harbor ever issued or was told is nowhere but where it is meant to be.

The search goes through everything that the operator says and all that the API server has, after
a life with all troubles. It must be able to fail: what is planted in each place is found.
"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from harbor_operator.api.base import API_VERSION
from harbor_operator.api.robot import ROBOTS
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.telemetry.tracing import tracing
from harbor_operator.engine.telemetry.work import Work
from testbed.control_plane import OPERATOR
from testbed.harbor.known_secrets import KnownSecret, SecretKind
from testbed.tools.child import Child, Command
from tests.support import hiding_places as places
from tests.support.busy_life import BusyLife, clean_up, connection_fields, prepare
from tests.support.cluster import encoded
from tests.support.custom_resources import MERGE
from tests.support.leaks import Leak, Place, Searcher
from tests.support.namespaces import temporary_namespace
from tests.support.operator_process import OperatorProcess
from tests.support.otlp_receiver import OtlpReceiver
from tests.support.stumbling_operator import WORDS
from tests.support.system_world import ADMIN_PASSWORD, SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTION = connection_fields()
TOKEN_MINUTES = 1
FLAGS = ("--log-level=DEBUG", "--log-format=text")
PLANTED = ADMIN_PASSWORD


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was there to be found at the end of the life."""

    secrets: list[KnownSecret]
    searcher: Searcher
    places: list[Place] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where secrets are planted."""

    team: Team
    searcher: Searcher


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def evidence(
    unconnected: SystemWorld, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Evidence]:
    """Live the busy life once, with an operator and then with one that has defects."""
    world, plane = unconnected, unconnected.plane
    await prepare(world)
    await world.connect(**CONNECTION)
    folder = tmp_path_factory.mktemp("stumbling")
    async with AsyncExitStack() as parts:
        enter = parts.enter_async_context
        team = Team(world, await enter(temporary_namespace(plane, prefix="team")))
        served = await enter(temporary_namespace(plane, prefix="fed"))
        parts.push_async_callback(clean_up, world, team.namespace)
        parts.push_async_callback(team.clear)
        life = BusyLife(team, served)
        await life.live()
        pages = await _seen_of(world.operator)
        await world.operator.stop()
        collector = await enter(OtlpReceiver())
        stumbling = OperatorProcess(
            *(plane.kubeconfig_for(OPERATOR), folder, "--log-level=DEBUG"),
            module="tests.support.stumbling_operator",
            environment={"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url},
        )
        async with stumbling:
            await life.go_on()
            pages += await _seen_of(stumbling)
        pages.append(Place(places.TRACES, f"{len(collector.spans)} spans", collector.text))
        await world.operator.start()
        await world.at_rest()
        yield await _gather(life, [world.operator.folder, folder], pages)


async def _seen_of(operator: OperatorProcess) -> list[Place]:
    pages = [place async for place in places.in_pages(operator.url)]
    scraped = Place(places.PAGES, "/metrics of its own port", await operator.scrape())
    return [*pages, scraped, *places.in_process(operator.pid)]


async def _gather(life: BusyLife, folders: list[Path], seen: list[Place]) -> Evidence:
    world = life.team.world
    secrets = [*world.harbor.core.secrets, _token_of_the_operator(world)]
    objects = places.in_cluster(world.cluster, await life.entitled(secrets))
    found = [
        *seen,
        *(place for folder in folders for place in places.in_output(folder)),
        *places.in_audit(world.plane.audit),
        *places.in_harbor(world.harbor.state),
        *[place async for place in objects],
    ]
    return Evidence(secrets, Searcher(secrets), found)


def _token_of_the_operator(world: SystemWorld) -> KnownSecret:
    config = yaml.safe_load(world.plane.kubeconfig_for(OPERATOR).read_text())
    (user,) = config["users"]
    return KnownSecret(SecretKind.BEARER_TOKEN, user["user"]["token"], OPERATOR)


@pytest.mark.parametrize("kind", places.KINDS)
async def test_no_secret_gets_into(evidence: Evidence, kind: str) -> None:
    searched = [place for place in evidence.places if place.kind == kind]

    assert searched
    assert evidence.searcher.search(searched) == []


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        (SecretKind.ROBOT_SECRET, 20),
        (SecretKind.PASSWORD, 2),
        (SecretKind.SESSION_ID, 2),
        (SecretKind.CSRF_TOKEN, 2),
        (SecretKind.BEARER_TOKEN, 20),
        (SecretKind.WEBHOOK_HEADER, 2),
        (SecretKind.REGISTRY_SECRET, 2),
    ],
)
async def test_the_life_was_full_of_secrets(
    evidence: Evidence, kind: SecretKind, least: int
) -> None:
    assert len([secret for secret in evidence.secrets if secret.kind is kind]) >= least


@pytest.mark.parametrize(
    "shown",
    ["Request(method='POST', route='/robots'", "Call(method='POST'", "Call(method='PUT'"],
    ids=["to Harbor", "to create a Secret", "to update a Secret"],
)
async def test_tracebacks_about_requests_are_in_the_output(evidence: Evidence, shown: str) -> None:
    written = [place.text for place in evidence.places if place.kind == places.OUTPUT]
    lines = [line for text in written for line in text.splitlines()]

    stumbles = [line for line in lines if f"{WORDS} {shown}" in line]

    assert [line for line in stumbles if "Traceback (most recent call last)" in line]


async def test_traces_are_of_looks_and_of_requests_to_both_sides(evidence: Evidence) -> None:
    (traces,) = [place.text for place in evidence.places if place.kind == places.TRACES]

    for name in ("reconcile HarborRobot", "POST /robots", "create secrets"):
        assert f'name: "{name}"' in traces


async def test_each_secret_that_should_be_in_a_secret_is_found_there(evidence: Evidence) -> None:
    entitled = [place for place in evidence.places if place.entitled]

    lacking = [
        place.name
        for place in entitled
        if not any(evidence.searcher.holds(place, secret) for secret in place.entitled)
    ]
    unentitled = [Place(p.kind, p.name, p.text) for p in entitled]
    blamed = {leak.place.name for leak in evidence.searcher.search(unentitled)}

    assert lacking == []
    assert blamed == {place.name for place in entitled}
    assert len(entitled) >= 20


@pytest_asyncio.fixture(loop_scope="module")
async def scene(evidence: Evidence, unconnected: SystemWorld) -> AsyncIterator[Scene]:
    async with temporary_namespace(unconnected.plane, prefix="planted") as namespace:
        yield Scene(Team(unconnected, namespace), evidence.searcher)


Plant = Callable[[Scene], Awaitable[object]]


def in_core(plural: str, **fields: object) -> Plant:
    """Plant an object of a core kind."""

    async def plant(scene: Scene) -> None:
        path = scene.team.core_path(plural)
        await scene.team.world.cluster.create(path, {"metadata": {"name": "planted"}, **fields})

    return plant


def in_metadata(plural: str, **metadata: object) -> Plant:
    """Plant a core object whose metadata tell."""
    return in_core(plural, metadata={"name": "planted", **metadata})


async def in_lease(scene: Scene) -> None:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{scene.team.namespace}/leases"
    body = {"metadata": {"name": "planted"}, "spec": {"holderIdentity": PLANTED}}
    await scene.team.world.cluster.create(path, body)


async def in_event(scene: Scene) -> None:
    namespace = scene.team.namespace
    about = {"kind": "Namespace", "namespace": namespace, "name": namespace}
    body = {"metadata": {"name": "planted"}, "involvedObject": about, "message": PLANTED}
    path = scene.team.core_path("events")
    await scene.team.world.cluster.create(path, body)


async def make_robot(scene: Scene, **metadata: object) -> str:
    """Make a robot of no connection, and give its path."""
    access = [{"projectRef": {"name": "none"}, "preset": "Pull"}]
    spec = {"access": access, "connectionRef": {"name": "none"}}
    body = {"metadata": {"name": "planted", **metadata}, "spec": spec}
    head = {"apiVersion": API_VERSION, "kind": ROBOTS.kind}
    await scene.team.world.cluster.create(scene.team.path(ROBOTS), {**head, **body})
    return scene.team.path(ROBOTS, "planted")


async def in_annotation(scene: Scene) -> None:
    await make_robot(scene, annotations={"planted": PLANTED})


async def in_condition(scene: Scene) -> None:
    path = await make_robot(scene)
    condition = {
        "type": "Planted",
        "status": "True",
        "reason": "Planted",
        "message": f"wrong password: {PLANTED}",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    status = {"status": {"conditions": [condition]}}
    await scene.team.world.cluster.merge(f"{path}/status", status)


async def in_managed_fields(scene: Scene) -> None:
    path = await make_robot(scene)
    patch = {"metadata": {"labels": {"some": "label"}}}
    answer = await scene.team.world.cluster.server.ask(
        "PATCH", f"{path}?fieldManager={PLANTED}", patch, headers=MERGE
    )
    assert answer.status == 200, answer.message


async def in_a_label_of_harbor(scene: Scene) -> None:
    label = {"name": "planted", "description": PLANTED, "scope": "g"}
    assert await scene.team.world.ask_harbor("POST", "/labels", label) == 201


async def in_a_request(scene: Scene) -> None:
    path = scene.team.core_path("configmaps")
    await scene.team.world.cluster.delete(f"{path}?fieldSelector=metadata.name={PLANTED}")


CODED = encoded(planted=f"login: {PLANTED}")
IN_CLUSTER: dict[str, tuple[Plant, str, str]] = {
    "a ConfigMap": (in_core("configmaps", data={"planted": PLANTED}), "ConfigMaps", "data"),
    "a ConfigMap's bytes": (in_core("configmaps", binaryData=CODED), "ConfigMaps", "binaryData"),
    "a ServiceAccount": (
        in_metadata("serviceaccounts", annotations={"planted": PLANTED}),
        "ServiceAccounts",
        "metadata.annotations",
    ),
    "another Secret": (in_core("secrets", data=CODED), "Secrets", "data"),
    "a Secret's annotation": (
        in_metadata("secrets", annotations={"planted": PLANTED}),
        "Secrets",
        "metadata.annotations",
    ),
    "a Lease": (in_lease, "Leases", "spec"),
    "an Event": (in_event, "Events", "message"),
    "any other object": (
        in_metadata("limitranges", annotations={"planted": PLANTED}),
        places.OTHER,
        "metadata.annotations",
    ),
    "an annotation": (in_annotation, places.CUSTOM, "metadata.annotations"),
    "a condition": (in_condition, places.CUSTOM, "status"),
    "managed fields": (in_managed_fields, places.CUSTOM, "metadata.managedFields"),
}
"""What is planted, the kind of its place, and the field."""


@pytest.mark.parametrize(("plant", "kind", "field_"), IN_CLUSTER.values(), ids=IN_CLUSTER.keys())
async def test_what_is_planted_in_the_cluster_is_found(
    scene: Scene, plant: Plant, kind: str, field_: str
) -> None:
    await plant(scene)

    objects = places.in_cluster(scene.team.world.cluster, {})
    here = [place async for place in objects if f"{scene.team.namespace}/planted" in place.name]
    found = {(leak.place.kind, leak.place.name.rpartition(": ")[2]) for leak in leaks(scene, here)}
    assert (kind, field_) in found


def leaks(scene: Scene, searched: Iterable[Place]) -> list[Leak]:
    """What the search reports."""
    return scene.searcher.search(searched)


async def test_what_is_planted_in_harbor_is_found(scene: Scene) -> None:
    await in_a_label_of_harbor(scene)

    found = leaks(scene, places.in_harbor(scene.team.world.harbor.state))

    assert [(leak.place.name, leak.kind) for leak in found] == [("labels", "password")]


async def test_what_is_planted_in_a_request_is_found(scene: Scene) -> None:
    await in_a_request(scene)

    found = leaks(scene, places.in_audit(scene.team.world.plane.audit))

    assert "deletecollection configmaps by admin" in {leak.place.name for leak in found}


@pytest.mark.parametrize("name", ["operator-7.out", "operator-7.err"])
async def test_what_is_planted_in_the_output_is_found(
    scene: Scene, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text(f"Traceback\nKeyError: {PLANTED!r}\n")

    found = leaks(scene, places.in_output(tmp_path))

    assert [leak.place.name for leak in found] == [name]


async def test_what_is_planted_in_a_trace_is_found(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    robot = ObjectId(ROBOTS.kind, "team", PLANTED)
    async with OtlpReceiver() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        async with tracing(instance="tests") as spans:
            with spans.look(Work(robot)):
                pass

    found = leaks(scene, [Place(places.TRACES, "spans", collector.text)])

    assert [leak.place.name for leak in found] == ["spans"]


@pytest.mark.parametrize("path", ["healthz", "readyz", "metrics", ""])
async def test_what_is_planted_in_a_page_is_found(scene: Scene, path: str) -> None:
    application = web.Application()
    application.router.add_get(f"/{path}", tell)
    async with TestServer(application) as server:
        url = str(server.make_url("")).rstrip("/")
        found = leaks(scene, [place async for place in places.in_pages(url)])

    assert [leak.place.name for leak in found] == [f"/{path}"]


async def tell(_: web.Request) -> web.Response:
    return web.Response(text=f"ok, {PLANTED}")


@pytest.mark.parametrize(
    ("arguments", "environment", "name"),
    [([PLANTED], {}, "cmdline"), ([], {"PLANTED": PLANTED}, "environ")],
    ids=["command line", "environment"],
)
async def test_what_is_planted_in_a_process_is_found(
    scene: Scene, tmp_path: Path, arguments: list[str], environment: dict[str, str], name: str
) -> None:
    command = [sys.executable, "-c", "import signal; signal.pause()", *arguments]
    child = Child(Command("a sleeper", command, tmp_path / "sleeper.out", environment))

    found = leaks(scene, places.in_process(child.pid))
    child.kill()

    assert [leak.place.name for leak in found] == [name]


async def test_every_kind_of_place_has_something_planted() -> None:
    elsewhere = {places.OUTPUT, places.PAGES, places.PROCESS, places.AUDIT, places.HARBOR}
    elsewhere.add(places.TRACES)

    assert {kind for _, kind, _ in IN_CLUSTER.values()} | elsewhere == set(places.KINDS)
