"""The admission policy about tenants' names answers at once, and only in tenants' namespaces."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harbor_operator.api.base import API_VERSION
from testbed.control_plane import ControlPlane
from testbed.control_plane.api import Api, Json, RefusedError, open_api
from testbed.control_plane.crds import install_crds, read_crds
from testbed.tools.waiting import until
from testbed.world import CRDS
from tests.support.kubectl import read_manifests

POLICIES = Path(__file__).parents[2] / "deploy" / "admission" / "tenant-names.yaml"
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
PATHS = {
    "ValidatingAdmissionPolicy": f"{ADMISSION}/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": f"{ADMISSION}/validatingadmissionpolicybindings",
}
IN_FORCE_SECONDS = 60.0
"""The API server takes a policy into account some seconds after it is stored."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One namespace, in which projects are tried: the server only says what it would store."""

    api: Api
    namespace: str

    async def refusal(self, name: str = "web", **spec: str) -> str:
        """What the server says against a project; nothing if it would store it."""
        body: Json = {
            "apiVersion": API_VERSION,
            "kind": "HarborProject",
            "metadata": {"name": name},
            "spec": spec,
        }
        path = f"/apis/{API_VERSION}/namespaces/{self.namespace}/harborprojects?dryRun=All"
        try:
            await self.api.create(path, body)
        except RefusedError as error:
            return str(error)
        return ""

    async def refuses_others(self) -> bool:
        """Whether another one's name is refused."""
        return bool(await self.refusal(projectName="others"))


def labelled(namespace: str) -> Json:
    """A namespace with the label of tenants."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": namespace, "labels": {"harbor-operator.dev/tenant": "true"}},
    }


@pytest.fixture
async def tenant(control_plane: ControlPlane, namespace: str) -> AsyncIterator[Tenant]:
    """A tenant's namespace in a cluster in which the policy is in force."""
    async with open_api(control_plane.kubeconfig) as api:
        await install_crds(api, read_crds(CRDS))
        await api.apply(f"/api/v1/namespaces/{namespace}", labelled(namespace))
        for manifest in read_manifests(POLICIES):
            name = manifest["metadata"]["name"]
            await api.apply(f"{PATHS[manifest['kind']]}/{name}", manifest)
        tenant = Tenant(api, namespace)
        await until(tenant.refuses_others, within=IN_FORCE_SECONDS)
        yield tenant


async def test_a_name_of_its_own_is_taken(tenant: Tenant) -> None:
    assert await tenant.refusal(projectName=tenant.namespace) == ""
    assert await tenant.refusal(projectName=f"{tenant.namespace}.web") == ""
    assert await tenant.refusal(name=tenant.namespace) == ""


async def test_another_name_is_refused_with_the_cure(tenant: Tenant) -> None:
    refusal = await tenant.refusal(name="web")

    assert f"project web is not {tenant.namespace}'s" in refusal
    assert f"name it {tenant.namespace}, or {tenant.namespace}. and more" in refusal


async def test_a_name_that_only_begins_alike_is_refused(tenant: Tenant) -> None:
    assert await tenant.refusal(projectName=f"{tenant.namespace}-a.web") != ""


async def test_a_namespace_without_the_label_is_left_alone(tenant: Tenant) -> None:
    assert await Tenant(tenant.api, "default").refusal(projectName="others") == ""
