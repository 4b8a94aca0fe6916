"""Good and bad HarborRobots, on a real API server."""

import pytest

from harbor_operator.api.robot import ROBOTS
from tests.support.custom_resources import MINIMAL_SPECS, Json, Server

MINIMAL = MINIMAL_SPECS[ROBOTS.kind]
DEFAULTS: Json = {"connectionRef": {"name": "default"}}
PROJECT = {"projectRef": {"name": "payments"}}
PERMISSION = {"resource": "repository", "actions": ["pull", "push"]}
LISTING = {"resource": "project", "actions": ["list"]}
SHARED = {"projectRef": {"name": "web", "namespace": "shop"}, "preset": "Pull"}
WINDOW = {"schedule": "0 1 * * *", "duration": "4h"}

GOOD: dict[str, Json] = {
    "everything": {
        "connectionRef": {"name": "eu"},
        "robotName": "payments.ci_bot-2",
        "access": [
            {**PROJECT, "permissions": [PERMISSION, {"resource": "sbom", "actions": ["read"]}]}
        ],
        "lifetimeDays": 90,
        "rotation": {"every": "720h", "overlap": "2h"},
        "secretName": "payments-ci",
        "secretTemplate": {"labels": {"app": "ci"}, "annotations": {"note": "a b"}},
        "suspend": True,
    },
    "two projects, of which one is shared, and all others": {
        "access": [{**PROJECT, "preset": "Push"}, SHARED, {"allProjects": True, "preset": "Pull"}]
    },
    "projects of one name in two namespaces": {
        "access": [
            {"projectRef": {"name": "web"}, "preset": "Pull"},
            SHARED,
        ]
    },
    "a robot of the system that stays": {"system": [LISTING], "deletionPolicy": "Retain"},
    "a lifetime of a day": {"lifetimeDays": 1},
    "a lifetime of ten years": {"lifetimeDays": 3650},
    "no end": {"lifetimeDays": "Never"},
    "no end, but a rotation": {"lifetimeDays": "Never", "rotation": {"every": "99999h"}},
    "a rotation of twice the overlap": {"rotation": {"every": "4h", "overlap": "2h"}},
    "a rotation just before the end": {
        "lifetimeDays": 1,
        "rotation": {"every": "22h59m"},
    },
    "an overlap alone": {"rotation": {"overlap": "719h"}},
    "a long overlap without an end": {"lifetimeDays": "Never", "rotation": {"overlap": "720h"}},
    "a schedule with all that belongs to it": {
        "rotation": {
            "strategy": "Replace",
            "schedule": "0 3 * * 0",
            "timeZone": "Europe/Paris",
            "jitter": "30m",
            "windows": [WINDOW, {"schedule": "0 22 * * FRI", "duration": "56h"}],
            "overlap": "1h",
        }
    },
    "the same account again": {"rotation": {"strategy": "Refresh"}},
    "windows without a schedule": {
        "rotation": {"timeZone": "America/Argentina/Buenos_Aires", "windows": [WINDOW]}
    },
    "a time zone without a place": {"rotation": {"schedule": "0 3 1 * *", "timeZone": "UTC"}},
    "a time zone of the sea": {"rotation": {"schedule": "0 3 1 * *", "timeZone": "Etc/GMT+12"}},
    "the longest jitter": {"rotation": {"jitter": "168h"}},
    "no jitter": {"rotation": {"jitter": "0s"}},
    "windows of every length": {
        "rotation": {
            "windows": [
                {**WINDOW, "duration": "5m"},
                {**WINDOW, "duration": "168h"},
                *[WINDOW] * 14,
            ]
        }
    },
    "the longest name": {"robotName": "a" * 100},
    "the longest Secret's name": {"secretName": "a" * 246},
}
BAD: dict[str, tuple[Json, str]] = {
    "no access": ({"access": None}, "spec.access"),
    "an empty access": ({"access": []}, "spec.access"),
    "a project twice": (
        {"access": [{**PROJECT, "preset": "Pull"}, {**PROJECT, "preset": "Push"}]},
        "each project may be listed once",
    ),
    "too many projects": ({"access": [SHARED] * 17}, "spec.access"),
    "a project and all projects": (
        {"access": [{**PROJECT, "allProjects": True, "preset": "Pull"}]},
        "exactly one of projectRef and allProjects",
    ),
    "all projects, and yet not": (
        {"access": [{"allProjects": False, "preset": "Pull"}]},
        "spec.access[0].allProjects",
    ),
    "no permissions of the system": ({"system": []}, "spec.system"),
    "a resource of the system twice": ({"system": [LISTING, LISTING]}, "spec.system"),
    "an unknown deletion policy": ({"deletionPolicy": "Orphan"}, "spec.deletionPolicy"),
    "no project": ({"access": [{"preset": "Pull"}]}, "exactly one of projectRef and allProjects"),
    "a project without a name": (
        {"access": [{"projectRef": {}, "preset": "Pull"}]},
        "spec.access[0].projectRef.name",
    ),
    "neither preset nor permissions": ({"access": [PROJECT]}, "exactly one of preset and perm"),
    "preset and permissions": (
        {"access": [{**PROJECT, "preset": "Pull", "permissions": [PERMISSION]}]},
        "spec.access[0].preset",
    ),
    "an unknown preset": ({"access": [{**PROJECT, "preset": "Admin"}]}, "spec.access[0].preset"),
    "no permissions": (
        {"access": [{**PROJECT, "permissions": []}]},
        "spec.access[0].permissions",
    ),
    "a resource twice": (
        {"access": [{**PROJECT, "permissions": [PERMISSION, PERMISSION]}]},
        "spec.access[0].permissions",
    ),
    "an action twice": (
        {"access": [{**PROJECT, "permissions": [{**PERMISSION, "actions": ["pull", "pull"]}]}]},
        "spec.access[0].permissions[0].actions",
    ),
    "no action": (
        {"access": [{**PROJECT, "permissions": [{**PERMISSION, "actions": []}]}]},
        "spec.access[0].permissions[0].actions",
    ),
    "every resource": (
        {"access": [{**PROJECT, "permissions": [{**PERMISSION, "resource": "*"}]}]},
        "spec.access[0].permissions[0].resource",
    ),
    "a name with capitals": ({"robotName": "CI"}, "spec.robotName"),
    "a name with Harbor's prefix": ({"robotName": "robot$ci"}, "spec.robotName"),
    "a name with two separators": ({"robotName": "a--b"}, "spec.robotName"),
    "a name of 101 characters": ({"robotName": "a" * 101}, "spec.robotName"),
    "a lifetime of nothing": ({"lifetimeDays": 0}, "spec.lifetimeDays"),
    "Harbor's number for no end": ({"lifetimeDays": -1}, "spec.lifetimeDays"),
    "more than ten years": ({"lifetimeDays": 3651}, "spec.lifetimeDays"),
    "a lifetime in words": ({"lifetimeDays": "90"}, "spec.lifetimeDays"),
    "a rotation below twice the overlap": (
        {"rotation": {"every": "3h59m", "overlap": "2h"}},
        "spec.rotation.every",
    ),
    "a rotation below twice the default overlap": (
        {"rotation": {"every": "119m"}},
        "spec.rotation.every",
    ),
    "a rotation after the end": (
        {"lifetimeDays": 30, "rotation": {"every": "720h"}},
        "shorter than lifetimeDays",
    ),
    "a rotation whose overlap passes the end": (
        {"lifetimeDays": 1, "rotation": {"every": "23h", "overlap": "1h"}},
        "spec.rotation",
    ),
    "a rotation after the default end": ({"rotation": {"every": "2160h"}}, "spec.rotation"),
    "an overlap of a third": (
        {"lifetimeDays": 1, "rotation": {"overlap": "8h"}},
        "rotation.overlap must be shorter",
    ),
    "hardly an overlap": ({"rotation": {"overlap": "59s"}}, "spec.rotation.overlap"),
    "an overlap of months": (
        {"lifetimeDays": "Never", "rotation": {"overlap": "721h"}},
        "spec.rotation.overlap",
    ),
    "a rotation in days": ({"rotation": {"every": "30d"}}, "spec.rotation.every"),
    "a rotation without a unit": ({"rotation": {"every": "720"}}, "spec.rotation.every"),
    "an unknown strategy": ({"rotation": {"strategy": "Recreate"}}, "spec.rotation.strategy"),
    "two schedules": (
        {"rotation": {"schedule": "0 3 * * 0", "every": "720h"}},
        "at most one of schedule and every",
    ),
    "a schedule in words": ({"rotation": {"schedule": "@weekly"}}, "spec.rotation.schedule"),
    "a schedule with seconds": ({"rotation": {"schedule": "0 0 3 * * 0"}}, "five fields"),
    "a time zone for nothing": (
        {"rotation": {"every": "720h", "timeZone": "Europe/Paris"}},
        "spec.rotation.timeZone",
    ),
    "a time zone by its path": (
        {"rotation": {"schedule": "0 3 * * 0", "timeZone": "../Europe/Paris"}},
        "spec.rotation.timeZone",
    ),
    "whatever the machine's time zone is": (
        {"rotation": {"schedule": "0 3 * * 0", "timeZone": "localtime"}},
        "spec.rotation.timeZone",
    ),
    "no time zone": (
        {"rotation": {"schedule": "0 3 * * 0", "timeZone": ""}},
        "spec.rotation.timeZone",
    ),
    "a jitter of weeks": ({"rotation": {"jitter": "169h"}}, "spec.rotation.jitter"),
    "a jitter in words": ({"rotation": {"jitter": "some"}}, "spec.rotation.jitter"),
    "a window of a moment": (
        {"rotation": {"windows": [{**WINDOW, "duration": "4m59s"}]}},
        "spec.rotation.windows[0].duration",
    ),
    "a window of weeks": (
        {"rotation": {"windows": [WINDOW, {**WINDOW, "duration": "169h"}]}},
        "spec.rotation.windows[1].duration",
    ),
    "a window that never opens": (
        {"rotation": {"windows": [{"duration": "4h"}]}},
        "spec.rotation.windows[0].schedule",
    ),
    "a window that never closes": (
        {"rotation": {"windows": [{"schedule": "0 1 * * *"}]}},
        "spec.rotation.windows[0].duration",
    ),
    "a window every quarter past 25": (
        {"rotation": {"windows": [{**WINDOW, "schedule": "15 25 * * *"}]}},
        "spec.rotation.windows[0].schedule",
    ),
    "too many windows": ({"rotation": {"windows": [WINDOW] * 17}}, "spec.rotation.windows"),
    "a Secret with a path for a name": ({"secretName": "../x"}, "spec.secretName"),
    "no room for the ledger's name": ({"secretName": "a" * 247}, "spec.secretName"),
    "a label of the operator": (
        {"secretTemplate": {"labels": {"harbor-operator.dev/owner-uid": "u"}}},
        "spec.secretTemplate.labels",
    ),
    "an annotation of the operator": (
        {"secretTemplate": {"annotations": {"harbor-operator.dev/owner-name": "u"}}},
        "spec.secretTemplate.annotations",
    ),
    "a label that is none": (
        {"secretTemplate": {"labels": {"app": "two words"}}},
        "spec.secretTemplate.labels.app",
    ),
}


