"""Specs as the core reads them."""

from datetime import timedelta
from typing import Any

import pytest

from harbor_operator.api.base import ANNOTATION_ROTATE, NamespaceSelection
from harbor_operator.api.blocks.settings import ProjectSettings
from harbor_operator.api.blocks.visibility import Visibility
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS, AdoptionPolicy
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.namespaces import Operator, Requirement, Selection
from harbor_operator.core.project.blocks.members import Wanted as MembersWanted
from harbor_operator.core.project.blocks.retention import Wanted as RetentionWanted
from harbor_operator.core.robot.schedule import Schedule, Window
from harbor_operator.core.specs import (
    desired_project,
    desired_robot,
    distribution_rules,
    robot_base,
    selection_of,
    share_rules,
    tenant_rules,
)
from harbor_operator.core.tenancy import (
    DEFAULT_RULE,
    NEVER_EXPIRES,
    AccessLevel,
    DistributionRule,
    ShareRule,
    TenantRule,
)

Fields = dict[str, Any]

HALF_AN_HOUR = timedelta(minutes=30)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NAMES = {("team", "app"): "team.app"}
PULL = frozenset({("team.app", "repository", "pull")})


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
    ("spec", "settings"),
    [
        pytest.param({}, {}, id="nothing stated, nothing managed"),
        pytest.param(
            {"visibility": "Public", "scanning": {"onPush": True}},
            {"metadata": {"visibility": "Public", "scanning.onPush": "true"}},
            id="one block of several fields",
        ),
        pytest.param({"storageQuota": "1Ki"}, {"storageQuota": 1024}, id="a quota"),
        pytest.param({"storageQuota": "Unlimited"}, {"storageQuota": -1}, id="no quota"),
        pytest.param(
            {"scanning": {"scanner": "Trivy", "onPush": False}, "labels": [], "webhooks": []},
            {
                "metadata": {"scanning.onPush": "false"},
                "scanner": "Trivy",
                "labels": (),
                "webhooks": (),
            },
            id="several blocks; empty lists are stated",
        ),
        pytest.param({"members": []}, {}, id="but not that of the members"),
        pytest.param(
            {"immutableTags": [], "retention": {"rules": []}},
            {"immutableTags": (), "retention": RetentionWanted(None, ())},
            id="rules",
        ),
    ],
)
def test_the_settings_that_a_project_states(spec: Fields, settings: Fields) -> None:
    assert desired_project(PROJECTS.parse(body(spec)), None).settings == settings


def test_a_project_manages_the_members_of_its_status() -> None:
    parsed = PROJECTS.parse({**body({}), "status": {"managedMembers": ["User/bob"]}})

    wanted = MembersWanted((), managed=frozenset({"User/bob"}))
    assert desired_project(parsed, None).settings == {"members": wanted}


@pytest.mark.parametrize(
    ("spec", "name", "adoption"),
    [
        pytest.param({}, "app", AdoptionPolicy.NEVER, id="defaults"),
        pytest.param({"projectName": "shop"}, "shop", AdoptionPolicy.NEVER, id="a name"),
        pytest.param(
            {"adoptionPolicy": "IfUnclaimed"}, "app", AdoptionPolicy.IF_UNCLAIMED, id="adoption"
        ),
    ],
)
def test_what_else_a_project_asks_for(spec: Fields, name: str, adoption: AdoptionPolicy) -> None:
    desired = desired_project(PROJECTS.parse(body(spec)), rule())

    assert (desired.name, desired.adoption, desired.defaults) == (name, adoption, ())


def test_the_rules_defaults_stand_under_what_a_project_states() -> None:
    defaults = ProjectSettings.model_validate(
        {"visibility": "Public", "storageQuota": "1Ki", "scanning": {"onPush": True}}
    )

    desired = desired_project(
        PROJECTS.parse(body({"visibility": "Private"})), rule(project_defaults=defaults)
    )

    assert desired.settings == {
        "metadata": {"visibility": "Private", "scanning.onPush": "true"},
        "storageQuota": 1024,
    }
    assert desired.defaults == (("storageQuota", "1Ki"), ("scanning.onPush", "true"))


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
    desired = desired_robot(ROBOTS.parse(robot(spec)), tenant, HALF_AN_HOUR, NAMES)

    assert desired.lifetime_days == days


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param({}, Schedule(lifetime=90 * DAY, overlap=HOUR), id="by its age alone"),
        pytest.param(
            {"rotation": {"overlap": "5m"}},
            Schedule(lifetime=90 * DAY, overlap=HALF_AN_HOUR),
            id="with an overlap of at least a token's lifetime",
        ),
        pytest.param(
            {"rotation": {"every": "720h", "overlap": "24h"}},
            Schedule(every=30 * DAY, lifetime=90 * DAY, overlap=DAY),
            id="at an age of its own",
        ),
        pytest.param(
            {"lifetimeDays": "Never"},
            Schedule(lifetime=None, overlap=HOUR),
            id="never, where it never expires",
        ),
        pytest.param(
            {
                "rotation": {
                    "schedule": "0 3 * * 0",
                    "timeZone": "Europe/Paris",
                    "jitter": "30m",
                    "windows": [{"schedule": "0 1 * * *", "duration": "4h"}],
                }
            },
            Schedule(
                cron="0 3 * * 0",
                time_zone="Europe/Paris",
                lifetime=90 * DAY,
                jitter=HALF_AN_HOUR,
                windows=(Window("0 1 * * *", 4 * HOUR),),
                overlap=HOUR,
            ),
            id="by a schedule and within windows",
        ),
    ],
)
def test_when_a_robot_rotates(spec: Fields, expected: Schedule) -> None:
    desired = desired_robot(ROBOTS.parse(robot(spec)), None, HALF_AN_HOUR, NAMES)

    assert desired.schedule == expected
    assert desired.overlap == expected.overlap


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
    desired = desired_robot(ROBOTS.parse(robot(spec, **metadata)), None, HALF_AN_HOUR, NAMES)

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
        pytest.param({"maxStorageQuota": "Unlimited"}, {}, id="quotas of any size"),
        pytest.param(
            {"proxyCacheRegistries": ["hub*"]},
            {"proxy_cache_registries": ("hub*",)},
            id="upstream registries",
        ),
        pytest.param(
            {"webhookHosts": ["*.example.com"]},
            {"webhook_hosts": ("*.example.com",)},
            id="hosts of webhooks",
        ),
        pytest.param(
            {"projectDefaults": {"visibility": "Public"}},
            {"project_defaults": ProjectSettings(visibility=Visibility.PUBLIC)},
            id="defaults",
        ),
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


def test_whom_a_project_is_shared_with() -> None:
    stated = [
        {"namespaces": {"names": ["shop"]}, "access": "PullPush", "distribute": True},
        {"namespaces": {"names": ["web-*"]}, "access": "Pull"},
    ]
    spec = PROJECTS.parse(body({"sharedWith": stated})).spec

    assert share_rules(spec) == (
        ShareRule(Selection(names=("shop",)), AccessLevel.PULL_PUSH, distribute=True),
        ShareRule(Selection(names=("web-*",)), AccessLevel.PULL),
    )
