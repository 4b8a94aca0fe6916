"""Specs as the core reads them."""

from datetime import timedelta
from typing import Any

import pytest

from harbor_operator.api.base import ANNOTATION_ROTATE, NamespaceSelection
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS, AdoptionPolicy
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.namespaces import Operator, Requirement, Selection
from harbor_operator.core.specs import (
    desired_project,
    desired_pull_secret,
    desired_robot,
    distribution_rules,
    robot_base,
    selection_of,
    tenant_rules,
)
from harbor_operator.core.tenancy import (
    DEFAULT_RULE,
    NEVER_EXPIRES,
    AccessLevel,
    DistributionRule,
    TenantRule,
)

Fields = dict[str, Any]

HALF_AN_HOUR = timedelta(minutes=30)
PULL = frozenset({("repository", "pull")})


def body(spec: Fields, *, name: str = "app", namespace: str = "team", **metadata: Any) -> Fields:  # noqa: ANN401 -- fields of ObjectMeta
    return {"metadata": {"name": name, "namespace": namespace, **metadata}, "spec": spec}


def robot(spec: Fields, **metadata: Any) -> Fields:  # noqa: ANN401 -- fields of ObjectMeta
    access = [{"projectRef": {"name": "app"}, "preset": "Pull"}]
    return body({"access": access, **spec}, **metadata)


def rule(**fields: Any) -> TenantRule:  # noqa: ANN401 -- fields of a rule
    return TenantRule(namespaces=Selection(names=("*",)), projects=("*",), **fields)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param({"names": ["a", "b-*"]}, Selection(names=("a", "b-*")), id="names"),
        pytest.param(
            {"names": ["*"], "exclude": ["kube-*"]},
            Selection(names=("*",), exclude=("kube-*",)),
            id="names without some",
        ),
        pytest.param(
            {"selector": {"matchLabels": {"tier": "web"}}},
            Selection(selector=(Requirement("tier", Operator.IN, frozenset({"web"})),)),
            id="labels",
        ),
        pytest.param(
            {
                "selector": {
                    "matchExpressions": [
                        {"key": "tier", "operator": "NotIn", "values": ["db", "ci"]},
                        {"key": "team", "operator": "Exists"},
                        {"key": "off", "operator": "DoesNotExist"},
                        {"key": "zone", "operator": "In", "values": ["a"]},
                    ]
                }
            },
            Selection(
                selector=(
                    Requirement("tier", Operator.NOT_IN, frozenset({"db", "ci"})),
                    Requirement("team", Operator.EXISTS),
                    Requirement("off", Operator.DOES_NOT_EXIST),
                    Requirement("zone", Operator.IN, frozenset({"a"})),
                )
            ),
            id="expressions",
        ),
        pytest.param({}, Selection(), id="nothing at all"),
        pytest.param({"selector": {}}, Selection(selector=()), id="an empty selector"),
    ],
)
def test_selections_of_namespaces(spec: Fields, expected: Selection) -> None:
    assert selection_of(NamespaceSelection.model_validate(spec)) == expected


@pytest.mark.parametrize(
    ("spec", "metadata"),
    [
        pytest.param({}, {}, id="nothing stated, nothing managed"),
        pytest.param({"visibility": "Public"}, {"public": "true"}, id="public"),
        pytest.param({"visibility": "Private"}, {"public": "false"}, id="private"),
        pytest.param({"scanning": {"onPush": True}}, {"auto_scan": "true"}, id="scan on push"),
        pytest.param({"scanning": {"onPush": False}}, {"auto_scan": "false"}, id="no scan"),
        pytest.param(
            {"scanning": {"sbomOnPush": True}}, {"auto_sbom_generation": "true"}, id="sbom on push"
        ),
        pytest.param(
            {"pullRestrictions": {"requireCosignSignature": True}},
            {"enable_content_trust_cosign": "true"},
            id="signatures by Cosign",
        ),
        pytest.param(
            {"pullRestrictions": {"requireNotationSignature": False}},
            {"enable_content_trust": "false"},
            id="no signatures by Notation",
        ),
        pytest.param(
            {"pullRestrictions": {"blockSeverity": "None"}},
            {"prevent_vul": "false"},
            id="no severity blocks",
        ),
        *(
            pytest.param(
                {"pullRestrictions": {"blockSeverity": severity}},
                {"prevent_vul": "true", "severity": severity.lower()},
                id=f"{severity} blocks",
            )
            for severity in ("Low", "Medium", "High", "Critical")
        ),
        pytest.param(
            {"visibility": "Public", "scanning": {"onPush": True, "sbomOnPush": False}},
            {"public": "true", "auto_scan": "true", "auto_sbom_generation": "false"},
            id="several at once",
        ),
    ],
)
def test_a_projects_settings_in_harbors_words(spec: Fields, metadata: dict[str, str]) -> None:
    assert desired_project(PROJECTS.parse(body(spec))).metadata == metadata


