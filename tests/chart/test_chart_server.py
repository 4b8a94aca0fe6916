"""The chart on a real API server: everything it renders is taken, and a release lives and ends."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml

from harbor_operator.api.base import API_VERSION, GROUP
from testbed.control_plane import ControlPlane
from testbed.tools.build import find_kubectl
from tests.support.helm import CASES, CHART, IMAGE, NAMESPACE, RELEASE, Helm, only
from tests.support.kubectl import Json, Kubectl, parse_manifests
from tests.support.monitoring_kinds import MONITORING_KINDS

PROJECT = {
    "apiVersion": API_VERSION,
    "kind": "HarborProject",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": {},
}
RESTRICTED = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {
        "name": NAMESPACE,
        "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
    },
}
IN_NAMESPACE = f"--namespace={NAMESPACE}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of its own with a restricted namespace, and no nodes."""

    kubectl: Kubectl
    helm: Helm

    async def read(self, *arguments: str) -> Json:
        """What kubectl reads, as JSON."""
        answer: Json = json.loads(await self.kubectl("get", "--output=json", *arguments))
        return answer

    async def names(self, *arguments: str) -> list[str]:
        """The names of what kubectl reads."""
        return [item["metadata"]["name"] for item in (await self.read(*arguments))["items"]]


@pytest.fixture(scope="module")
def cluster(helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A control plane without anything of the operator."""
    plane = ControlPlane()
    asyncio.run(plane.start())
    try:
        yield asyncio.run(prepared(plane, helm, tmp_path_factory))
    finally:
        asyncio.run(plane.stop())


async def prepared(plane: ControlPlane, helm: Helm, folders: pytest.TempPathFactory) -> Cluster:
    """The cluster with its namespace."""
    kubectl = Kubectl(await find_kubectl(), plane.kubeconfig, folders.mktemp("kubectl"))
    await kubectl.apply(RESTRICTED)
    for definition in MONITORING_KINDS:
        await kubectl.apply(definition)
    await kubectl("wait", "--for=condition=Established", "customresourcedefinitions", "--all")
    # Pods are refused until the namespace has its account.
    await kubectl("wait", "--for=create", "serviceaccount/default", IN_NAMESPACE)
    return Cluster(kubectl, Helm(helm.program, folders.mktemp("helm"), plane.kubeconfig))


@dataclass(frozen=True, slots=True)
class Life:
    """What was seen of one release."""

    installed: Json
    upgraded: Json
    changed: Json
    rolled_back: Json
    status: str
    left: set[str]
    """What of the release was there after its end."""
    definitions: list[str]
    project: Json
    """A project made before the end, as it was after the second installation."""
    made_as: str


@pytest.fixture(scope="module")
def life(cluster: Cluster) -> Life:
    """Install, upgrade without a change and with one, roll back, uninstall, install again."""
    return asyncio.run(live(cluster))


async def live(cluster: Cluster) -> Life:
    """Take one release through its life."""
    deployment = ("deployment", RELEASE, IN_NAMESPACE)
    await release(cluster, "install", CASES["defaults"])
    installed = await cluster.read(*deployment)
    await cluster.kubectl(
        "wait", "--for=condition=Established", "customresourcedefinitions", "--all"
    )
    await cluster.kubectl.apply(PROJECT)
    made = await cluster.read("harborproject", "web")
    await release(cluster, "upgrade", CASES["defaults"])
    upgraded = await cluster.read(*deployment)
    await release(cluster, "upgrade", {"image": IMAGE, "settings": {"workers": 4}})
    changed = await cluster.read(*deployment)
    await cluster.helm("rollback", RELEASE, "1", IN_NAMESPACE)
    rolled_back = await cluster.read(*deployment)
    [listed] = json.loads(await cluster.helm("list", IN_NAMESPACE, "--output=json"))
    await cluster.helm("uninstall", RELEASE, IN_NAMESPACE, "--wait")
    kinds = "deployments,serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings"
    left = await cluster.names(
        kinds, IN_NAMESPACE, f"--selector=app.kubernetes.io/instance={RELEASE}"
    )
    definitions = await cluster.names("customresourcedefinitions")
    await release(cluster, "install", CASES["defaults"])
    return Life(
        installed=installed,
        upgraded=upgraded,
        changed=changed,
        rolled_back=rolled_back,
        status=f"{listed['status']} {listed['revision']}",
        left=set(left),
        definitions=definitions,
        project=await cluster.read("harborproject", "web"),
        made_as=made["metadata"]["uid"],
    )


async def release(cluster: Cluster, verb: str, values: Json) -> None:
    """Install or upgrade the release."""
    await cluster.helm(verb, RELEASE, str(CHART), IN_NAMESPACE, values=values)


@pytest.mark.parametrize("values", CASES.values(), ids=CASES)
async def test_the_api_server_takes_everything_as_it_is_rendered(
    cluster: Cluster, values: Json
) -> None:
    rendered = await cluster.helm.template(values)

    said = await cluster.kubectl(
        "apply",
        "--server-side",
        "--dry-run=server",
        "--force-conflicts",
        "--validate=strict",
        "--filename=-",
        given=rendered,
    )

    assert said.count("serverside-applied (server dry run)") == len(parse_manifests(rendered))


@pytest.mark.parametrize("values", CASES.values(), ids=CASES)
async def test_a_restricted_namespace_admits_the_pod(cluster: Cluster, values: Json) -> None:
    manifests = await cluster.helm.render({**values, "crds": {"install": False}})
    template = only(manifests, "Deployment")["spec"]["template"]
    account = {"serviceAccountName": "default", "priorityClassName": ""}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**template["metadata"], "name": "tried", "namespace": NAMESPACE},
        "spec": template["spec"] | account,
    }

    said = await cluster.kubectl(
        "create", "--dry-run=server", "--filename=-", given=yaml.safe_dump(pod)
    )

    assert "pod/tried created" in said


def test_an_upgrade_without_a_change_restarts_nothing(life: Life) -> None:
    assert life.upgraded["metadata"]["generation"] == life.installed["metadata"]["generation"]
    assert life.upgraded["spec"] == life.installed["spec"]


def test_an_upgrade_with_another_setting_is_rolled_out(life: Life) -> None:
    [operator] = life.changed["spec"]["template"]["spec"]["containers"]

    assert {"name": "HARBOR_OPERATOR_WORKERS", "value": "4"} in operator["env"]
    assert life.changed["spec"] != life.installed["spec"]


def test_a_rollback_brings_back_the_first_state(life: Life) -> None:
    assert life.rolled_back["spec"] == life.installed["spec"]
    assert life.status == "deployed 4"


def test_uninstalling_leaves_the_definitions_and_nothing_else(life: Life) -> None:
    assert life.left == set()
    assert sum(name.endswith(f".{GROUP}") for name in life.definitions) == 4


def test_objects_are_those_of_before_after_another_installation(life: Life) -> None:
    assert life.project["metadata"]["uid"] == life.made_as
    assert "deletionTimestamp" not in life.project["metadata"]


@pytest.mark.parametrize(
    ("role", "extended"),
    [
        ("view", {"harbor-operator-view"}),
        ("edit", {"harbor-operator-view", "harbor-operator-edit"}),
        ("admin", {"harbor-operator-view", "harbor-operator-edit"}),
    ],
)
async def test_the_clusters_own_roles_are_extended(
    cluster: Cluster, life: Life, role: str, extended: set[str]
) -> None:
    assert life.definitions
    [selector] = (await cluster.read("clusterrole", role))["aggregationRule"][
        "clusterRoleSelectors"
    ]
    [(label, value)] = selector["matchLabels"].items()

    found = await cluster.names("clusterroles", f"--selector={label}={value}")

    assert extended == {name for name in found if name.startswith(RELEASE)}
