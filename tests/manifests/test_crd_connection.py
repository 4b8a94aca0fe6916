"""Good and bad ClusterHarborConnections, on a real API server."""

import pytest

from harbor_operator.api.connection import CONNECTIONS
from tests.support.custom_resources import MINIMAL_SPECS, Json, Server

MINIMAL = MINIMAL_SPECS[CONNECTIONS.kind]
BUNDLE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
BUNDLE_REF = {"kind": "ConfigMap", "namespace": "harbor-operator", "name": "ca"}
TEAM = {"names": ["team-*"]}
COMPLETE: Json = {
    "url": "https://harbor.example.com:8443/",
    "registryHosts": ["harbor.example.com", "harbor.example.com:8443"],
    "caBundle": BUNDLE,
    "requests": {"timeoutSeconds": 30, "maxConcurrent": 8, "perSecond": 50},
    "driftCheckPeriod": "1h30m",
    "suspend": False,
    "tenants": [
        {
            "namespaces": {
                "names": ["team-*"],
                "selector": {
                    "matchLabels": {"tier": "gold"},
                    "matchExpressions": [
                        {"key": "zone", "operator": "In", "values": ["a", "b"]},
                        {"key": "legacy", "operator": "DoesNotExist"},
                    ],
                },
                "exclude": ["team-x"],
            },
            "projects": ["{namespace}", "{namespace}.*", "shared_*"],
            "mayAdopt": True,
            "mayDeleteAdopted": True,
            "maxAccess": "System",
            "maxRobotLifetimeDays": 3650,
            "allowNeverExpire": True,
            "allowPublic": True,
            "maxStorageQuota": "100Gi",
        }
    ],
    "distribution": [{"from": ["platform"], "to": {"names": ["*"], "exclude": ["kube-*"]}}],
}

GOOD: dict[str, Json] = {
    "everything": COMPLETE,
    "plain http on this host": {"url": "http://localhost:8080"},
    "plain http on a loopback address": {"url": "http://127.0.0.1:8080"},
    "plain http on the IPv6 loopback": {"url": "http://[::1]:8080"},
    "plain http where it is allowed": {"url": "http://harbor", "allowPlainHTTP": True},
    "an IPv6 address": {"url": "https://[2001:db8::1]"},
    "a bundle elsewhere": {"caBundleRef": {**BUNDLE_REF, "key": "bundle.pem"}},
    "nobody is a tenant": {"tenants": []},
    "nothing is distributed": {"distribution": []},
    "shortest drift check": {"driftCheckPeriod": "60s"},
    "a quota without limit": {"tenants": [{"namespaces": TEAM, "maxStorageQuota": "Unlimited"}]},
}

