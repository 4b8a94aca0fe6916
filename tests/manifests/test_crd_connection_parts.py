"""Tenants' ceilings and defaults, upstream registries and maintenance, on a real API server."""

import pytest

from harbor_operator.api.connection import CONNECTIONS
from tests.support.custom_resources import MINIMAL_SPECS, Json, Server

MINIMAL = MINIMAL_SPECS[CONNECTIONS.kind]
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
HUB: Json = {"name": "dockerhub", "type": "docker-hub", "url": "https://hub.docker.com"}


def tenant(**parts: object) -> Json:
    return {"tenants": [{"namespaces": {"names": ["team-*"]}, **parts}]}


def registry(**changes: object) -> Json:
    return {"registries": [{**HUB, **changes}]}


GOOD: dict[str, Json] = {
    "ceilings": tenant(
        proxyCacheRegistries=["dockerhub", "mirror-*"], webhookHosts=["*.example.com", "ci"]
    ),
    "no default": tenant(projectDefaults={}),
    "defaults": tenant(
        projectDefaults={
            "visibility": "Private",
            "storageQuota": "10Gi",
            "scanning": {"onPush": True},
            "pullRestrictions": {
                "blockSeverity": "Critical",
                "allowedCVEs": {"ids": ["CVE-2024-1"]},
            },
            "members": [{"kind": "Group", "name": "ops", "groupType": "OIDC", "role": "Guest"}],
            "membersPolicy": "Additive",
            "retention": {
                "schedule": "0 3 * * *",
                "rules": [{"keep": {"mostRecentlyPushed": 10}}],
            },
            "immutableTags": [{"tags": "v*"}],
            "labels": [{"name": "tier-1"}],
        }
    ),
    "the most rules": {"tenants": [{"namespaces": {"names": [f"team-{n}"]}} for n in range(32)]},
    "no registry": {"registries": []},
    "registries": {
        "registries": [
            HUB,
            {
                "name": "Mirror_1.eu",
                "type": "huawei-SWR",
                "url": "http://mirror.example.com:5000/v2",
                "credentialsSecretRef": {"namespace": "harbor-operator", "name": "mirror"},
                "insecureSkipTLSVerify": True,
                "caCertificate": CERTIFICATE,
            },
        ]
    },
    "no maintenance": {"maintenance": {}},
    "maintenance": {
        "maintenance": {
            "garbageCollection": {
                "schedule": "0 2 * * 0",
                "deleteUntagged": True,
                "workers": 10,
            },
            "scanAll": {"schedule": "0 4 * * *"},
            "auditLogPurge": {"schedule": "0 5 * * *", "retentionHours": 2160},
        }
    },
}
BAD: dict[str, tuple[Json, str]] = {
    "a regular expression for a registry": (
        tenant(proxyCacheRegistries=["(a|b)"]),
        "spec.tenants[0].proxyCacheRegistries[0]",
    ),
    "a webhook's host with a port": (
        tenant(webhookHosts=["ci.example.com:8080"]),
        "spec.tenants[0].webhookHosts[0]",
    ),
    "a webhook's host with a scheme": (
        tenant(webhookHosts=["https://ci.example.com"]),
        "spec.tenants[0].webhookHosts[0]",
    ),
    "a bad default": (
        tenant(projectDefaults={"labels": [{"name": "a"}, {"name": "a"}]}),
        "labels: each name may be listed once",
    ),
    "a default member twice": (
        tenant(projectDefaults={"members": [{"kind": "User", "name": "a", "role": "Guest"}] * 2}),
        "spec.tenants[0].projectDefaults.members[1]: Duplicate value",
    ),
    "too many rules": (
        {"tenants": [{"namespaces": {"names": [f"team-{n}"]}} for n in range(33)]},
        "Too many: 33",
    ),
    "a registry twice": (
        {"registries": [HUB, {**HUB, "url": "https://mirror.example.com"}]},
        "registries: each name may be listed once",
    ),
    "a registry of an unknown type": (registry(type="helm-hub"), "spec.registries[0].type"),
    "a registry without a type": (registry(type=None), "spec.registries[0].type"),
    "a registry with a slash": (registry(name="docker/hub"), "spec.registries[0].name"),
    "a long registry": (registry(name="x" * 65), "spec.registries[0].name"),
    "a password in a registry": (
        registry(url="https://user:pw@hub.docker.com"),
        "spec.registries[0].url",
    ),
    "a registry without a scheme": (registry(url="hub.docker.com"), "spec.registries[0].url"),
    "credentials without a namespace": (
        registry(credentialsSecretRef={"name": "hub"}),
        "spec.registries[0].credentialsSecretRef.namespace: Required value",
    ),
    "a certificate that is none": (
        registry(caCertificate="/etc/ssl/ca.pem"),
        "spec.registries[0].caCertificate",
    ),
    "a bad schedule": (
        {"maintenance": {"scanAll": {"schedule": "@daily"}}},
        "a schedule has five fields",
    ),
    "no schedule": (
        {"maintenance": {"garbageCollection": {"deleteUntagged": True}}},
        "spec.maintenance.garbageCollection.schedule: Required value",
    ),
    "too many workers": (
        {"maintenance": {"garbageCollection": {"schedule": "0 2 * * 0", "workers": 11}}},
        "spec.maintenance.garbageCollection.workers",
    ),
    "a purge without an age": (
        {"maintenance": {"auditLogPurge": {"schedule": "0 5 * * *"}}},
        "spec.maintenance.auditLogPurge.retentionHours: Required value",
    ),
    "a purge of everything": (
        {"maintenance": {"auditLogPurge": {"schedule": "0 5 * * *", "retentionHours": 0}}},
        "spec.maintenance.auditLogPurge.retentionHours",
    ),
}
NOT_FOR_ALL: dict[str, Json] = {
    "webhooks": {"webhooks": []},
    "a proxy cache": {"proxyCache": {"registry": "dockerhub"}},
    "sharing": {"sharedWith": []},
    "a deletion policy": {"deletionPolicy": "Retain"},
}


