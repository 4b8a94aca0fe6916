"""What the chart renders: the operator of the base for kustomize, and what values add to it."""

import re

import pytest

from harbor_operator.engine.replicas.shard_candidacy import LeaseBallot
from harbor_operator.engine.telemetry.log_levels import parse_levels
from harbor_operator.kube.lease import Durations
from harbor_operator.kube.resources import ObjectKey
from harbor_operator.settings import Settings
from testbed.control_plane.crds import read_crds
from testbed.world import CRDS
from tests.support.deployed import BASE, ROOT
from tests.support.fake_cluster import FakeCluster
from tests.support.helm import (
    CASES,
    CHART,
    DIGEST,
    EXTRA,
    IMAGE,
    NAMESPACE,
    RELEASE,
    Helm,
    container,
    only,
)
from tests.support.kubectl import Json, read_manifests
from tests.support.tenant import EDIT, VIEW

RECOMMENDED = {
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/version",
    "app.kubernetes.io/component",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/managed-by",
    "helm.sh/chart",
}
NO_CLIENT = FakeCluster()
"""Is asked for nothing."""
OPERATOR = ["ClusterRole", "ClusterRoleBinding", "Deployment", "Role", "RoleBinding", "Service"]
AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-"
POLICIES = ["pull-secrets", "tenant-names"]

each_case = pytest.mark.parametrize("values", CASES.values(), ids=CASES)


def lean(**values: object) -> Json:
    """Values of a release without the definitions, which take most of the time."""
    return {"image": IMAGE, "crds": {"install": False}, **values}


def kinds(manifests: list[Json]) -> list[str]:
    """Their kinds in alphabetical order."""
    return sorted(manifest["kind"] for manifest in manifests)