BAD: dict[str, tuple[Json, str]] = {
    "plain http": ({"url": "http://harbor.example.com"}, "spec.url"),
    "plain http where it is forbidden": (
        {"url": "http://harbor.example.com", "allowPlainHTTP": False},
        "plain http sends passwords",
    ),
    "a host that only starts like loopback": (
        {"url": "http://127.0.0.1.example.com"},
        "spec.url",
    ),
    "a host that only starts like localhost": ({"url": "http://localhost.example"}, "spec.url"),
    "another scheme": ({"url": "ftp://harbor.example.com"}, "spec.url"),
    "a password in the url": ({"url": "https://user:pw@harbor.example.com"}, "spec.url"),
    "a path in the url": ({"url": "https://harbor.example.com/api"}, "spec.url"),
    "a query in the url": ({"url": "https://harbor.example.com?a=b"}, "spec.url"),
    "no url": ({"url": None}, "spec.url"),
    "a registry host with a scheme": (
        {"registryHosts": ["https://harbor.example.com"]},
        "spec.registryHosts[0]",
    ),
    "a registry host with a path": (
        {"registryHosts": ["harbor.example.com/payments"]},
        "spec.registryHosts[0]",
    ),
    "no registry host": ({"registryHosts": []}, "spec.registryHosts"),
    "a registry host twice": ({"registryHosts": ["a.example", "a.example"]}, "spec.registryHosts"),
    "no credentials": ({"credentialsSecretRef": None}, "spec.credentialsSecretRef"),
    "credentials without a namespace": (
        {"credentialsSecretRef": {"name": "harbor-admin"}},
        "spec.credentialsSecretRef.namespace",
    ),
    "credentials with a path for a name": (
        {"credentialsSecretRef": {"namespace": "a", "name": "../b"}},
        "spec.credentialsSecretRef.name",
    ),
    "two bundles": ({"caBundle": BUNDLE, "caBundleRef": BUNDLE_REF}, "spec.caBundle"),
    "a bundle that is none": ({"caBundle": "/etc/ssl/ca.pem"}, "spec.caBundle"),
    "a bundle in a Pod": ({"caBundleRef": {**BUNDLE_REF, "kind": "Pod"}}, "spec.caBundleRef.kind"),
    "no timeout": ({"requests": {"timeoutSeconds": 0}}, "spec.requests.timeoutSeconds"),
    "too many at once": ({"requests": {"maxConcurrent": 65}}, "spec.requests.maxConcurrent"),
    "no requests at all": ({"requests": {"perSecond": 0}}, "spec.requests.perSecond"),
    "a drift check all the time": ({"driftCheckPeriod": "59s"}, "spec.driftCheckPeriod"),
    "hardly any drift check": ({"driftCheckPeriod": "25h"}, "spec.driftCheckPeriod"),
    "a drift check in days": ({"driftCheckPeriod": "1d"}, "spec.driftCheckPeriod"),
    "an empty drift check": ({"driftCheckPeriod": ""}, "spec.driftCheckPeriod"),
    "a tenant rule for nobody": ({"tenants": [{}]}, "spec.tenants[0].namespaces"),
    "an empty selection": ({"tenants": [{"namespaces": {}}]}, "spec.tenants[0].namespaces"),
    "a selection of nothing": (
        {"tenants": [{"namespaces": {"names": []}}]},
        "spec.tenants[0].namespaces",
    ),
    "a selection that only excludes": (
        {"tenants": [{"namespaces": {"exclude": ["a"]}}]},
        "spec.tenants[0].namespaces",
    ),
    "an empty selector": (
        {"tenants": [{"namespaces": {"selector": {}}}]},
        "spec.tenants[0].namespaces.selector",
    ),
    "a selector of empty parts": (
        {"tenants": [{"namespaces": {"selector": {"matchLabels": {}, "matchExpressions": []}}}]},
        "spec.tenants[0].namespaces.selector",
    ),
    "an expression without values": (
        {
            "tenants": [
                {"namespaces": {"selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}}
            ]
        },
        "selector.matchExpressions[0]",
    ),
    "an expression with needless values": (
        {
            "tenants": [
                {
                    "namespaces": {
                        "selector": {
                            "matchExpressions": [
                                {"key": "a", "operator": "Exists", "values": ["b"]}
                            ]
                        }
                    }
                }
            ]
        },
        "selector.matchExpressions[0]",
    ),
    "a regular expression for a namespace": (
        {"tenants": [{"namespaces": {"names": ["team-[ab]"]}}]},
        "spec.tenants[0].namespaces.names[0]",
    ),
    "an unknown placeholder": (
        {"tenants": [{"namespaces": TEAM, "projects": ["{name}"]}]},
        "spec.tenants[0].projects[0]",
    ),
    "a tenant without projects": (
        {"tenants": [{"namespaces": TEAM, "projects": []}]},
        "spec.tenants[0].projects",
    ),
    "an unknown access": (
        {"tenants": [{"namespaces": TEAM, "maxAccess": "Everything"}]},
        "spec.tenants[0].maxAccess",
    ),
    "robots that live for a century": (
        {"tenants": [{"namespaces": TEAM, "maxRobotLifetimeDays": 36500}]},
        "spec.tenants[0].maxRobotLifetimeDays",
    ),
    "a quota in words": (
        {"tenants": [{"namespaces": TEAM, "maxStorageQuota": "plenty"}]},
        "spec.tenants[0].maxStorageQuota",
    ),
    "a distribution from nobody": (
        {"distribution": [{"from": [], "to": TEAM}]},
        "spec.distribution[0].from",
    ),
    "a distribution to nobody": (
        {"distribution": [{"from": ["platform"], "to": {}}]},
        "spec.distribution[0].to",
    ),
}


@pytest.mark.parametrize("change", GOOD.values(), ids=GOOD.keys())
async def test_a_good_connection_is_accepted(server: Server, change: Json) -> None:
    spec = {**MINIMAL, **change}

    answer = await server.try_create(CONNECTIONS, spec)

    assert answer.status == 201, answer.message
    assert answer.body["spec"] == spec
    assert CONNECTIONS.parse(answer.body).spec == CONNECTIONS.spec.model_validate(spec)


@pytest.mark.parametrize(("change", "names"), BAD.values(), ids=BAD.keys())
async def test_a_bad_connection_is_refused_by_field(
    server: Server, change: Json, names: str
) -> None:
    answer = await server.try_create(CONNECTIONS, {**MINIMAL, **change})

    assert answer.status == 422
    assert names in answer.message
