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
        "admissionInjection": True,
        "verification": {
            "mode": "Manifest",
            "manifest": {"repository": "payments/app/web", "reference": "v1.2"},
        },
        "rollout": {
            "canary": {"names": ["ci"], "selector": {"matchLabels": {"stage": "canary"}}},
            "pauseOnFailure": False,
        },
        "suspend": True,
    },
    "projects instead of a robot": {
        "robotRef": None,
        "projectRefs": [{"name": "web"}, {"name": "base"}],
        "robot": {"lifetimeDays": 30, "rotation": {"every": "240h", "overlap": "2h"}},
    },
    "projects alone": {"robotRef": None, "projectRefs": [{"name": "web"}]},
    "ServiceAccounts by label": {
        "serviceAccounts": {
            "selector": {"matchExpressions": [{"key": "pulls", "operator": "Exists"}]}
        }
    },
    "all ServiceAccounts": {"serviceAccounts": {"all": True}},
    "a manifest by its digest": {
        "verification": {
            "mode": "Manifest",
            "manifest": {"repository": "a/b", "reference": f"sha256:{'0' * 64}"},
        }
    },
    "every namespace": {"targets": {"namespaces": {"names": ["*"]}}},
    "namespaces by label": {"targets": {"namespaces": {"selector": {"matchLabels": {"a": ""}}}}},
    "the default verification": {"verification": {}},
}
TO_PROJECTS: Json = {"robotRef": None, "projectRefs": [{"name": "web"}]}
BAD: dict[str, tuple[Json, str]] = {
    "neither a robot nor projects": ({"robotRef": None}, "exactly one of projectRefs"),
    "a robot and projects": ({"projectRefs": [{"name": "web"}]}, "exactly one of projectRefs"),
    "no project": ({"robotRef": None, "projectRefs": []}, "spec.projectRefs"),
    "a project twice": (
        {"robotRef": None, "projectRefs": [{"name": "web"}, {"name": "web"}]},
        "spec.projectRefs",
    ),
    "a robot described beside one named": ({"robot": {"lifetimeDays": 30}}, "spec.robot"),
    "a rotation rarer than the lifetime": (
        {**TO_PROJECTS, "robot": {"lifetimeDays": 1, "rotation": {"every": "48h"}}},
        "spec.robot.rotation",
    ),
    "a lifetime of nothing": ({**TO_PROJECTS, "robot": {"lifetimeDays": 0}}, "lifetimeDays"),
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
    "no ServiceAccounts": ({"serviceAccounts": {}}, "spec.serviceAccounts"),
    "not all ServiceAccounts": ({"serviceAccounts": {"all": False}}, "spec.serviceAccounts.all"),
    "ServiceAccounts by name and label": (
        {"serviceAccounts": {"names": ["a"], "selector": {"matchLabels": {"b": "c"}}}},
        "exactly one of names, selector and all",
    ),
    "an empty selector of ServiceAccounts": (
        {"serviceAccounts": {"selector": {}}},
        "spec.serviceAccounts.selector",
    ),
    "a manifest that nothing asks for": (
        {"verification": {"manifest": {"repository": "a/b", "reference": "v1"}}},
        "spec.verification.manifest",
    ),
    "no manifest to ask for": (
        {"verification": {"mode": "Manifest"}},
        "spec.verification.manifest",
    ),
    "a repository without its project": (
        {
            "verification": {
                "mode": "Manifest",
                "manifest": {"repository": "app", "reference": "v1"},
            }
        },
        "spec.verification.manifest.repository",
    ),
    "a rollout without a canary": ({"rollout": {}}, "spec.rollout.canary"),
    "a canary that is nobody": ({"rollout": {"canary": {}}}, "spec.rollout.canary"),
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
    spec = {key: value for key, value in {**MINIMAL, **change}.items() if value is not None}

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


@pytest.mark.parametrize("name", ["a--b", "n" * 89], ids=["a doubled dash", "a long name"])
async def test_a_name_that_no_robot_can_have_goes_with_no_projects(
    server: Server, name: str
) -> None:
    projects = await server.try_create(PULL_SECRETS, {"projectRefs": [{"name": "web"}]}, name)
    robot = await server.try_create(PULL_SECRETS, MINIMAL, name)

    assert (projects.status, robot.status) == (422, 201)
    assert "spec.projectRefs" in projects.message


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
        TO_PROJECTS,
        {"secretName": "example"},
        {"targets": {"namespaces": {"names": ["team-a"]}}},
    ],
    ids=["robot", "projects instead of it", "the default name", "targets"],
)
async def test_what_may_change_can_be_changed(server: Server, change: Json) -> None:
    async with server.stored(PULL_SECRETS, MINIMAL):
        answer = await server.try_update(PULL_SECRETS, change)

    assert answer.status == 200, answer.message