def rights(role: Json) -> set[tuple[str, str]]:
    """What a role allows, as resource and verb."""
    return {
        (resource, verb)
        for rule in role["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def pod_of(manifests: list[Json]) -> Json:
    """The spec of the operator's pods."""
    spec: Json = only(manifests, "Deployment")["spec"]["template"]["spec"]
    return spec


async def test_the_defaults_install_the_operator_and_its_kinds(helm: Helm) -> None:
    manifests = await helm.render(CASES["defaults"])

    own = [*OPERATOR, "ServiceAccount", *["ClusterRole"] * 2]
    assert kinds(manifests) == sorted([*own, *["CustomResourceDefinition"] * 4])


async def test_the_role_is_about_the_leases_of_all_shards(helm: Helm) -> None:
    manifests = await helm.render(lean(settings={"shards": 3}))

    rules = only(manifests, "Role")["rules"]
    named = [name for rule in rules for name in rule.get("resourceNames", ())]
    ballot = ballot_of(3)
    candidates = [ballot.common(), *map(ballot.seat, range(3)), *map(ballot.shard, range(3))]
    assert sorted(named) == sorted(lease.key.name for lease in candidates)


def ballot_of(count: int) -> LeaseBallot:
    """What an operator with so many shards stands for under its own name for the Lease."""
    key = ObjectKey(NAMESPACE, Settings.model_fields["lease_name"].default)
    return LeaseBallot(NO_CLIENT, key, "one", count, Durations(), float)


async def test_everything_that_is_shared_can_be_left_out(helm: Helm) -> None:
    manifests = await helm.render(CASES["nothing-shared"])

    assert kinds(manifests) == ["Deployment", "Service"]
    assert pod_of(manifests)["serviceAccountName"] == "made-elsewhere"
    assert "resources" not in container(manifests)


async def test_the_definitions_are_the_generated_ones(helm: Helm) -> None:
    manifests = await helm.render(CASES["defaults"])

    rendered = {
        manifest["metadata"]["name"]: manifest["spec"]
        for manifest in manifests
        if manifest["kind"] == "CustomResourceDefinition"
    }
    assert rendered == {crd["metadata"]["name"]: crd["spec"] for crd in read_crds(CRDS)}


@pytest.mark.parametrize(
    ("case", "annotations"),
    [("defaults", {"helm.sh/resource-policy": "keep"}), ("disposable", None)],
)
async def test_the_definitions_outlive_the_release_unless_told_otherwise(
    helm: Helm, case: str, annotations: Json | None
) -> None:
    manifests = await helm.render(CASES[case])

    found = [
        manifest["metadata"].get("annotations")
        for manifest in manifests
        if manifest["kind"] == "CustomResourceDefinition"
    ]
    assert found == [annotations] * 4


async def test_the_rules_are_those_of_the_base(helm: Helm) -> None:
    manifests = await helm.render(lean(rbac={"aggregate": False}))

    base = read_manifests(BASE / "role.yaml")
    for kind in ("ClusterRole", "Role"):
        assert only(manifests, kind)["rules"] == only(base, kind)["rules"]


async def test_rights_in_listed_namespaces_are_those_of_the_base_and_no_more(helm: Helm) -> None:
    manifests = await helm.render({**CASES["listed-namespaces"], "crds": {"install": False}})

    base = rights(only(read_manifests(BASE / "role.yaml"), "ClusterRole"))
    roles = [manifest for manifest in manifests if manifest["kind"] == "Role"]
    served = [rights(role) for role in roles if role["metadata"]["name"].endswith("-served")]
    shared = rights(only(manifests, "ClusterRole", ending=RELEASE))
    assert served[0] == served[1]
    assert served[0] | shared | {("configmaps", verb) for verb in ("get", "list", "watch")} == base
    assert {resource for resource, _ in shared} == {
        "clusterharborconnections",
        "clusterharborconnections/status",
        "namespaces",
    }


async def test_secrets_by_name_takes_away_two_verbs_alone(helm: Helm) -> None:
    manifests = await helm.render({**CASES["secrets-by-name"], "crds": {"install": False}})

    base = rights(only(read_manifests(BASE / "role.yaml"), "ClusterRole"))
    granted = rights(only(manifests, "ClusterRole", ending=RELEASE))
    assert base - granted == {("secrets", "list"), ("secrets", "watch")}
    assert granted <= base


@each_case
async def test_bindings_join_the_roles_and_the_account_of_the_pods(
    helm: Helm, values: Json
) -> None:
    manifests = await helm.render({**values, "crds": {"install": False}})

    account = pod_of(manifests)["serviceAccountName"]
    bindings = [manifest for manifest in manifests if manifest["kind"].endswith("Binding")]
    bound = [manifest for manifest in bindings if "subjects" in manifest]
    assert [manifest["subjects"] for manifest in bound] == [
        [{"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}]
    ] * len(bound)
    roles = {(manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests}
    assert {(m["roleRef"]["kind"], m["roleRef"]["name"]) for m in bound} <= roles


async def test_the_pod_is_that_of_the_base(helm: Helm) -> None:
    manifests = await helm.render(lean())

    base = read_manifests(BASE / "deployment.yaml")
    own = {"image", "imagePullPolicy", "env"}
    assert {key: value for key, value in container(manifests).items() if key not in own} == {
        key: value for key, value in container(base).items() if key not in own
    }
    assert pod_of(manifests) | {"containers": ()} == pod_of(base) | {"containers": ()}
    deployment, of_base = only(manifests, "Deployment"), only(base, "Deployment")
    assert deployment["spec"]["strategy"] == of_base["spec"]["strategy"]


@each_case
async def test_no_user_is_stated_so_that_openshift_can_choose_it(helm: Helm, values: Json) -> None:
    manifests = await helm.render({**values, "crds": {"install": False}})

    contexts = [pod_of(manifests)["securityContext"], container(manifests)["securityContext"]]

    stated = {name for context in contexts for name in context}
    assert stated.isdisjoint({"runAsUser", "runAsGroup", "fsGroup", "supplementalGroups"})


@each_case
async def test_every_variable_is_a_setting_or_the_users_own(helm: Helm, values: Json) -> None:
    manifests = await helm.render({**values, "crds": {"install": False}})

    prefix = Settings.model_config["env_prefix"]
    given = {entry["name"]: entry["value"] for entry in container(manifests)["env"]}
    own = {entry["name"] for entry in values.get("extraEnv", [])}
    settings = {name.removeprefix(prefix).lower(): given[name] for name in given.keys() - own}
    assert Settings.model_validate(settings).model_fields_set == settings.keys()


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        (IMAGE, f"{IMAGE['repository']}:0.1.0"),
        ({**IMAGE, "tag": "main"}, f"{IMAGE['repository']}:main"),
        ({**IMAGE, "tag": "main", "digest": DIGEST}, f"{IMAGE['repository']}@{DIGEST}"),
    ],
    ids=["by-version", "by-tag", "by-digest"],
)
async def test_the_image_is_named(helm: Helm, image: Json, reference: str) -> None:
    manifests = await helm.render(lean(image=image))

    assert container(manifests)["image"] == reference


@each_case
async def test_every_object_has_the_recommended_labels(helm: Helm, values: Json) -> None:
    manifests = await helm.render(values)

    own = [manifest for manifest in manifests if manifest != EXTRA]
    expected = RECOMMENDED | values.get("commonLabels", {}).keys()
    lacking = {
        (manifest["kind"], manifest["metadata"]["name"]): expected - labels.keys()
        for manifest in own
        if not expected <= (labels := manifest["metadata"]["labels"]).keys()
    }
    assert lacking == {}


@each_case
async def test_selectors_find_the_pods(helm: Helm, values: Json) -> None:
    manifests = await helm.render({**values, "crds": {"install": False}, "replicas": 2})

    specs = {manifest["kind"]: manifest["spec"] for manifest in manifests if "spec" in manifest}
    deployment = specs["Deployment"]
    labels = deployment["template"]["metadata"]["labels"]
    selector = deployment["selector"]["matchLabels"]
    assert selector.items() <= labels.items()
    assert specs["PodDisruptionBudget"]["selector"]["matchLabels"] == selector
    policy = specs.get("NetworkPolicy", {"podSelector": {"matchLabels": selector}})
    assert policy["podSelector"]["matchLabels"] == selector


async def test_labels_of_users_do_not_break_the_selector(helm: Helm) -> None:
    taken = {"app.kubernetes.io/name": "mine", "app.kubernetes.io/instance": "mine"}

    manifests = await helm.render(lean(commonLabels=taken, podLabels=taken))

    deployment = only(manifests, "Deployment")["spec"]
    assert deployment["selector"]["matchLabels"] == {
        "app.kubernetes.io/name": "harbor-operator",
        "app.kubernetes.io/instance": "harbor-operator",
    }
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"].items() <= labels.items()


@pytest.mark.parametrize(
    ("values", "budgets"),
    [
        ({"replicas": 0}, 0),
        ({"replicas": 1}, 0),
        ({"replicas": 2}, 1),
        ({"replicas": 2, "podDisruptionBudget": {"enabled": False}}, 0),
    ],
    ids=["none", "one", "two", "switched-off"],
)
async def test_evictions_are_limited_only_with_a_standby(
    helm: Helm, values: Json, budgets: int
) -> None:
    manifests = await helm.render(lean(**values))

    assert kinds(manifests).count("PodDisruptionBudget") == budgets


async def test_the_network_policy_lets_through_what_is_stated(helm: Helm) -> None:
    manifests = await helm.render({**CASES["all-options"], "crds": {"install": False}})

    names, server, harbor, own = only(manifests, "NetworkPolicy")["spec"]["egress"]

    assert {port["protocol"] for port in names["ports"]} == {"UDP", "TCP"}
    assert server == {
        "to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}],
        "ports": [{"protocol": "TCP", "port": 6443}],
    }
    assert harbor == {
        "to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}, {"ipBlock": {"cidr": "2001:db8::/64"}}],
        "ports": [{"protocol": "TCP", "port": 443}],
    }
    assert own == {"ports": [{"protocol": "TCP", "port": 3128}]}


async def test_the_network_policy_limits_ports_where_no_network_is_stated(helm: Helm) -> None:
    manifests = await helm.render({**CASES["open-network"], "crds": {"install": False}})

    _, server, harbor = only(manifests, "NetworkPolicy")["spec"]["egress"]

    assert server == {"ports": [{"protocol": "TCP", "port": port} for port in (443, 6443)]}
    assert harbor == {"ports": [{"protocol": "TCP", "port": 443}]}


@pytest.mark.parametrize("file", POLICIES)
async def test_an_admission_policy_is_that_of_the_plain_manifests(helm: Helm, file: str) -> None:
    manifests = await helm.render({**CASES["all-options"], "crds": {"install": False}})

    source = read_manifests(ROOT / "deploy" / "admission" / f"{file}.yaml")
    assert [only(manifests, manifest["kind"])["spec"] for manifest in source] == [
        manifest["spec"] for manifest in source
    ]


async def test_editors_of_namespaces_cannot_edit_connections(helm: Helm) -> None:
    manifests = await helm.render(lean(rbac={"create": False}))

    view, edit = (only(manifests, "ClusterRole", ending=end) for end in ("-view", "-edit"))

    kinds_of = {role["metadata"]["name"]: role["rules"][0]["resources"] for role in (view, edit)}
    assert set(kinds_of["harbor-operator-view"]) == {
        crd["spec"]["names"]["plural"] for crd in read_crds(CRDS)
    }
    assert set(kinds_of["harbor-operator-view"]) - set(kinds_of["harbor-operator-edit"]) == {
        "clusterharborconnections"
    }
    assert set(view["rules"][0]["verbs"]).isdisjoint(edit["rules"][0]["verbs"])


async def test_extra_objects_are_passed_on_as_they_are(helm: Helm) -> None:
    manifests = await helm.render({**CASES["all-options"], "crds": {"install": False}})

    assert [m for m in manifests if m["metadata"]["name"] == EXTRA["metadata"]["name"]] == [EXTRA]


def test_the_chart_has_the_version_of_the_operator() -> None:
    [chart] = read_manifests(CHART / "Chart.yaml")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")

    stated = re.search(r'^version = "(.+)"$', project, flags=re.MULTILINE)

    assert stated is not None
    assert {chart["version"], chart["appVersion"]} == {stated[1]}


async def test_levels_of_loggers_are_a_file_that_the_operator_follows(helm: Helm) -> None:
    levels = {"harbor_operator.engine.telemetry.requests": "DEBUG", "harbor_operator.kube": "ERROR"}

    manifests = await helm.render(lean(logLevels=levels))

    given = only(manifests, "ConfigMap")
    [_, volume] = pod_of(manifests)["volumes"]
    [_, mount] = container(manifests)["volumeMounts"]
    env = {entry["name"]: entry["value"] for entry in container(manifests)["env"]}
    assert volume["configMap"]["name"] == given["metadata"]["name"]
    file = env["HARBOR_OPERATOR_LOG_LEVELS_FILE"].removeprefix(f"{mount['mountPath']}/")
    assert parse_levels(given["data"][file]) == levels


async def test_people_get_the_rights_that_the_tests_of_tenants_have(helm: Helm) -> None:
    manifests = await helm.render(lean())

    added = {
        manifest["metadata"]["name"].rpartition("-")[2]: manifest["rules"]
        for manifest in manifests
        if any(name.startswith(AGGREGATE) for name in manifest["metadata"].get("labels", {}))
    }
    assert added == {"view": [VIEW], "edit": [EDIT]}
