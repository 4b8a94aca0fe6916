"""`kubectl harbor` finds what is wrong around a real operator, as the cluster's administrator."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from harbor_operator.api import base
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.cli.failures import ExitCode
from harbor_operator.core.ownership import Mark
from testbed.harbor.state import AuditEntry
from testbed.tools.build import find_kubectl
from tests.support.cluster import NAMESPACES, has_reason
from tests.support.custom_resources import Json, manifest
from tests.support.deployed import ROOT
from tests.support.people import Done, run
from tests.support.system_world import SystemWorld, cluster_path, connection_spec
from tests.support.team import Team
from tests.support.tenant import tenant_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

GONE = "0d1e2f3a-0000-4000-8000-00000000000b"
"""The uid of an object that nobody has."""


_WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"


def deployed(namespace: str) -> Json:
    """The Deployment of the base, without the roles that belong to it."""
    path = ROOT / "deploy" / "kustomize" / "deployment.yaml"
    body: Json = yaml.safe_load(path.read_text(encoding="utf-8"))
    body["metadata"]["namespace"] = namespace
    return body


def guard(name: str) -> Json:
    """A webhook that nobody serves, for Secrets with a label that none has."""
    return {
        "metadata": {"name": name},
        "webhooks": [
            {
                "name": "guard.example.com",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "clientConfig": {"url": "https://127.0.0.1:1/"},
                "objectSelector": {"matchLabels": {"example.com/guarded": "true"}},
                "rules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "resources": ["secrets"],
                        "operations": ["CREATE"],
                    }
                ],
            }
        ],
    }


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


async def test_a_world_that_is_well_fails_no_check(
    world: SystemWorld, admin: Administrator
) -> None:
    done = await admin.harbor("doctor")

    assert done.code == ExitCode.FINE, done.out
    lines = done.out.splitlines()
    assert lines[-1].endswith(", 0 fail, 0 unknown")
    for name in ("kind harborrobots.harbor-operator.dev", f"connection {world.connection}: login"):
        (line,) = [line for line in lines if f" {name} " in line]
        assert line.startswith("ok ")


async def test_what_is_wrong_is_found_from_the_roles_to_the_certificates(
    world: SystemWorld, admin: Administrator, team: Team
) -> None:
    wrong = {"metadata": {"name": "wrong"}, "stringData": {"username": "admin", "password": "no"}}
    await world.cluster.create(f"{NAMESPACES}/{team.namespace}/secrets", wrong)
    reference = {"namespace": team.namespace, "name": "wrong"}
    server = world.plane.url
    for name, url in (("refused", world.harbor.url), ("untrusted", server)):
        spec = {**connection_spec(url), "credentialsSecretRef": reference}
        body = manifest(CONNECTIONS, f"{team.namespace}-{name}", spec)
        await world.cluster.create(cluster_path(CONNECTIONS), body)
    operator = deployed(team.namespace)
    await world.cluster.create(f"/apis/apps/v1/namespaces/{team.namespace}/deployments", operator)
    await world.cluster.create(_WEBHOOKS, guard(team.namespace))
    await world.cluster.seen(
        f"{cluster_path(CONNECTIONS)}/{team.namespace}-refused", has_reason("AuthenticationFailed")
    )

    told = await admin.told("doctor")

    found = {check["name"]: check for check in told["checks"]}
    states = {name: check["state"] for name, check in found.items()}
    path, refused = f"{team.namespace}/harbor-operator", f"connection {team.namespace}-refused"
    assert states[f"operator {path}"] == "fail"
    assert states[f"rights of {path}"] == "fail"
    assert states[refused] == "fail"
    assert states[f"{refused}: login"] == "fail"
    assert states[f"connection {team.namespace}-untrusted: address"] == "fail"
    assert "certificate" in found[f"connection {team.namespace}-untrusted: address"]["found"]
    assert states["admission webhooks"] == "warn"
    assert told["failed"] >= 5
    assert (await admin.harbor("doctor")).code == ExitCode.NOT_SO
    await world.cluster.delete(f"{_WEBHOOKS}/{team.namespace}")
    await world.cluster.delete(
        f"/apis/apps/v1/namespaces/{team.namespace}/deployments/harbor-operator"
    )
    for name in ("refused", "untrusted"):
        await world.cluster.delete(f"{cluster_path(CONNECTIONS)}/{team.namespace}-{name}")


async def test_people_of_one_namespace_get_unknown_for_what_they_may_not_see(
    world: SystemWorld, admin: Administrator
) -> None:
    async with tenant_of(world, "people") as tenant:
        kubeconfig = await world.plane.kubeconfig_for_service_account(tenant.namespace, "people")

        words = ("harbor", f"--kubeconfig={kubeconfig}", "doctor", "-o", "json")
        done = await run(admin.kubectl, *words)

    assert done.code == ExitCode.FINE, done.out
    states = {check["name"]: check["state"] for check in json.loads(done.out)["checks"]}
    assert states["your rights for status"] == "ok"
    for name in ("your rights for orphans", "operator", "leader", "connections"):
        assert states[name] == "unknown"


async def test_robots_that_nobody_uses_are_told_by_the_audit_log(
    world: SystemWorld, team: Team, admin: Administrator
) -> None:
    await team.project("web")
    names = {}
    for name in ("used", "unused", "new"):
        await team.robot(name, "web")
        names[name] = (await team.ready(ROBOTS, name))["status"]["username"]
    now = world.harbor.clock.now()
    for number, (name, ago) in enumerate((("unused", 100), ("used", 1)), start=1_000_000):
        line = AuditEntry(
            id=number,
            username=names[name],
            operation="pull",
            resource_type="artifact",
            resource="web/app:1",
            description="",
            successful=True,
            at=now - timedelta(days=ago),
        )
        world.harbor.state.audit_log.append(line)
    where = ("--connection", world.connection, "-n", team.namespace)
    words = ("audit", *where, "--unused-for", "90d")

    told = await admin.told(*words)

    assert {one["robot"]: one["standing"] for one in told["usages"]} == {
        "used": "used",
        "unused": "unused",
        "new": "new",
    }
    assert (await admin.harbor(*words)).code == ExitCode.NOT_SO
