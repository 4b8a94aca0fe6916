"""`kubectl harbor migrate`: its steps are followed, and there is a login that works at each."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.cli.failures import ExitCode
from testbed.control_plane.api import open_api
from testbed.control_plane.crds import install_crds
from testbed.endtoend.crane import docker_config
from testbed.tools.build import find_kubectl
from tests.support.cluster import decoded
from tests.support.custom_resources import Json
from tests.support.people import Done, People, run
from tests.support.system_world import SystemWorld
from tests.support.tenant import tenant_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

OLD, NEW = "regcred", "regcred-harbor"
WORKLOADS: Json = {
    "apiGroups": ["apps", "batch"],
    "resources": ["deployments", "statefulsets", "daemonsets", "cronjobs"],
    "verbs": ["get", "list", "create", "patch"],
}


FOREIGN = "harbor.harbor-operator.io"
THEIRS: Json = {"apiGroups": [FOREIGN], "resources": ["projects"], "verbs": ["list"]}
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def definition(plural: str, kind: str) -> Json:
    """A kind of the other operator, as far as it matters here."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": anything}}}
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": schema}
    names = {"plural": plural, "kind": kind}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{FOREIGN}"},
        "spec": {"group": FOREIGN, "scope": "Namespaced", "names": names, "versions": [version]},
    }


@dataclass(frozen=True, slots=True)
class Office:
    """A team whose pods pull by a Secret that somebody has made by hand."""

    people: People
    host: str

    async def migrate(self, *words: str) -> Done:
        """Run the installed plugin."""
        return await self.people.harbor("migrate", "--host", self.host, *words)

    async def follow(self, command: str) -> None:
        """Carry out a command as it is printed."""
        kubectl = self.people.kubectl.parent
        variables = {"KUBECONFIG": str(self.people.kubeconfig)}
        script = f'PATH="{kubectl}:$PATH"; {command}'
        done = await run(Path("/bin/bash"), "-c", script, variables=variables)
        assert done.code == ExitCode.FINE, f"{command}: {done.err}"

    async def usable(self) -> set[str]:
        """The pull secrets that a new pod would get now, and that let it pull."""
        tenant = self.people.tenant
        account = await tenant.world.cluster.get(tenant.core_path("serviceaccounts", "default"))
        named = {entry["name"] for entry in account.get("imagePullSecrets") or ()}
        return {name for name in named if await self._pulls(name)}

    async def _pulls(self, name: str) -> bool:
        tenant = self.people.tenant
        found = await tenant.world.cluster.find(tenant.core_path("secrets", name))
        if found is None:
            return False
        document = json.loads(base64.b64decode(found["data"][".dockerconfigjson"]))
        pair = base64.b64decode(document["auths"][self.host]["auth"]).decode()
        username, _, password = pair.partition(":")
        login = {"username": username, "password": password}
        return "pull" in await tenant.world.can(login, tenant.harbor_name("web"))


@pytest_asyncio.fixture(loop_scope="module")
async def office(world: SystemWorld) -> AsyncIterator[Office]:
    """The office: a project, the login of a robot that was copied by hand, and a Deployment."""
    async with tenant_of(world, "mover") as tenant:
        kubeconfig = await world.plane.kubeconfig_for_service_account(tenant.namespace, "people")
        await tenant.give(WORKLOADS, THEIRS)
        await tenant.project("web")
        await tenant.robot("old", "web")
        await tenant.ready(PROJECTS, "web")
        await tenant.ready(ROBOTS, "old")
        login = decoded(await tenant.secret("old"))
        cluster = world.cluster
        document = docker_config(login["registry"], login["username"], login["password"])
        secret = {
            "metadata": {"name": OLD},
            "type": "kubernetes.io/dockerconfigjson",
            "stringData": {".dockerconfigjson": document},
        }
        await cluster.create(tenant.core_path("secrets"), secret)
        accounts = tenant.core_path("serviceaccounts", "default")
        await cluster.merge(accounts, {"imagePullSecrets": [{"name": OLD}]})
        image = f"{login['registry']}/{tenant.harbor_name('web')}/app:1"
        labels = {"app": "front"}
        pods = {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "app", "image": image}]},
        }
        deployment = {
            "metadata": {"name": "front"},
            "spec": {"selector": {"matchLabels": labels}, "template": pods},
        }
        path = f"/apis/apps/v1/namespaces/{tenant.namespace}/deployments"
        await cluster.create(path, deployment)
        yield Office(People(tenant, await find_kubectl(), kubeconfig), login["registry"])


async def test_at_each_step_there_is_a_login_that_works(office: Office) -> None:
    tenant = office.people.tenant
    shown = await office.migrate("-o", "json")
    [migration] = json.loads(shown.out)["migrations"]
    usable = [await office.usable()]

    for step in migration["steps"]:
        for command in step["commands"]:
            await office.follow(command)
            usable.append(await office.usable())

    after = await office.migrate()
    assert shown.code == ExitCode.NOT_SO
    assert migration["usernames"] == [decoded(await tenant.secret("old"))["username"]]
    assert usable[0] == {OLD}
    assert {OLD, NEW} in usable
    assert usable[-1] == {NEW}
    assert all(usable)
    assert (after.code, after.out) == (ExitCode.FINE, "nothing to migrate\n")
    front = f"/apis/apps/v1/namespaces/{tenant.namespace}/deployments/front"
    template = (await tenant.world.cluster.get(front))["spec"]["template"]
    assert "kubectl.kubernetes.io/restartedAt" in template["metadata"]["annotations"]


async def test_nothing_is_changed_unless_that_is_asked_for(office: Office) -> None:
    tenant = office.people.tenant
    password = decoded(await tenant.secret("old"))["password"]

    shown = await office.migrate("-o", "manifests")
    listed = await office.migrate()

    assert shown.out.count("kind: HarborPullSecret") == 1
    assert "1. deliver a login of the operator's beside the old one" in listed.out
    assert password not in shown.out + listed.out + shown.err + listed.err
    assert await tenant.world.cluster.find(tenant.path(PULL_SECRETS, NEW)) is None
    assert await office.usable() == {OLD}


async def test_objects_of_the_other_operator_become_manifests(office: Office) -> None:
    tenant, cluster = office.people.tenant, office.people.tenant.admin.cluster
    made = definition("projects", "Project")
    path = f"{DEFINITIONS}/{made['metadata']['name']}"
    async with open_api(tenant.world.plane.kubeconfig) as api:
        await install_crds(api, [made])
    body = {
        "apiVersion": f"{FOREIGN}/v1alpha1",
        "kind": "Project",
        "metadata": {"name": "theirs"},
        "spec": {"public": False, "metadata": {"auto_scan": "true"}, "owner": "alice"},
    }
    await cluster.create(f"/apis/{FOREIGN}/v1alpha1/namespaces/{tenant.namespace}/projects", body)

    shown = await office.migrate("-o", "manifests")

    await cluster.delete(path)
    await cluster.gone(path)
    assert shown.code == ExitCode.FINE, shown.err
    assert "# In place of: Project " in shown.out
    assert "# owner is not taken over" in shown.out
    assert "managementPolicy: Observe\n  scanning:\n    onPush: true" in shown.out
