"""The admission policy puts the pull secrets of a namespace into its new pods."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from harbor_operator.api.base import LABEL_INJECT
from testbed.compatibility import minor
from testbed.control_plane import ControlPlane
from testbed.control_plane.api import Api, Json, open_api
from testbed.control_plane.features import MUTATING_ADMISSION
from testbed.tools.waiting import until
from tests.support.announcing import Announce
from tests.support.kubectl import read_manifests
from tests.support.passed_pairs import kubernetes_version

POLICIES = Path(__file__).parents[2] / "deploy" / "admission" / "pull-secrets.yaml"
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
PATHS = {
    "MutatingAdmissionPolicy": f"{ADMISSION}/mutatingadmissionpolicies",
    "MutatingAdmissionPolicyBinding": f"{ADMISSION}/mutatingadmissionpolicybindings",
}
IN_FORCE_SECONDS = 60.0
"""The API server takes a policy into account some seconds after it is stored."""


@dataclass(frozen=True, slots=True)
class Team:
    """One namespace, in which pods are tried: the server only says what it would store."""

    api: Api
    namespace: str

    async def deliver(self, name: str, *, inject: bool = True) -> None:
        """Put a pull secret there as the operator delivers it."""
        labels = {LABEL_INJECT: "true"} if inject else {}
        body = {
            "metadata": {"name": name, "labels": labels},
            "type": "kubernetes.io/dockerconfigjson",
            "stringData": {".dockerconfigjson": '{"auths": {}}'},
        }
        await self.api.create(f"/api/v1/namespaces/{self.namespace}/secrets", body)

    async def account(self, *secrets: str) -> None:
        """Let the default ServiceAccount name pull secrets."""
        path = f"/api/v1/namespaces/{self.namespace}/serviceaccounts/default"
        await self.api.apply(
            path,
            {
                "apiVersion": "v1",
                "kind": "ServiceAccount",
                "metadata": {"name": "default"},
                "imagePullSecrets": [{"name": name} for name in secrets],
            },
        )

    async def pod(self, *own: str) -> list[str]:
        """The pull secrets that a new pod gets, which names these itself."""
        spec: dict[str, Any] = {"containers": [{"name": "web", "image": "example.com/web"}]}
        if own:
            spec["imagePullSecrets"] = [{"name": name} for name in own]
        body = {"metadata": {"generateName": "web-"}, "spec": spec}
        path = f"/api/v1/namespaces/{self.namespace}/pods?dryRun=All"
        stored: Json = await self.api.create(path, body)
        return [entry["name"] for entry in stored["spec"].get("imagePullSecrets", [])]

    async def gets(self, *names: str) -> bool:
        """Whether a pod that names nothing gets exactly these."""
        return sorted(await self.pod()) == sorted(names)


@pytest.fixture
async def team(control_plane: ControlPlane, namespace: str) -> AsyncIterator[Team]:
    """A namespace with a delivered secret, in a cluster in which the policy is in force."""
    async with open_api(control_plane.kubeconfig) as api:
        found = await minor_of(api)
        if not MUTATING_ADMISSION.served(found):
            pytest.skip(nothing_to_try(found))
        for manifest in read_manifests(POLICIES):
            name = manifest["metadata"]["name"]
            await api.apply(f"{PATHS[manifest['kind']]}/{name}", manifest)
        team = Team(api, namespace)
        await team.deliver("harbor-pull")
        await until(partial(team.gets, "harbor-pull"), within=IN_FORCE_SECONDS)
        yield team


async def minor_of(api: Api) -> str:
    """The minor of the cluster, such as `1.36`."""
    return minor(await kubernetes_version(api))


def nothing_to_try(found: str) -> str:
    """Why nothing is injected on a minor; the test of the table makes sure that it is so."""
    return f"Kubernetes {found} serves no {MUTATING_ADMISSION.what}: injection cannot be tried"


async def test_the_table_says_where_the_policy_can_be_installed(
    control_plane: ControlPlane, announce: Announce
) -> None:
    async with open_api(control_plane.kubeconfig) as api:
        served = {resource["name"] for resource in (await api.get(ADMISSION))["resources"]}
        found = await minor_of(api)
    wanted = MUTATING_ADMISSION.served(found)
    if not wanted:
        announce(nothing_to_try(found))

    assert ("mutatingadmissionpolicies" in served) == wanted


async def test_a_pod_without_secrets_gets_the_delivered_one(team: Team) -> None:
    assert await team.pod() == ["harbor-pull"]


async def test_a_pod_keeps_its_own_secret_and_gets_the_delivered_one(team: Team) -> None:
    assert await team.pod("own") == ["own", "harbor-pull"]


async def test_a_pod_that_names_it_gets_it_once(team: Team) -> None:
    assert await team.pod("harbor-pull", "own") == ["harbor-pull", "own"]


async def test_a_pod_gets_all_that_are_delivered(team: Team) -> None:
    await team.deliver("second-pull")

    await until(partial(team.gets, "harbor-pull", "second-pull"), within=IN_FORCE_SECONDS)


async def test_the_secrets_of_the_service_account_stay(team: Team) -> None:
    await team.account("of-the-account")
    await until(partial(team.gets, "of-the-account", "harbor-pull"), within=IN_FORCE_SECONDS)

    assert await team.pod() == ["of-the-account", "harbor-pull"]


async def test_a_secret_without_the_label_is_not_injected(team: Team) -> None:
    await team.deliver("for-the-account", inject=False)

    assert await team.pod() == ["harbor-pull"]


async def test_pods_of_a_namespace_without_a_delivered_secret_are_left_alone(team: Team) -> None:
    assert await Team(team.api, "default").pod() == []
