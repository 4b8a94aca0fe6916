"""A Harbor, a cluster and manifests, for tests of what `plan` tells."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import SecretStr
from typing_extensions import override

from harbor_operator.api.base import API_VERSION
from harbor_operator.cli.harbor_access import HarborLogin
from harbor_operator.cli.harbor_side import open_side
from harbor_operator.cli.planning.manifests import Manifests, read_manifests
from harbor_operator.cli.planning.planner import Planner
from harbor_operator.cli.planning.report import ObjectPlan
from harbor_operator.cli.planning.rules import Rules
from harbor_operator.cli.planning.surroundings import Surroundings
from harbor_operator.core.ownership import OWNER_LABEL, Mark
from harbor_operator.harbor import Credentials, HarborClient
from harbor_operator.kube.errors import Forbidden, Operation, Transient
from harbor_operator.kube.resources import JsonObject, Resource
from testbed.harbor import HarborSimulator
from tests.support.custom_resources import Json
from tests.support.fake_cluster import FakeCluster
from tests.support.harbor_clients import client_for
from tests.support.simulated_harbor import SimulatedHarbor, running

LOGIN = HarborLogin("http://harbor", Credentials("admin", SecretStr("x")), "of a test")
CANARY = "Bearer canary-4711"
"""The header of a webhook, which no plan may show."""

REACHED: Json = {
    "url": "https://harbor.example",
    "credentialsSecretRef": {"namespace": "a", "name": "b"},
}
"""What each connection states."""

_AN_HOUR = 3600


class HiddenCluster(FakeCluster):
    """Shows nothing, or does not answer at all."""

    def __init__(self, *, away: bool = False) -> None:
        super().__init__()
        self._away = away

    @override
    async def get(
        self, resource: Resource, name: str, *, namespace: str | None = None
    ) -> JsonObject:
        operation = Operation("get", resource, namespace)
        if self._away:
            raise Transient(operation, "no connection", reason="Unreachable")
        raise Forbidden(operation, "you may not", reason="Forbidden", status=403)


@dataclass(slots=True)
class Stage:
    """A Harbor, a cluster, and the manifests so far."""

    harbor: SimulatedHarbor
    client: HarborClient
    cluster: FakeCluster | None = None
    text: str = ""
    notes: tuple[str, ...] = ()
    """What the last plan could not read of the cluster."""

    def write(self, kind: str, name: str, namespace: str = "team", **spec: Any) -> None:  # noqa: ANN401 -- JSON
        """Add a manifest."""
        self.text += written(kind, name, namespace, **spec)

    def tenants(self, *rules: Json) -> None:
        """Add the connection, with these tenant rules."""
        self.write("ClusterHarborConnection", "default", "", **REACHED, tenants=[*rules])

    async def plan(self, client: HarborClient | None = None) -> dict[str, ObjectPlan]:
        """The plans by the objects' names."""
        around = Surroundings(manifests_of(self.text), self.cluster)
        connection = await around.connection("default")
        rules = Rules(around, connection.spec if connection else None)
        planner = Planner("default", rules, await open_side(client or self.client, LOGIN))
        plans = await planner.plan(planner.chosen(), lambda: None)
        self.notes = (*around.notes,)
        assert CANARY not in f"{plans}"
        return {found.name: found for found in plans}

    async def only(self, client: HarborClient | None = None) -> ObjectPlan:
        """The plan of the one object."""
        (found,) = (await self.plan(client)).values()
        return found

    async def make(self, name: str, mark: Mark | None = None, **metadata: str) -> int:
        """Make a project in Harbor that is old enough to be adopted."""
        clock = self.harbor.simulator.clock
        clock.offset_seconds -= _AN_HOUR
        number = await self.client.projects.create(name, metadata=metadata)
        clock.offset_seconds += _AN_HOUR
        if mark is not None:
            await self.client.labels.create(number, OWNER_LABEL, description=mark.text())
        return number

    async def make_robot(self, name: str, mark: Mark | None = None) -> None:
        """Make a robot of project web that may pull for ninety days."""
        access = [{"resource": "repository", "action": "pull"}]
        body = {
            "name": name,
            "level": "project",
            "duration": 90,
            "description": mark.text() if mark else "",
            "permissions": [{"kind": "project", "namespace": "web", "access": access}],
        }
        await self.harbor.admin("POST", "/api/v2.0/robots", body)


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """A stage with an empty Harbor and no cluster."""
    simulator = HarborSimulator()
    async with (
        running(simulator) as harbor,
        client_for(simulator, simulator.admin_username, simulator.admin_password) as client,
    ):
        yield Stage(harbor, client)


def written(kind: str, name: str, namespace: str = "team", **spec: Any) -> str:  # noqa: ANN401 -- JSON
    """A manifest as text; without a namespace of a connection."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    body = {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}
    return f"---\n{yaml.safe_dump(body)}"


def manifests_of(text: str) -> Manifests:
    """Manifests that have to be valid."""
    found = read_manifests([("all.yaml", text)], "team")
    assert found.problems == (), found.problems
    return found


def live(resource: Resource, namespace: str, name: str = "web", **spec: Any) -> JsonObject:  # noqa: ANN401 -- JSON
    """An object as the cluster has it."""
    stated = {} if resource.kind == "ClusterHarborConnection" else {"name": "default"}
    return {
        "apiVersion": API_VERSION,
        "kind": resource.kind,
        "metadata": {"name": name, "namespace": namespace, "uid": "uid-1", "generation": 1},
        "spec": {**({"connectionRef": stated} if stated else {}), **spec},
    }