@pytest.mark.parametrize("change", GOOD.values(), ids=GOOD.keys())
async def test_a_good_robot_is_accepted(server: Server, change: Json) -> None:
    spec = {**DEFAULTS, **MINIMAL, **change}

    answer = await server.try_create(ROBOTS, spec)

    assert answer.status == 201, answer.message
    assert answer.body["spec"] == spec
    assert ROBOTS.parse(answer.body).spec == ROBOTS.spec.model_validate(spec)


@pytest.mark.parametrize(("change", "names"), BAD.values(), ids=BAD.keys())
async def test_a_bad_robot_is_refused_by_field(server: Server, change: Json, names: str) -> None:
    answer = await server.try_create(ROBOTS, {**MINIMAL, **change})

    assert answer.status == 422
    assert names in answer.message


@pytest.mark.parametrize(
    "name", ["a--b", "a" * 95], ids=["two separators", "no room for the suffix"]
)
async def test_a_name_that_harbor_refuses_cannot_be_the_default(server: Server, name: str) -> None:
    without = await server.try_create(ROBOTS, MINIMAL, name)
    stated = await server.try_create(ROBOTS, {**MINIMAL, "robotName": "ci"}, name)

    assert without.status == 422
    assert "spec.robotName" in without.message
    assert stated.status == 201, stated.message


