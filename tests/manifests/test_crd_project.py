"""Good and bad HarborProjects, on a real API server."""

import pytest

from harbor_operator.api.project import PROJECTS
from tests.support.custom_resources import Json, Server

DEFAULTS: Json = {
    "connectionRef": {"name": "default"},
    "managementPolicy": "Full",
    "adoptionPolicy": "Never",
    "deletionPolicy": "Retain",
}
GOOD: dict[str, Json] = {
    "everything": {
        "connectionRef": {"name": "eu"},
        "projectName": "payments.core_api-v2",
        "visibility": "Public",
        "storageQuota": "50Gi",
        "scanning": {"onPush": True, "sbomOnPush": False},
        "pullRestrictions": {
            "blockSeverity": "None",
            "requireCosignSignature": True,
            "requireNotationSignature": False,
        },
        "managementPolicy": "Observe",
        "adoptionPolicy": "IfUnclaimed",
        "deletionPolicy": "DeleteWithContents",
        "suspend": True,
    },
    "empty blocks": {"scanning": {}, "pullRestrictions": {}},
    "a quota in bytes": {"storageQuota": 1},
    "a quota of digits": {"storageQuota": "1073741824"},
    "a decimal quota": {"storageQuota": "2T"},
    "the largest quota": {"storageQuota": "1024Ti"},
    "no quota": {"storageQuota": "Unlimited"},
    "a name of 128 characters": {"projectName": "a" * 128},
    "a name with digits": {"projectName": "1a"},
}
BAD: dict[str, tuple[Json, str]] = {
    "digits alone": ({"projectName": "123"}, "spec.projectName"),
    "capitals": ({"projectName": "Payments"}, "spec.projectName"),
    "two separators": ({"projectName": "pay--ments"}, "spec.projectName"),
    "a path": ({"projectName": "../admin"}, "spec.projectName"),
    "a slash": ({"projectName": "a/b"}, "spec.projectName"),
    "a separator at the end": ({"projectName": "payments-"}, "spec.projectName"),
    "an empty name": ({"projectName": ""}, "spec.projectName"),
    "a name of 129 characters": ({"projectName": "a" * 129}, "spec.projectName"),
    "a line break in the name": ({"projectName": "payments\n"}, "spec.projectName"),
    "an empty connection": ({"connectionRef": {"name": ""}}, "spec.connectionRef.name"),
    "an unknown visibility": ({"visibility": "Hidden"}, "spec.visibility"),
    "a quota of nothing": ({"storageQuota": 0}, "spec.storageQuota"),
    "a quota of nothing in words": ({"storageQuota": "0Gi"}, "spec.storageQuota"),
    "Harbor's number for no quota": ({"storageQuota": -1}, "spec.storageQuota"),
    "too large a quota": ({"storageQuota": "1025Ti"}, "spec.storageQuota"),
    "too many bytes": ({"storageQuota": 2**50 + 1}, "spec.storageQuota"),
    "a broken quota": ({"storageQuota": "1.5Gi"}, "spec.storageQuota"),
    "thousandths": ({"storageQuota": "100m"}, "spec.storageQuota"),
    "unlimited in small letters": ({"storageQuota": "unlimited"}, "spec.storageQuota"),
    "a word for a switch": ({"scanning": {"onPush": "yes"}}, "spec.scanning.onPush"),
    "an unknown severity": (
        {"pullRestrictions": {"blockSeverity": "Negligible"}},
        "spec.pullRestrictions.blockSeverity",
    ),
    "an unknown management": ({"managementPolicy": "Observer"}, "spec.managementPolicy"),
    "an unknown adoption": ({"adoptionPolicy": "Always"}, "spec.adoptionPolicy"),
    "an unknown deletion": ({"deletionPolicy": "Delete"}, "spec.deletionPolicy"),
}
BAD_DEFAULT_NAMES = {
    "two separators": "pay--ments",
    "digits alone": "123",
    "more than 128 characters": "a" * 129,
}


@pytest.mark.parametrize("spec", GOOD.values(), ids=GOOD.keys())
async def test_a_good_project_is_accepted(server: Server, spec: Json) -> None:
    answer = await server.try_create(PROJECTS, spec)

    assert answer.status == 201, answer.message
    assert answer.body["spec"] == {**DEFAULTS, **spec}
    assert PROJECTS.parse(answer.body).spec == PROJECTS.spec.model_validate(spec)


@pytest.mark.parametrize(("spec", "names"), BAD.values(), ids=BAD.keys())
async def test_a_bad_project_is_refused_by_field(server: Server, spec: Json, names: str) -> None:
    answer = await server.try_create(PROJECTS, spec)

    assert answer.status == 422
    assert names in answer.message


@pytest.mark.parametrize("name", BAD_DEFAULT_NAMES.values(), ids=BAD_DEFAULT_NAMES.keys())
async def test_a_name_that_harbor_refuses_cannot_be_the_default(server: Server, name: str) -> None:
    without = await server.try_create(PROJECTS, {}, name)
    stated = await server.try_create(PROJECTS, {"projectName": "payments"}, name)

    assert without.status == 422
    assert "spec.projectName" in without.message
    assert stated.status == 201, stated.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"projectName": "payments"}, {"projectName": "other"}),
        ({"projectName": "payments"}, {"projectName": None}),
        ({}, {"projectName": "other"}),
    ],
    ids=["changed", "removed", "set"],
)
async def test_the_projects_name_stays(server: Server, before: Json, after: Json) -> None:
    async with server.stored(PROJECTS, before):
        answer = await server.try_update(PROJECTS, after)

    assert answer.status == 422
    assert "spec.projectName" in answer.message
    assert "projectName is immutable" in answer.message


@pytest.mark.parametrize(
    ("before", "after"),
    [({}, {"projectName": "example"}), ({"projectName": "example"}, {"projectName": None})],
    ids=["stated later", "no longer stated"],
)
async def test_the_default_name_may_be_stated_or_not(
    server: Server, before: Json, after: Json
) -> None:
    async with server.stored(PROJECTS, before):
        answer = await server.try_update(PROJECTS, after)

    assert answer.status == 200, answer.message
