"""Manifests for what is in Harbor: their names, their text, and what is left out."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from harbor_operator.api.project import ManagementPolicy
from harbor_operator.cli.exporting.composing import Export, Exported, Wishes, compose
from harbor_operator.cli.exporting.naming import distinct_names, namespace_for, object_name
from harbor_operator.cli.exporting.reading import (
    HarborFound,
    ProjectFound,
    find_projects,
    read_harbor,
)
from harbor_operator.cli.exporting.writing import stream_of, write_files
from harbor_operator.cli.harbor_side import open_side
from harbor_operator.core.grants import Level
from harbor_operator.core.ownership import Mark
from harbor_operator.core.project.blocks.webhooks import Hook, HookSeen, WebhooksSeen
from harbor_operator.core.robot.facts import HarborRobot
from harbor_operator.core.secret import Secret
from tests.support.harbor_clients import client_for
from tests.support.new_project import NEW
from tests.support.plan_stage import LOGIN, staged
from tests.support.robots import NOW, PULL, robot

TEAM = Wishes("team")
PER_PROJECT = Wishes("admins", per_project=True)
OWNER = Mark("c", "team", "app", "uid")


def project(name: str, *robots: HarborRobot, mark: str | None = None, **seen: Any) -> ProjectFound:  # noqa: ANN401
    return ProjectFound(name, mark, {**NEW, **seen}, robots)


def account(name: str, project_: str = "team", **changes: Any) -> HarborRobot:  # noqa: ANN401
    """An account that nobody owns and that may pull."""
    grants = frozenset({(project_, "repository", "pull")})
    return replace(robot(), name=name, description="", grants=grants, **changes)


def exported(
    *projects: ProjectFound,
    robots: tuple[HarborRobot, ...] | None = (),
    wishes: Wishes = TEAM,
    now: datetime = NOW,
) -> Export:
    return compose(HarborFound(projects, robots, "robot$"), wishes, now)


def placed(export: Export) -> list[tuple[str, str, str]]:
    """What became of each source: namespace and name."""
    return [
        (each.source, each.body["metadata"]["namespace"], each.body["metadata"]["name"])
        for each in export.objects
    ]


def test_names_are_valid_and_distinct_whatever_the_order() -> None:
    found = [project("my-project"), project("my_project")]

    first, second = exported(*found), exported(*reversed(found))

    assert sorted(placed(first)) == sorted(placed(second))
    assert placed(first) == [
        ("project my-project", "team", "my-project"),
        ("project my_project", "team", "my-project-a6392"),
    ]
    specs = [each.body["spec"] for each in first.objects]
    assert [spec.get("projectName") for spec in specs] == [None, "my_project"]


def test_each_project_may_go_to_a_namespace_of_its_name() -> None:
    export = exported(project("payments.legacy_1"), project("shop"), wishes=PER_PROJECT)

    assert placed(export) == [
        ("project payments.legacy_1", "payments", "payments.legacy-1"),
        ("project shop", "shop", "shop"),
    ]


def test_a_name_that_is_too_long_keeps_its_beginning() -> None:
    assert namespace_for("n" * 70 + ".x").startswith("n" * 57 + "-")
    assert len(namespace_for("n" * 70)) == 63
    assert object_name("a_b") == "a-b"


def test_robots_that_are_called_the_same_get_their_projects_before_their_names() -> None:
    names = distinct_names({"a": ("ci", "shop-ci"), "b": ("ci", "web-ci"), "c": ("x",)})

    assert names == {"a": "shop-ci", "b": "web-ci", "c": "x"}


def test_a_project_is_only_observed_unless_it_is_to_be_taken_over() -> None:
    (observed,) = exported(project("shop")).objects
    taking = Wishes("team", policy=ManagementPolicy.FULL, connection="eu")
    (taken,) = exported(project("shop"), wishes=taking).objects

    assert observed.body["spec"] == {"managementPolicy": "Observe"}
    assert taken.body["spec"] == {
        "connectionRef": {"name": "eu"},
        "managementPolicy": "Full",
        "adoptionPolicy": "IfUnclaimed",
    }


def test_a_robot_is_suspended_and_has_no_secret() -> None:
    export = exported(project("team", account("robot$team+ci")))

    assert placed(export)[1] == ("robot robot$team+ci", "team", "ci")
    assert export.objects[1].body["spec"] == {
        "robotName": "ci",
        "access": [{"projectRef": {"name": "team"}, "preset": "Pull"}],
        "lifetimeDays": 90,
        "suspend": True,
    }


def test_a_robot_of_the_system_names_projects_of_other_namespaces() -> None:
    reader = account("robot$reader", "shop", level=Level.SYSTEM)
    both = replace(reader, grants=reader.grants | {("web", "repository", "pull")})

    export = exported(project("shop"), project("web"), robots=(both,), wishes=PER_PROJECT)

    (found,) = [each for each in export.objects if each.body["kind"] == "HarborRobot"]
    assert found.body["metadata"] == {"name": "reader", "namespace": "admins"}
    assert found.body["spec"]["access"][0]["projectRef"] == {"name": "shop", "namespace": "shop"}
    assert "sharedWith" in found.notes[0]


@pytest.mark.parametrize(
    ("found", "note"),
    [
        pytest.param(
            HarborFound((project("shop", mark=OWNER.text()),), (), "robot$"),
            "left out: 1 project that HarborProjects own already",
            id="a project that is owned",
        ),
        pytest.param(
            HarborFound((project("team", replace(robot(), grants=PULL)),), (), "robot$"),
            "left out: 1 robot that HarborRobots own already",
            id="a robot that is owned",
        ),
        pytest.param(
            HarborFound(
                (project("team", account("robot$team+ci", expires_at=NOW - timedelta(days=1))),),
                (),
                "robot$",
            ),
            "robots that have expired are left out: robot$team+ci",
            id="an expired robot",
        ),
        pytest.param(
            HarborFound((), (account("robot$x", "nowhere", level=Level.SYSTEM),), "robot$"),
            "robot robot$x is left out: it may use projects without a manifest here: nowhere",
            id="a robot of others' projects",
        ),
        pytest.param(
            HarborFound((project("1234"),), (), "robot$"),
            "project 1234 is left out: spec.projectName",
            id="a project whose name is a number",
        ),
        pytest.param(
            HarborFound((ProjectFound("shop", None, NEW, None),), None, "robot$"),
            "robots of shop are left out: the login may not list them",
            id="hidden robots",
        ),
        pytest.param(
            HarborFound((), (), "robot$", hidden=("a", "b")),
            "projects are left out that the login may not look into: a, b",
            id="hidden projects",
        ),
    ],
)
def test_what_is_left_out_is_noted(found: HarborFound, note: str) -> None:
    export = compose(found, TEAM, NOW)

    assert any(told.startswith(note) for told in export.notes), export.notes


async def test_what_the_login_may_not_read_is_noted_and_the_rest_is_exported() -> None:
    async with staged() as stage:
        bob = {"username": "bob", "realname": "bob", "email": "b@example.com"}
        await stage.harbor.admin("POST", "/api/v2.0/users", {**bob, "password": "Bobs-Password-1"})
        number = await stage.make("web")
        await stage.client.members.add_user(number, "bob", 1)
        async with client_for(stage.harbor.simulator, "bob", "Bobs-Password-1") as client:
            side = await open_side(client, LOGIN)
            projects = await find_projects(side, ())
            found = await read_harbor(side, projects, lambda: None, with_robots=True)

    export = compose(found, TEAM, side.now)

    assert [each.source for each in export.objects] == ["project library", "project web"]
    library, web = (each.notes for each in export.objects)
    assert "members is not stated: the login may not read it" in library
    assert web == ("storageQuota is not stated: the login may not read it",)
    assert "robots of the system are left out: the login may not list them" in export.notes


def test_a_released_project_is_nobody_s() -> None:
    export = exported(project("shop", mark=OWNER.released()))

    assert placed(export) == [("project shop", "team", "shop")]


def test_notes_stand_above_the_manifest_and_steer_no_terminal() -> None:
    hook = HookSeen(1, Hook("a\nkind: Evil", "https://a.example", auth=Secret("hidden")))
    text = stream_of(exported(project("shop", webhooks=WebhooksSeen((hook,)))))

    assert text.splitlines()[:2] == ["---", "# In Harbor: project shop"]
    assert text.splitlines()[2].startswith("# webhooks: the Authorization header of a kind: Evil ")
    assert yaml.safe_load(text)["kind"] == "HarborProject"


@pytest.mark.parametrize(
    "text", ["yes", "1e3", "0o7", "y", "", "a: b", "# x", "v1.2", "é", "=", "~"]
)
def test_a_text_is_a_text_to_every_parser(text: str) -> None:
    body = {"kind": "HarborProject", "metadata": {"name": "a", "namespace": "b"}, "text": text}

    written = stream_of(Export((Exported("x", body),), ()))

    assert yaml.safe_load(written)["text"] == text
    assert f'text: "{text}"\n' in written or text == "v1.2"


def test_files_are_the_same_on_every_run(tmp_path: Path) -> None:
    export = exported(project("team", account("robot$team+ci")))

    written = [write_files(export, tmp_path / folder) for folder in ("a", "b")]

    assert written == [2, 2]
    names = ["team/project-team.yaml", "team/robot-ci.yaml"]
    for folder in ("a", "b"):
        files = [path for path in (tmp_path / folder).rglob("*") if path.is_file()]
        assert sorted(str(path.relative_to(tmp_path / folder)) for path in files) == names
    assert [(tmp_path / "a" / name).read_text() for name in names] == [
        (tmp_path / "b" / name).read_text() for name in names
    ]
