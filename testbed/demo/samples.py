"""The samples that the documentation shows, for the Harbor that is there."""

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from testbed.control_plane.api import Json
from testbed.endtoend.objects import API_VERSION
from testbed.endtoend.target import HarborTarget
from testbed.errors import WorldError

SAMPLES = Path(__file__).parent.parent.parent / "deploy" / "samples"
SHORT_OVERLAP = "1m"
"""The shortest that the API allows, so that the end of an old credential can be watched."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Which of the samples play which part in the proof."""

    project: Json
    ci_robot: Json
    pull_robot: Json
    pull_secret: Json


def read_samples(folder: Path = SAMPLES) -> list[Json]:
    """The objects in the folder's files, namespaces first, otherwise in the order of the names."""
    texts = [path.read_text() for path in sorted(folder.glob("*.yaml"))]
    found = [body for text in texts for body in yaml.safe_load_all(text) if body]
    return sorted(found, key=lambda body: body["kind"] != "Namespace")


def adapted(samples: Iterable[Json], harbor: HarborTarget) -> list[Json]:
    """The samples with the Harbor that is there, and with an overlap that can be waited for."""
    ours = copy.deepcopy(list(samples))
    for connection in _of_kind(ours, "ClusterHarborConnection"):
        _point_at(connection["spec"], harbor)
        reference = connection["spec"]["credentialsSecretRef"]
        _log_in(_named(ours, "Secret", reference["name"], reference["namespace"]), harbor)
    for robot in _of_kind(ours, "HarborRobot"):
        robot["spec"].setdefault("rotation", {"overlap": SHORT_OVERLAP})
    return ours


def custom_resources(manifests: Iterable[Json]) -> list[Json]:
    """Those that the operator works on."""
    return [body for body in manifests if body["apiVersion"] == API_VERSION]


def cast_of(manifests: list[Json]) -> Cast:
    """Find a pull secret for other namespaces, its robot and project, and a robot that pushes.

    Raises:
        WorldError: the samples have no such set.
    """
    for pull_secret in _of_kind(manifests, "HarborPullSecret"):
        if "targets" not in pull_secret["spec"]:
            continue
        namespace = pull_secret["metadata"]["namespace"]
        robot_name = pull_secret["spec"]["robotRef"]["name"]
        puller = _named(manifests, "HarborRobot", robot_name, namespace)
        project = puller["spec"]["access"][0]["projectRef"]["name"]
        for robot in _of_kind(manifests, "HarborRobot"):
            if _pushes(robot, project, namespace):
                found = _named(manifests, "HarborProject", project, namespace)
                return Cast(found, robot, puller, pull_secret)
    raise WorldError("the samples hold no robot that pushes and pull secret for other namespaces")


def _point_at(spec: Json, harbor: HarborTarget) -> None:
    for part in ("registryHosts", "caBundle", "caBundleRef"):
        spec.pop(part, None)
    spec |= {"url": harbor.url, "allowPlainHTTP": harbor.plain_http}
    if harbor.ca_file:
        spec["caBundle"] = harbor.ca_file.read_text()


def _log_in(secret: Json, harbor: HarborTarget) -> None:
    secret.pop("data", None)
    secret["stringData"] = {"username": harbor.username, "password": harbor.password}


def _pushes(robot: Json, project: str, namespace: str) -> bool:
    [access] = robot["spec"]["access"]
    wanted: tuple[Any, ...] = (namespace, project, "PullPush")
    here = robot["metadata"]["namespace"]
    return (here, access["projectRef"]["name"], access.get("preset")) == wanted


def _of_kind(manifests: Iterable[Json], kind: str) -> list[Json]:
    return [body for body in manifests if body["kind"] == kind]


def _named(manifests: Iterable[Json], kind: str, name: str, namespace: str) -> Json:
    for body in _of_kind(manifests, kind):
        if (body["metadata"]["name"], body["metadata"].get("namespace")) == (name, namespace):
            return body
    raise WorldError(f"the samples lack {kind} {namespace}/{name}")
