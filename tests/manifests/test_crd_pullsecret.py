"""Good and bad HarborPullSecrets, on a real API server."""

import pytest

from harbor_operator.api.pullsecret import PULL_SECRETS
from tests.support.custom_resources import MINIMAL_SPECS, Json, Server

MINIMAL = MINIMAL_SPECS[PULL_SECRETS.kind]

GOOD: dict[str, Json] = {
    "everything": {
        "secretName": "harbor-pull",
        "secretTemplate": {"labels": {"app": "pull"}, "annotations": {"note": ""}},
        "registryHosts": ["harbor.example.com:8443", "127.0.0.1:5000"],
        "targets": {
            "namespaces": {
                "names": ["team-*", "ci"],
                "selector": {"matchLabels": {"harbor": "yes"}},
                "exclude": ["team-x"],
            }
        },
        "serviceAccounts": {"names": ["default", "builder.ci"]},
        "verification": {"mode": "None"},
        "suspend": True,
    },
    "every namespace": {"targets": {"namespaces": {"names": ["*"]}}},
    "namespaces by label": {"targets": {"namespaces": {"selector": {"matchLabels": {"a": ""}}}}},
    "the default verification": {"verification": {}},
}
BAD: dict[str, tuple[Json, str]] = {
    "no robot": ({"robotRef": None}, "spec.robotRef"),
    "a robot without a name": ({"robotRef": {}}, "spec.robotRef.name"),
    "a Secret's name with capitals": ({"secretName": "Pull"}, "spec.secretName"),
    "no registry": ({"registryHosts": []}, "spec.registryHosts"),
    "a registry twice": ({"registryHosts": ["a.example", "a.example"]}, "spec.registryHosts"),
    "a registry with a user": ({"registryHosts": ["me@a.example"]}, "spec.registryHosts[0]"),
    "no targets": ({"targets": {}}, "spec.targets.namespaces"),
    "an empty selection": ({"targets": {"namespaces": {}}}, "spec.targets.namespaces"),
    "a selection that only excludes": (
        {"targets": {"namespaces": {"exclude": ["a"]}}},
        "spec.targets.namespaces",
    ),
    "an empty selector": (
        {"targets": {"namespaces": {"selector": {}}}},
        "spec.targets.namespaces.selector",
    ),
    "no ServiceAccounts": ({"serviceAccounts": {}}, "spec.serviceAccounts.names"),
    "an empty list of ServiceAccounts": (
        {"serviceAccounts": {"names": []}},
        "spec.serviceAccounts.names",
    ),
    "a ServiceAccount twice": (
        {"serviceAccounts": {"names": ["default", "default"]}},
        "spec.serviceAccounts.names",
    ),
    "a glob of ServiceAccounts": (
        {"serviceAccounts": {"names": ["*"]}},
        "spec.serviceAccounts.names[0]",
    ),
    "an unknown verification": ({"verification": {"mode": "Pull"}}, "spec.verification.mode"),
    "a label of the operator": (
        {"secretTemplate": {"labels": {"harbor-operator.dev/managed": "false"}}},
        "spec.secretTemplate.labels",
    ),
}


@pytest.mark.parametrize("change", GOOD.values(), ids=GOOD.keys())
async def test_a_good_pull_secret_is_accepted(server: Server, change: Json) -> None:
    spec = {**MINIMAL, **change}

    answer = await server.try_create(PULL_SECRETS, spec)

    assert answer.status == 201, answer.message
    assert answer.body["spec"] == spec
    assert PULL_SECRETS.parse(answer.body).spec == PULL_SECRETS.spec.model_validate(spec)


@pytest.mark.parametrize(("change", "names"), BAD.values(), ids=BAD.keys())
async def test_a_bad_pull_secret_is_refused_by_field(
    server: Server, change: Json, names: str
) -> None:
    answer = await server.try_create(PULL_SECRETS, {**MINIMAL, **change})

    assert answer.status == 422
    assert names in answer.message


@pytest.mark.parametrize(("before", "after"), [("pull", "other"), ("pull", None), (None, "pull")])
async def test_the_secrets_name_stays(
    server: Server, before: str | None, after: str | None
) -> None:
    async with server.stored(PULL_SECRETS, {**MINIMAL, "secretName": before}):
        answer = await server.try_update(PULL_SECRETS, {"secretName": after})

    assert answer.status == 422
    assert "spec.secretName" in answer.message
    assert "secretName is immutable" in answer.message


@pytest.mark.parametrize(
    "change",
    [
        {"robotRef": {"name": "another"}},
        {"secretName": "example"},
        {"targets": {"namespaces": {"names": ["team-a"]}}},
    ],
    ids=["robot", "the default name", "targets"],
)
async def test_what_may_change_can_be_changed(server: Server, change: Json) -> None:
    async with server.stored(PULL_SECRETS, MINIMAL):
        answer = await server.try_update(PULL_SECRETS, change)

    assert answer.status == 200, answer.message
