"""`kubectl harbor` finds what is wrong around a real operator, as the cluster's administrator."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from harbor_operator.api import base
from harbor_operator.api.robot import ROBOTS
from harbor_operator.cli.failures import ExitCode
from harbor_operator.core.ownership import Mark
from testbed.tools.build import find_kubectl
from tests.support.cluster import NAMESPACES
from tests.support.people import Done, run
from tests.support.system_world import SystemWorld
from tests.support.team import Team

pytestmark = pytest.mark.asyncio(loop_scope="module")

GONE = "0d1e2f3a-0000-4000-8000-00000000000b"
"""The uid of an object that nobody has."""


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who may do everything in the cluster."""

    world: SystemWorld
    kubectl: Path

    async def harbor(self, *words: str) -> Done:
        """Run the installed plugin."""
        kubeconfig = f"--kubeconfig={self.world.plane.kubeconfig}"
        return await run(self.kubectl, "harbor", kubeconfig, *words)

    async def told(self, *words: str) -> Any:  # noqa: ANN401 -- whatever JSON is there
        """What a command says as data."""
        return json.loads((await self.harbor(*words, "-o", "json")).out)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(world: SystemWorld) -> AsyncIterator[Administrator]:
    """The administrator of the module's world."""
    yield Administrator(world, await find_kubectl())


async def robot_of(world: SystemWorld, project: str, name: str, description: str) -> int:
    """A robot account that somebody has made; its id."""
    access = [{"resource": "repository", "action": "pull"}]
    body = {
        "name": name,
        "level": "project",
        "duration": -1,
        "description": description,
        "permissions": [{"kind": "project", "namespace": project, "access": access}],
    }
    assert await world.ask_harbor("POST", "/robots", body) == 201
    place = (await world.read_harbor(f"/projects/{project}"))["project_id"]
    listed = await world.read_harbor(f"/robots?q=Level%3Dproject,ProjectID%3D{place}")
    (found,) = [robot for robot in listed if robot["name"].endswith(f"+{name}")]
    return int(found["id"])


async def test_orphans_are_found_on_both_sides_and_taken_away(
    world: SystemWorld, team: Team, admin: Administrator
) -> None:
    await team.project("web")
    await team.robot("ci", "web")
    await team.ready(ROBOTS, "ci")
    cluster = (await world.cluster.get(f"{NAMESPACES}/kube-system"))["metadata"]["uid"]
    await world.ask_harbor("POST", "/projects", {"project_name": "nobodys"})
    ours = await robot_of(world, "nobodys", "ci-1", Mark(cluster, "gone", "ci", GONE).text())
    theirs = await robot_of(world, "nobodys", "ci-2", Mark(GONE, "gone", "ci", GONE).text())
    owned = {base.LABEL_OWNER_KIND: "HarborRobot", base.LABEL_OWNER_UID: GONE}
    where = {base.LABEL_OWNER_NAMESPACE: team.namespace}
    await world.cluster.create(
        f"{NAMESPACES}/{team.namespace}/secrets",
        {"metadata": {"name": "left", "labels": {base.LABEL_MANAGED: "true", **owned, **where}}},
    )
    named = ("--connection", world.connection)

    found = await admin.told("orphans", *named)

    orphaned = {one["what"] for one in found["findings"] if one["standing"] == "orphaned"}
    assert orphaned == {f"account/{ours}", f"secret/{team.namespace}/left"}
    assert [one["what"] for one in found["findings"] if one["standing"] == "foreign"] == [
        f"account/{theirs}"
    ]
    refused = await admin.harbor("orphans", *named, "--delete", "--yes")
    assert (refused.code, refused.out) == (ExitCode.NOT_SO, "")
    assert f"name it by --cluster-id, such as {cluster}" in refused.err

    done = await admin.harbor("orphans", *named, "--cluster-id", cluster, "--delete", "--yes")

    assert done.code == ExitCode.FINE, done.out + done.err
    last = [f"secret/{team.namespace}/left: deleted", f"account/{ours}: deleted"]
    assert done.out.splitlines()[-2:] == last
    assert await world.ask_harbor("GET", f"/robots/{ours}") == 404
    assert await world.ask_harbor("GET", f"/robots/{theirs}") == 200
    again = await admin.harbor("orphans", *named)
    assert again.code == ExitCode.FINE, again.out
    await world.ask_harbor("DELETE", f"/robots/{theirs}")


async def test_nobody_is_asked_where_nobody_listens(admin: Administrator) -> None:
    done = await admin.harbor("orphans", "--delete")

    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert done.err == "error: there is nobody to ask: add --yes if that is meant\n"
