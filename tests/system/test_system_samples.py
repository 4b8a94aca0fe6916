"""Every sample of the documentation at once: all become Ready, and a second look writes nothing."""

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta

import pytest
import pytest_asyncio

from harbor_operator.api.base import ANNOTATION_RECONCILE
from testbed.control_plane.api import Api, Json, open_api
from testbed.demo.samples import SAMPLES, adapted, custom_resources, read_samples
from testbed.endtoend.objects import (
    Footprint,
    condition,
    is_ready,
    path_of,
    status_of,
    wait_for,
)
from testbed.endtoend.target import HarborTarget
from tests.support.system_world import ADMIN_PASSWORD, SystemWorld

pytestmark = pytest.mark.asyncio(loop_scope="module")

GROUP_DN = "cn=dev,ou=groups,dc=example,dc=com"
SETTLED = 60.0
"""Seconds for a dozen objects on a busy machine with two cores."""
TOKEN = "second-look"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(unconnected: SystemWorld) -> AsyncIterator[Api]:
    async with open_api(unconnected.plane.kubeconfig) as api:
        yield api


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def applied(unconnected: SystemWorld, api: Api) -> AsyncIterator[list[Json]]:
    """All samples in a cluster and a Harbor that have what they refer to."""
    await furnish(unconnected)
    footprint = Footprint(api)
    manifests = fitted(read_samples() + read_samples(SAMPLES / "complete"), unconnected.harbor.url)
    for manifest in manifests:
        await footprint.apply(manifest)
    resources = custom_resources(manifests)
    for manifest in resources:
        await wait_for(api, path_of(manifest), is_ready, awaited="Ready", within=SETTLED)
    yield resources
    await footprint.remove()


async def furnish(world: SystemWorld) -> None:
    """Put into Harbor what the samples name: people, a scanner, and projects made by hand."""
    alice = {"username": "alice", "password": "unused", "groups": [GROUP_DN]}
    group = {"dn": GROUP_DN, "name": "dev"}
    await world.control_harbor("PUT", "/configuration", {"auth_mode": "ldap_auth"})
    await world.control_harbor("PUT", "/directory", {"users": [alice], "groups": [group]})
    scanner = {"name": "Trivy", "url": "https://trivy.example.com"}
    await world.control_harbor("POST", "/scanners", scanner)
    for name in ("payments.legacy", "shared.base"):
        assert await world.ask_harbor("POST", "/projects", {"project_name": name}) == 201
        made = world.harbor.state.project_named(name)
        assert made is not None
        made.created -= timedelta(hours=1)


def fitted(samples: Iterable[Json], url: str) -> list[Json]:
    """The samples for the Harbor that is there, without the certificate that is made up."""
    ours = adapted(samples, HarborTarget(url, "admin", ADMIN_PASSWORD))
    for manifest in ours:
        for registry in manifest.get("spec", {}).get("registries", ()):
            registry.pop("caCertificate", None)
    return ours


async def look_again(world: SystemWorld, api: Api, manifests: Iterable[Json]) -> None:
    """Ask for a second look at each object, and wait until it has been taken."""
    for manifest in manifests:
        annotated = {"metadata": {"annotations": {ANNOTATION_RECONCILE: TOKEN}}}
        await world.cluster.merge(path_of(manifest), annotated)
    for manifest in manifests:
        await wait_for(api, path_of(manifest), was_handled, awaited="a look", within=SETTLED)


def was_handled(body: Json) -> bool:
    return bool(status_of(body).get("lastHandledReconcileAt") == TOKEN)


async def test_all_samples_become_ready_and_a_second_look_at_them_writes_nothing(
    unconnected: SystemWorld, api: Api, applied: list[Json]
) -> None:
    written, mark = unconnected.harbor.requests.writes, unconnected.plane.audit.mark()

    await look_again(unconnected, api, applied)

    assert unconnected.harbor.requests.writes == written
    assert {verb for verb, _ in unconnected.operator_writes(mark)} == {"patch"}
    assert all(what.endswith("/status") for _, what in unconnected.operator_writes(mark))


async def test_what_only_observes_shows_a_plan_and_all_else_is_in_line(
    api: Api, applied: list[Json]
) -> None:
    projects = [body for body in applied if body["kind"] == "HarborProject"]
    seen = {body["metadata"]["name"]: await api.get(path_of(body)) for body in projects}

    synced = {name: condition(body, "Synced").get("status") for name, body in seen.items()}

    planned = {name for name, body in seen.items() if status_of(body).get("plan")}
    assert planned == {"observed"}
    assert synced == {name: "False" if name == "observed" else "True" for name in seen}
