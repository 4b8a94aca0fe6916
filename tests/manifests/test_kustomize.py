"""The rendered base on a real API server."""

import json
from typing import Any

import yaml

from harbor_operator.settings import Settings
from testbed.control_plane.crds import read_crds
from testbed.world import CRDS
from tests.support.deployed import NAMESPACE, SAMPLES, Installation
from tests.support.kubectl import read_manifests

Json = dict[str, Any]


def container(installation: Installation) -> Json:
    """The operator's container."""
    [found] = installation.only("Deployment")["spec"]["template"]["spec"]["containers"]
    body: Json = found
    return body


def test_the_base_holds_the_operator_and_nothing_else(installation: Installation) -> None:
    kinds = sorted(manifest["kind"] for manifest in installation.manifests)

    assert kinds == [
        "ClusterRole",
        "ClusterRoleBinding",
        *["CustomResourceDefinition"] * 4,
        "Deployment",
        "Namespace",
        "Role",
        "RoleBinding",
        "ServiceAccount",
    ]


def test_the_base_holds_every_definition_as_it_was_generated(installation: Installation) -> None:
    rendered = {
        manifest["metadata"]["name"]: manifest["spec"]
        for manifest in installation.manifests
        if manifest["kind"] == "CustomResourceDefinition"
    }

    assert rendered == {crd["metadata"]["name"]: crd["spec"] for crd in read_crds(CRDS)}


async def test_a_restricted_namespace_admits_the_pod(installation: Installation) -> None:
    template = installation.only("Deployment")["spec"]["template"]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**template["metadata"], "name": "tried", "namespace": NAMESPACE},
        "spec": template["spec"],
    }

    answer = await installation.kubectl(
        "create", "--dry-run=server", "--output=json", "--filename=-", given=yaml.safe_dump(pod)
    )

    assert json.loads(answer)["spec"]["serviceAccountName"] == "harbor-operator"
    assert (
        installation.only("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        == "restricted"
    )


def test_the_pod_can_write_only_where_nothing_is_kept(installation: Installation) -> None:
    operator = container(installation)
    [tmp, levels] = installation.only("Deployment")["spec"]["template"]["spec"]["volumes"]

    mounts = {mount["name"]: mount for mount in operator["volumeMounts"]}
    assert operator["securityContext"]["readOnlyRootFilesystem"] is True
    assert mounts.pop("tmp") == {"name": "tmp", "mountPath": "/tmp"}  # noqa: S108
    assert tmp["emptyDir"] == {"medium": "Memory", "sizeLimit": "16Mi"}
    assert [mount["readOnly"] for mount in mounts.values()] == [True]
    assert "configMap" in levels


def test_an_update_never_leaves_the_cluster_without_an_operator(
    installation: Installation,
) -> None:
    deployment = installation.only("Deployment")["spec"]

    assert deployment["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
    }


def test_the_role_is_about_the_lease_that_the_operator_takes(installation: Installation) -> None:
    role = installation.only("Role")

    named = [name for rule in role["rules"] for name in rule.get("resourceNames", ())]

    assert named == [Settings.model_fields["lease_name"].default]
    assert role["metadata"]["namespace"] == NAMESPACE


def test_the_kubelet_asks_where_the_operator_answers(installation: Installation) -> None:
    operator = container(installation)
    port, metrics = operator["ports"]

    asked = {operator[f"{kind}Probe"]["httpGet"]["path"] for kind in ("liveness", "readiness")}

    assert port["containerPort"] == Settings.model_fields["probe_port"].default
    assert metrics == {
        "name": "metrics",
        "containerPort": Settings.model_fields["metrics_port"].default,
    }
    assert asked == {"/healthz", "/readyz"}
    assert {operator[f"{kind}Probe"]["httpGet"]["port"] for kind in ("liveness", "readiness")} == {
        port["name"]
    }


def test_every_variable_is_a_setting(installation: Installation) -> None:
    prefix = Settings.model_config["env_prefix"]
    named = {entry["name"].removeprefix(prefix).lower() for entry in container(installation)["env"]}

    assert named <= Settings.model_fields.keys()


def test_the_sample_of_a_connection_leaves_the_namespace_as_installed(
    installation: Installation,
) -> None:
    [sampled] = [
        manifest for manifest in read_manifests(SAMPLES[0]) if manifest["kind"] == "Namespace"
    ]

    assert sampled == installation.only("Namespace")
