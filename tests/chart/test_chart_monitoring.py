"""What the chart renders for those who watch the operator."""

import json

import pytest

from harbor_operator.settings import Settings
from testbed.dashboard.__main__ import FILE
from tests.support.helm import CASES, CHOSEN, IMAGE, NAMESPACE, Helm, container, only
from tests.support.kubectl import Json
from tests.support.monitoring import rules

PORT = Settings.model_fields["metrics_port"].default


async def rendered(helm: Helm, case: str) -> list[Json]:
    """A case without the definitions of the operator's kinds."""
    return await helm.render({**CASES[case], "crds": {"install": False}})


def names(manifests: list[Json]) -> set[str]:
    """The kinds of the manifests."""
    return {manifest["kind"] for manifest in manifests}


async def test_a_service_leads_to_the_metrics_of_every_pod(helm: Helm) -> None:
    manifests = await rendered(helm, "defaults")
    spec = only(manifests, "Service")["spec"]
    labels = only(manifests, "Deployment")["spec"]["template"]["metadata"]["labels"]
    [named] = [port for port in container(manifests)["ports"] if port["name"] == "metrics"]

    [port] = spec["ports"]

    assert spec["clusterIP"] == "None"
    assert spec["publishNotReadyAddresses"] is True
    assert spec["selector"].items() <= labels.items()
    assert port["targetPort"] == named["name"]
    assert {port["port"], named["containerPort"]} == {PORT}


async def test_a_long_name_leaves_room_for_that_of_the_service(helm: Helm) -> None:
    manifests = await helm.render({"image": IMAGE, "fullnameOverride": "o" * 63})

    assert len(only(manifests, "Service")["metadata"]["name"]) <= 63


async def test_without_metrics_nothing_is_served(helm: Helm) -> None:
    manifests = await rendered(helm, "unwatched")

    given = {entry["name"]: entry["value"] for entry in container(manifests)["env"]}
    [probes] = container(manifests)["ports"]
    [ingress] = only(manifests, "NetworkPolicy")["spec"]["ingress"]
    assert "Service" not in names(manifests)
    assert given["HARBOR_OPERATOR_METRICS_PORT"] == "0"
    assert [port["port"] for port in ingress["ports"]] == [probes["name"]] == ["probes"]


async def test_kinds_of_others_are_used_only_where_they_are_asked_for(helm: Helm) -> None:
    ours = {"PrometheusRule", "ServiceMonitor", "ConfigMap"}

    by_default, asked = await rendered(helm, "defaults"), await rendered(helm, "watched")

    assert names(by_default).isdisjoint(ours)
    assert names(asked) > ours


async def test_a_service_monitor_finds_the_service(helm: Helm) -> None:
    manifests = await rendered(helm, "watched")
    monitor, service = only(manifests, "ServiceMonitor"), only(manifests, "Service")

    [endpoint] = monitor["spec"]["endpoints"]

    wanted = monitor["spec"]["selector"]["matchLabels"]
    assert wanted.items() <= service["metadata"]["labels"].items()
    assert endpoint == {
        "port": service["spec"]["ports"][0]["name"],
        "path": "/metrics",
        "honorLabels": True,
        "interval": "30s",
    }
    assert CHOSEN.items() <= monitor["metadata"]["labels"].items()


async def test_the_rules_are_those_of_the_plain_file(helm: Helm) -> None:
    manifests = await rendered(helm, "watched")
    rule = only(manifests, "PrometheusRule")

    told = [one for group in rule["spec"]["groups"] for one in group["rules"]]

    base = "https://example.com/files/"
    links = [one["annotations"]["runbook_url"] for one in rules()]
    assert [one["annotations"]["runbook_url"] for one in told] == [base + link for link in links]
    assert [(one["alert"], one["expr"], one["for"]) for one in told] == [
        (one["alert"], one["expr"], one["for"]) for one in rules()
    ]
    assert CHOSEN.items() <= rule["metadata"]["labels"].items()


async def test_the_dashboard_is_the_plain_file(helm: Helm) -> None:
    manifests = await rendered(helm, "watched")
    board = only(manifests, "ConfigMap", ending="-dashboard")

    [text] = board["data"].values()

    assert json.loads(text) == json.loads(FILE.read_text(encoding="utf-8"))
    assert board["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert board["metadata"]["annotations"] == {"grafana_folder": "Platform"}
    assert board["metadata"]["namespace"] == NAMESPACE


@pytest.mark.parametrize(
    ("case", "peers"),
    [
        ("watched", [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}]),
        ("open-network", None),
    ],
)
async def test_the_network_policy_says_who_reads_metrics(
    helm: Helm, case: str, peers: list[Json] | None
) -> None:
    manifests = await rendered(helm, case)

    probes, metrics = only(manifests, "NetworkPolicy")["spec"]["ingress"]

    assert [port["port"] for port in metrics["ports"]] == ["metrics"]
    assert metrics.get("from") == peers
    assert "from" not in probes
