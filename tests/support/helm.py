"""The program that users install the chart with, and the values that it is tried with."""

import asyncio
import os
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.deployed import ROOT
from tests.support.kubectl import Json, parse_manifests

CHART = ROOT / "deploy" / "chart"
RELEASE = "harbor-operator"
NAMESPACE = "harbor-operator"
KUBERNETES = "v1.36.3"
"""For which templates are rendered: by itself Helm assumes one that is too old for the chart."""
IMAGE = {"repository": "registry.example.com/platform/harbor-operator"}
DIGEST = "sha256:" + "5e" * 32
EXTRA: Json = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "harbor-ca", "namespace": NAMESPACE},
    "data": {"note": "{{ not a template }}"},
}

CHOSEN = {"release": "kube-prometheus-stack"}
"""By what a Prometheus chooses what concerns it."""

CASES: dict[str, Json] = {
    "defaults": {"image": IMAGE},
    "all-options": {
        "image": {**IMAGE, "digest": DIGEST, "pullPolicy": "Always"},
        "imagePullSecrets": [{"name": "platform-pull"}],
        "commonLabels": {"team": "platform"},
        "replicas": 2,
        "settings": {"shards": 4, "clusterID": "west", "logLevel": "DEBUG", "logFormat": "text"},
        "logLevels": {"harbor_operator.engine.telemetry.requests": "DEBUG"},
        "extraEnv": [{"name": "TZ", "value": "UTC"}],
        "serviceAccount": {"annotations": {"example.com/owner": "platform"}},
        "admission": {"pullSecrets": True, "tenantNames": True},
        "networkPolicy": {
            "enabled": True,
            "apiServer": {"cidrs": ["10.0.0.1/32"], "ports": [6443]},
            "harbor": {"cidrs": ["192.0.2.0/24", "2001:db8::/64"]},
            "extraEgress": [{"ports": [{"protocol": "TCP", "port": 3128}]}],
        },
        "podAnnotations": {"example.com/scrape": "no"},
        "podLabels": {"tier": "operators"},
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "platform", "operator": "Exists"}],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {"matchExpressions": [{"key": "platform", "operator": "Exists"}]}
                    ]
                }
            }
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app.kubernetes.io/instance": RELEASE}},
            }
        ],
        "priorityClassName": "system-cluster-critical",
        "extraObjects": [EXTRA],
    },
    "watched": {
        "image": IMAGE,
        "networkPolicy": {
            "enabled": True,
            "metrics": {"from": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}]},
        },
        "metrics": {
            "serviceMonitor": {"enabled": True, "interval": "30s", "labels": CHOSEN},
            "rules": {"enabled": True, "labels": CHOSEN, "runbooks": "https://example.com/files/"},
            "dashboard": {"enabled": True, "annotations": {"grafana_folder": "Platform"}},
        },
    },
    "unwatched": {
        "image": IMAGE,
        "networkPolicy": {"enabled": True},
        "metrics": {"enabled": False},
    },
    "nothing-shared": {
        "image": IMAGE,
        "crds": {"install": False},
        "serviceAccount": {"create": False, "name": "made-elsewhere"},
        "rbac": {"create": False, "aggregate": False},
        "resources": {"requests": None, "limits": None},
    },
    "listed-namespaces": {
        "image": IMAGE,
        "rbac": {"mode": "Namespaces", "namespaces": ["kube-public", NAMESPACE]},
    },
    "secrets-by-name": {"image": IMAGE, "rbac": {"mode": "SecretsByName"}},
    "disposable": {"image": IMAGE, "crds": {"keep": False}, "replicas": 0},
    "open-network": {
        "image": {**IMAGE, "tag": "0.1.0-rc.1"},
        "fullnameOverride": "images",
        "networkPolicy": {"enabled": True},
    },
}
"""Values by what they are about: together they take every branch of every template."""


@dataclass(frozen=True, slots=True)
class Helm:
    """Helm with a home of its own, for one cluster or none."""

    program: Path
    home: Path
    kubeconfig: Path | None = None

    async def __call__(self, *arguments: str, values: Json | None = None) -> str:
        """Run it and give its output.

        Args:
            arguments: As on the command line.
            values: Given to it as a file of values.

        Raises:
            AssertionError: It failed; the message is what it said.
        """
        status, output, errors = await self._run(arguments, values)
        assert status == 0, errors
        return output

    async def refusal(self, values: Json) -> str:
        """What it says against values.

        Raises:
            AssertionError: It says nothing against them.
        """
        status, _, errors = await self._run(_rendering(), values)
        assert status != 0, f"took {values}"
        return errors

    async def template(self, values: Json) -> str:
        """The text that the chart is rendered to with these values."""
        return await self(*_rendering(), values=values)

    async def render(self, values: Json) -> list[Json]:
        """The manifests of the chart with these values."""
        return parse_manifests(await self.template(values))

    async def _run(
        self, arguments: tuple[str, ...], values: Json | None
    ) -> tuple[int | None, str, str]:
        process = await asyncio.create_subprocess_exec(
            self.program,
            *arguments,
            *(() if values is None else ("--values=-",)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._environment(),
        )
        output, errors = await process.communicate(yaml.safe_dump(values or {}).encode())
        return process.returncode, output.decode(), errors.decode()

    def _environment(self) -> dict[str, str]:
        """The caller's environment without the caller's cluster, repositories and plugins."""
        own = {key: value for key, value in os.environ.items() if not key.startswith("HELM_")}
        homes = {
            f"HELM_{kind}_HOME": str(self.home / kind.lower())
            for kind in ("CACHE", "CONFIG", "DATA")
        }
        return {**own, **homes, "KUBECONFIG": str(self.kubeconfig or self.home / "no-kubeconfig")}


def _rendering() -> tuple[str, ...]:
    return (
        "template",
        RELEASE,
        str(CHART),
        f"--namespace={NAMESPACE}",
        f"--kube-version={KUBERNETES}",
    )


def only(manifests: list[Json], kind: str, *, ending: str = "") -> Json:
    """The one manifest of a kind, or of those of it whose name ends so."""
    [found] = [
        manifest
        for manifest in manifests
        if manifest["kind"] == kind and manifest["metadata"]["name"].endswith(ending)
    ]
    return found


def container(manifests: list[Json]) -> dict[str, Any]:
    """The operator's container."""
    [found] = only(manifests, "Deployment")["spec"]["template"]["spec"]["containers"]
    body: Json = found
    return body