@pytest.mark.parametrize("change", GOOD.values(), ids=GOOD.keys())
async def test_a_good_part_is_accepted_as_it_is(server: Server, change: Json) -> None:
    spec = {**MINIMAL, **change}

    answer = await server.try_create(CONNECTIONS, spec)

    assert answer.status == 201, answer.message
    assert answer.body["spec"] == spec
    assert CONNECTIONS.parse(answer.body).spec == CONNECTIONS.spec.model_validate(spec)


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
async def test_a_bad_part_is_refused_in_words(server: Server, change: Json, message: str) -> None:
    answer = await server.try_create(CONNECTIONS, {**MINIMAL, **change})

    assert answer.status == 422
    assert message in answer.message


@pytest.mark.parametrize("setting", NOT_FOR_ALL.values(), ids=NOT_FOR_ALL.keys())
async def test_some_settings_cannot_be_defaults(server: Server, setting: Json) -> None:
    answer = await server.try_create(CONNECTIONS, {**MINIMAL, **tenant(projectDefaults=setting)})

    assert answer.body["spec"]["tenants"][0]["projectDefaults"] == {}


async def test_the_type_of_a_registry_stays(server: Server) -> None:
    async with server.stored(CONNECTIONS, {**MINIMAL, **registry()}):
        changed = await server.try_update(CONNECTIONS, registry(type="quay"))
        moved = await server.try_update(CONNECTIONS, registry(url="https://mirror.example.com"))
        renamed = await server.try_update(CONNECTIONS, registry(name="quay", type="quay"))

    assert changed.status == 422
    assert "the type of a registry is immutable" in changed.message
    assert (moved.status, renamed.status) == (200, 200)
