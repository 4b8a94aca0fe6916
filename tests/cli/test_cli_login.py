"""Credential files, and what a login changes in them."""

import base64
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from harbor_operator.cli.failures import CommandError
from harbor_operator.cli.files import read_text, write_private
from harbor_operator.cli.login.arguments import Tool
from harbor_operator.cli.login.command import LoggedIn, LoginReport, draw
from harbor_operator.cli.login.notes import Note, notes_path, read_notes, write_notes
from harbor_operator.cli.login.stores import (
    helper_of,
    path_of,
    read_document,
    with_kept_login,
    with_login,
    with_own_helper,
)
from harbor_operator.cli.printing import Paper
from harbor_operator.cli.registry_logins import RegistryLogin
from harbor_operator.core.secret import Secret
from tests.support.plugin import NOW

HOME = Path("/home/me")
HOST = "harbor.example"
LOGIN = RegistryLogin(HOST, "robot$web+ci", Secret("made-up"))
AUTH = {"auth": base64.b64encode(b"robot$web+ci:made-up").decode()}


@pytest.mark.parametrize(
    ("tool", "platform", "environment", "expected"),
    [
        (Tool.DOCKER, "linux", {}, "/home/me/.docker/config.json"),
        (Tool.DOCKER, "linux", {"DOCKER_CONFIG": "/d"}, "/d/config.json"),
        (Tool.PODMAN, "linux", {"XDG_RUNTIME_DIR": "/run/1"}, "/run/1/containers/auth.json"),
        (Tool.PODMAN, "linux", {}, "/home/me/.config/containers/auth.json"),
        (
            Tool.PODMAN,
            "darwin",
            {"XDG_RUNTIME_DIR": "/run/1"},
            "/home/me/.config/containers/auth.json",
        ),
        (Tool.PODMAN, "linux", {"REGISTRY_AUTH_FILE": "/a.json"}, "/a.json"),
        (Tool.HELM, "linux", {}, "/home/me/.config/helm/registry/config.json"),
        (Tool.HELM, "linux", {"XDG_CONFIG_HOME": "/x"}, "/x/helm/registry/config.json"),
        (Tool.HELM, "linux", {"HELM_CONFIG_HOME": "/h"}, "/h/registry/config.json"),
        (Tool.HELM, "linux", {"HELM_REGISTRY_CONFIG": "/r.json"}, "/r.json"),
        (Tool.HELM, "darwin", {}, "/home/me/Library/Preferences/helm/registry/config.json"),
    ],
)
def test_each_tools_file_is_where_the_tool_looks(
    tool: Tool, platform: str, environment: dict[str, str], expected: str
) -> None:
    assert path_of(tool, environment, HOME, platform) == Path(expected)


def test_a_login_is_added_and_everything_else_kept() -> None:
    before = {"auths": {"other": {"auth": "x"}}, "psFormat": "table"}

    after = with_login(before, LOGIN)

    assert after == {"auths": {"other": {"auth": "x"}, HOST: AUTH}, "psFormat": "table"}
    assert before == {"auths": {"other": {"auth": "x"}}, "psFormat": "table"}


@pytest.mark.parametrize(
    ("document", "helper"),
    [
        ({}, None),
        ({"credsStore": "desktop"}, "desktop"),
        ({"credHelpers": {HOST: "pass"}, "credsStore": "desktop"}, "pass"),
        ({"credHelpers": {"other": "pass"}}, None),
        ({"credHelpers": {HOST: "harbor"}}, None),
    ],
)
def test_the_helper_that_keeps_a_hosts_logins_is_found(
    document: dict[str, object], helper: str | None
) -> None:
    assert helper_of(document, HOST) == helper


def test_a_login_that_a_helper_keeps_stands_in_no_file() -> None:
    after = with_kept_login({"credsStore": "desktop"}, HOST)

    assert after == {"credsStore": "desktop", "auths": {HOST: {}}}


def test_our_own_helper_replaces_a_stored_login() -> None:
    before = {"auths": {HOST: AUTH}, "credHelpers": {"other": "pass"}}

    after = with_own_helper(before, HOST)

    assert after == {"auths": {}, "credHelpers": {"other": "pass", HOST: "harbor"}}


def test_a_stored_login_replaces_our_own_helper() -> None:
    helped = with_own_helper({}, HOST)

    assert with_login(helped, LOGIN) == {"auths": {HOST: AUTH}}


@pytest.mark.parametrize("text", ["nonsense", "[]", '{"auths": []}', '{"credHelpers": 1}'])
def test_a_file_of_something_else_is_not_changed(text: str) -> None:
    with pytest.raises(CommandError, match=r"config\.json is no credential file"):
        read_document(text, Path("config.json"))


def test_an_empty_file_is_a_new_one() -> None:
    assert read_document(" \n", Path("config.json")) == {}


def test_a_written_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.json"

    write_private(path, "text")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert read_text(path) == "text"
    assert [each.name for each in path.parent.iterdir()] == ["config.json"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("before")
    link.symlink_to(real)

    write_private(link, "after")

    assert link.is_symlink()
    assert real.read_text() == "after"


def test_a_place_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CommandError, match=r"Not a directory|File exists"):
        write_private(tmp_path / "file" / "config.json", "text")


def test_notes_are_read_as_they_were_written() -> None:
    notes = {HOST: Note("robot/ci", "web", "prod", "/kube"), "b": Note("secret/x", "web")}

    text = write_notes(notes)

    assert read_notes(text, Path("n")) == notes
    assert read_notes("", Path("n")) == {}


@pytest.mark.parametrize("text", ["nonsense", "[]", '{"h": {"source": "robot/ci"}}'])
def test_notes_of_something_else_are_told(text: str) -> None:
    with pytest.raises(CommandError, match=r"logins\.json is not readable"):
        read_notes(text, Path("logins.json"))


def test_notes_are_kept_with_other_settings() -> None:
    path = notes_path({"XDG_CONFIG_HOME": "/x"}, HOME)

    assert path == Path("/x/kubectl-harbor/logins.json")


def report(*, follows: bool) -> LoginReport:
    """What one login has done."""
    logged_in = LoggedIn("docker", HOST, "robot$web+ci", "/home/me/.docker/config.json")
    return LoginReport(
        "robot/ci", (logged_in,), follows, NOW + timedelta(days=12), NOW + timedelta(days=42)
    )


def test_a_login_that_ends_is_told_with_what_helps() -> None:
    done, note = draw(report(follows=False), NOW, Paper()).splitlines()

    assert done.startswith("docker: logged in to harbor.example as robot$web+ci, in /home/me/")
    assert note.startswith("note: this login is replaced in 12d and expires in 42d; --helper ")


def test_a_login_that_follows_needs_no_note() -> None:
    assert len(draw(report(follows=True), NOW, Paper()).splitlines()) == 1


def test_the_file_is_json_that_the_tools_read() -> None:
    assert json.loads(json.dumps(with_login({}, LOGIN)))["auths"][HOST] == AUTH