async def test_a_name_without_room_for_the_ledger_cannot_be_the_secrets_default(
    server: Server,
) -> None:
    spec = {**MINIMAL, "robotName": "ci"}

    without = await server.try_create(ROBOTS, spec, "a" * 247)
    stated = await server.try_create(ROBOTS, {**spec, "secretName": "ci"}, "a" * 247)

    assert without.status == 422
    assert "spec.secretName" in without.message
    assert stated.status == 201, stated.message


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("robotName", "ci", "other"),
        ("robotName", "ci", None),
        ("robotName", None, "ci"),
        ("secretName", "ci", "other"),
        ("secretName", "ci", None),
        ("secretName", None, "ci"),
    ],
)
async def test_a_robots_names_stay(
    server: Server, field: str, before: str | None, after: str | None
) -> None:
    async with server.stored(ROBOTS, {**MINIMAL, field: before}):
        answer = await server.try_update(ROBOTS, {field: after})

    assert answer.status == 422
    assert f"spec.{field}" in answer.message
    assert f"{field} is immutable" in answer.message


@pytest.mark.parametrize(
    "change",
    [
        {"access": [{**PROJECT, "preset": "PullPush"}]},
        {"lifetimeDays": 30},
        {"rotation": {"every": "24h"}},
        {"secretName": "example"},
    ],
    ids=["access", "lifetime", "rotation", "the default Secret's name"],
)
async def test_what_may_change_can_be_changed(server: Server, change: Json) -> None:
    async with server.stored(ROBOTS, MINIMAL):
        answer = await server.try_update(ROBOTS, change)

    assert answer.status == 200, answer.message