@pytest.mark.parametrize(
    ("spec", "name", "storage", "adoption"),
    [
        pytest.param({}, "app", None, AdoptionPolicy.NEVER, id="defaults"),
        pytest.param({"projectName": "shop"}, "shop", None, AdoptionPolicy.NEVER, id="a name"),
        pytest.param({"storageQuota": "1Ki"}, "app", 1024, AdoptionPolicy.NEVER, id="a quota"),
        pytest.param({"storageQuota": "Unlimited"}, "app", -1, AdoptionPolicy.NEVER, id="no quota"),
        pytest.param(
            {"adoptionPolicy": "IfUnclaimed"},
            "app",
            None,
            AdoptionPolicy.IF_UNCLAIMED,
            id="adoption",
        ),
    ],
)
def test_what_else_a_project_asks_for(
    spec: Fields, name: str, storage: int | None, adoption: AdoptionPolicy
) -> None:
    desired = desired_project(PROJECTS.parse(body(spec)))

    assert (desired.name, desired.storage_bytes, desired.adoption) == (name, storage, adoption)


@pytest.mark.parametrize(
    ("spec", "tenant", "days"),
    [
        pytest.param({}, None, 90, id="ninety days without a rule"),
        pytest.param({}, rule(), 90, id="ninety days where the rule allows more"),
        pytest.param({}, rule(max_lifetime_days=30), 30, id="the rule's limit where it is less"),
        pytest.param({"lifetimeDays": 7}, rule(max_lifetime_days=30), 7, id="the spec's days"),
        pytest.param(
            {"lifetimeDays": 400}, rule(), 400, id="the spec's days although they are too many"
        ),
        pytest.param({"lifetimeDays": "Never"}, rule(), NEVER_EXPIRES, id="for ever"),
    ],
)
def test_how_long_a_robot_lives(spec: Fields, tenant: TenantRule | None, days: int) -> None:
    desired = desired_robot(ROBOTS.parse(robot(spec)), tenant, HALF_AN_HOUR)

    assert desired.lifetime_days == days


@pytest.mark.parametrize(
    ("rotation", "every", "overlap"),
    [
        pytest.param({}, None, timedelta(hours=1), id="an hour's overlap"),
        pytest.param({"overlap": "5m"}, None, HALF_AN_HOUR, id="at least a token's lifetime"),
        pytest.param(
            {"every": "720h", "overlap": "24h"},
            timedelta(days=30),
            timedelta(days=1),
            id="as the spec says",
        ),
    ],
)
def test_when_a_robot_rotates(
    rotation: Fields, every: timedelta | None, overlap: timedelta
) -> None:
    desired = desired_robot(ROBOTS.parse(robot({"rotation": rotation})), None, HALF_AN_HOUR)

    assert (desired.every, desired.overlap) == (every, overlap)


@pytest.mark.parametrize(
    ("spec", "metadata", "expected"),
    [
        pytest.param({}, {}, ("app", None), id="defaults"),
        pytest.param({"secretName": "login"}, {}, ("login", None), id="a Secret's name"),
        pytest.param(
            {}, {"annotations": {ANNOTATION_ROTATE: "today"}}, ("app", "today"), id="a request"
        ),
    ],
)
def test_what_else_a_robot_asks_for(
    spec: Fields, metadata: Fields, expected: tuple[str, str | None]
) -> None:
    desired = desired_robot(ROBOTS.parse(robot(spec, **metadata)), None, HALF_AN_HOUR)

    assert (desired.secret_name, desired.request) == expected
    assert desired.grants == PULL


def test_a_robots_base_is_its_name_with_five_digits_of_its_place() -> None:
    base = robot_base(ROBOTS.parse(robot({})), "cluster-1")

    assert base == "app-ccce9"
    assert robot_base(ROBOTS.parse(robot({})), "cluster-1") == base


