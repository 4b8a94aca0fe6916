"""The chart and the kustomizations install the same operator."""

import asyncio
from pathlib import Path

import pytest

from testbed.tools.build import find_kubectl
from tests.support.deployed import BASE, ROOT
from tests.support.helm import IMAGE, Helm, container, only
from tests.support.kubectl import Json, Kubectl, parse_manifests

OVERLAYS = ROOT / "deploy" / "overlays"
SPREAD: Json = {
    "maxSkew": 1,
    "topologyKey": "kubernetes.io/hostname",
    "whenUnsatisfiable": "ScheduleAnyway",
}
OWN = {"image", "imagePullPolicy", "env"}
"""What of the container the chart makes of values."""
CASES = {
    "base": (BASE, {}),
    "ha": (OVERLAYS / "ha", {"replicas": 2, "topologySpreadConstraints": [SPREAD]}),
    "namespaced": (
        OVERLAYS / "namespaced",
        {"rbac": {"aggregate": False, "mode": "Namespaces", "namespaces": ["team-a", "team-b"]}},
    ),
}
"""Kustomizations, and the values that ask the chart for the same."""

each_case = pytest.mark.parametrize(("folder", "values"), CASES.values(), ids=CASES)


@pytest.fixture(scope="module")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
    """kubectl without a cluster, which has kustomize in it."""
    folder = tmp_path_factory.mktemp("kubectl")
    return Kubectl(asyncio.run(find_kubectl()), folder / "no-kubeconfig", folder)


async def both(
    helm: Helm, kubectl: Kubectl, folder: Path, values: Json
) -> tuple[list[Json], list[Json]]:
    """What the chart renders, and what kustomize does."""
    lean = {"image": IMAGE, "crds": {"install": False}, "rbac": {"aggregate": False}}
    rendered = await kubectl("kustomize", str(folder))
    shared = [m for m in parse_manifests(rendered) if m["kind"] not in LEFT_TO_USERS]
    manifests = await helm.render({**lean, **values})
    return [m for m in manifests if m["kind"] not in OF_THE_CHART], shared


OF_THE_CHART = {"Service"}
"""What a ServiceMonitor needs, which the overlays do not have either."""

LEFT_TO_USERS = {"CustomResourceDefinition", "Namespace"}
"""What is not compared: a test of its own does that, and Helm makes the namespace."""


@each_case
async def test_the_same_objects_are_installed(
    helm: Helm, kubectl: Kubectl, folder: Path, values: Json
) -> None:
    chart, kustomized = await both(helm, kubectl, folder, values)

    assert where(chart) == where(kustomized)


def where(manifests: list[Json]) -> set[tuple[str, str, str]]:
    """Kind, namespace and name of each."""
    return {
        (m["kind"], m["metadata"].get("namespace", ""), m["metadata"]["name"]) for m in manifests
    }


@each_case
async def test_the_same_is_granted_to_the_same_account(
    helm: Helm, kubectl: Kubectl, folder: Path, values: Json
) -> None:
    chart, kustomized = await both(helm, kubectl, folder, values)

    assert rights(chart) == rights(kustomized)
    assert rights(chart)


def rights(manifests: list[Json]) -> list[tuple[str, object]]:
    """What roles grant and whom bindings give it to."""
    return sorted(
        (f"{m['kind']} {m['metadata'].get('namespace')}", m.get("rules") or bound(m))
        for m in manifests
        if m["apiVersion"].startswith("rbac.")
    )


def bound(binding: Json) -> tuple[object, object]:
    """What a binding joins."""
    return binding["roleRef"], binding["subjects"]


@each_case
async def test_the_same_pods_are_run(
    helm: Helm, kubectl: Kubectl, folder: Path, values: Json
) -> None:
    chart, kustomized = await both(helm, kubectl, folder, values)

    assert deployed(chart) == deployed(kustomized)
    assert plain(chart) == plain(kustomized)


def deployed(manifests: list[Json]) -> Json:
    """The Deployment without what selects pods, and without its container."""
    spec = only(manifests, "Deployment")["spec"]
    pod = {**spec["template"]["spec"], "containers": ()}
    spread = [{**one, "labelSelector": None} for one in pod.get("topologySpreadConstraints", ())]
    return {
        "replicas": spec["replicas"],
        "strategy": spec["strategy"],
        "pod": {**pod, "topologySpreadConstraints": spread},
    }


def plain(manifests: list[Json]) -> Json:
    """The container without what values are about."""
    return {key: value for key, value in container(manifests).items() if key not in OWN}