@pytest.mark.parametrize(
    ("cluster", "metadata"),
    [
        pytest.param("cluster-2", {}, id="of another cluster"),
        pytest.param("cluster-1", {"namespace": "other"}, id="of another namespace"),
        pytest.param("cluster-1", {"name": "app2"}, id="of another name"),
    ],
)
def test_no_two_robots_share_a_base(cluster: str, metadata: Fields) -> None:
    first = robot_base(ROBOTS.parse(robot({})), "cluster-1")

    assert robot_base(ROBOTS.parse(robot({}, **metadata)), cluster) != first


def test_a_stated_robot_name_is_taken_as_it_is() -> None:
    assert robot_base(ROBOTS.parse(robot({"robotName": "ci"})), "cluster-1") == "ci"


def connection(**spec: Any) -> Fields:  # noqa: ANN401 -- fields of a spec
    required = {
        "url": "https://harbor.example.com",
        "credentialsSecretRef": {"namespace": "system", "name": "harbor"},
    }
    return body({**required, **spec}, namespace="")


def test_a_connection_without_tenants_states_no_rules() -> None:
    assert tenant_rules(CONNECTIONS.parse(connection()).spec) is None


def test_a_connection_with_an_empty_list_of_tenants_allows_nobody() -> None:
    assert tenant_rules(CONNECTIONS.parse(connection(tenants=[])).spec) == ()


def test_a_rule_that_says_nothing_is_the_default_rule() -> None:
    spec = CONNECTIONS.parse(connection(tenants=[{"namespaces": {"names": ["*"]}}])).spec

    assert tenant_rules(spec) == (DEFAULT_RULE,)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"maxAccess": "Pull"}, {"max_access": AccessLevel.PULL}, id="Pull"),
        pytest.param(
            {"maxAccess": "PullPush"}, {"max_access": AccessLevel.PULL_PUSH}, id="PullPush"
        ),
        pytest.param({"maxAccess": "Project"}, {"max_access": AccessLevel.PROJECT}, id="Project"),
        pytest.param({"maxAccess": "System"}, {"max_access": AccessLevel.SYSTEM}, id="System"),
        pytest.param({"mayAdopt": True}, {"may_adopt": True}, id="adoption"),
        pytest.param(
            {"mayDeleteAdopted": True}, {"may_delete_adopted": True}, id="deleting what was adopted"
        ),
        pytest.param({"maxRobotLifetimeDays": 9}, {"max_lifetime_days": 9}, id="lifetimes"),
        pytest.param(
            {"allowNeverExpire": True}, {"allow_never_expire": True}, id="robots for ever"
        ),
        pytest.param({"allowPublic": True}, {"allow_public": True}, id="public projects"),
        pytest.param({"maxStorageQuota": "2Ki"}, {"max_storage_bytes": 2048}, id="quotas"),
    ],
)
def test_what_a_tenant_rule_says(fields: Fields, expected: Fields) -> None:
    stated = {"namespaces": {"names": ["*"]}, "projects": ["*"], **fields}
    spec = CONNECTIONS.parse(connection(tenants=[stated])).spec

    assert tenant_rules(spec) == (rule(**expected),)


def test_distribution_rules() -> None:
    stated = [{"from": ["team"], "to": {"names": ["shop-*"], "exclude": ["shop-x"]}}]
    spec = CONNECTIONS.parse(connection(distribution=stated)).spec

    assert distribution_rules(spec) == (
        DistributionRule(("team",), Selection(names=("shop-*",), exclude=("shop-x",))),
    )


def test_a_pull_secret_that_says_little_stays_at_home() -> None:
    desired = desired_pull_secret(PULL_SECRETS.parse(body({"robotRef": {"name": "ci"}})))

    assert (desired.secret_name, desired.targets, desired.hosts) == ("app", None, None)
    assert (desired.service_accounts, desired.verify) == (frozenset(), True)


def test_a_pull_secret_that_says_everything() -> None:
    spec = {
        "robotRef": {"name": "ci"},
        "secretName": "pull",
        "targets": {"namespaces": {"names": ["shop-*"]}},
        "serviceAccounts": {"names": ["default", "build"]},
        "registryHosts": ["harbor.example.com"],
        "verification": {"mode": "None"},
    }

    desired = desired_pull_secret(PULL_SECRETS.parse(body(spec)))

    assert desired.secret_name == "pull"
    assert desired.targets == Selection(names=("shop-*",))
    assert desired.service_accounts == {"default", "build"}
    assert (desired.hosts, desired.verify) == (("harbor.example.com",), False)
