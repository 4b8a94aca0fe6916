"""The demo's parts: what it shows, and what it makes of the samples."""

import io
from pathlib import Path

import pytest
from typing_extensions import override

from testbed.demo.samples import adapted, cast_of, custom_resources, read_samples
from testbed.demo.screen import Row, Screen
from testbed.endtoend.target import HarborTarget, harbor_target
from testbed.errors import WorldError

HARBOR = HarborTarget("http://127.0.0.1:8080", "operator", "made-up")
WAITING = Row("HarborRobot team/ci", "False", "WaitingForProject", "")
READY = Row("HarborRobot team/ci", "True", "Succeeded", "robot$team+ci-1")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    @override
    def isatty(self) -> bool:
        return True


def test_a_file_receives_only_the_rows_that_changed_and_no_escapes() -> None:
    stream = io.StringIO()
    screen = Screen(stream)

    for row in (WAITING, WAITING, READY):
        screen.live([row])

    first, second = stream.getvalue().splitlines()
    assert first.endswith("HarborRobot team/ci: False  WaitingForProject")
    assert second.endswith("HarborRobot team/ci: True  Succeeded  robot$team+ci-1")
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_has_its_table_redrawn_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    stream = Terminal()
    screen = Screen(stream)

    screen.live([WAITING])
    screen.live([READY])
    screen.step("done")
    screen.live([READY])

    first, second = stream.getvalue().split("\x1b[2F\x1b[J")
    assert "WaitingForProject" in first
    assert "Succeeded" in second
    assert all(len(line) < 70 for line in second.splitlines())


def test_the_samples_have_what_the_proof_needs() -> None:
    manifests = adapted(read_samples(), HARBOR)

    cast = cast_of(manifests)

    assert {body["kind"] for body in custom_resources(manifests)} == {
        "ClusterHarborConnection",
        "HarborProject",
        "HarborRobot",
        "HarborPullSecret",
    }
    assert cast.ci_robot["spec"]["access"][0]["preset"] == "PullPush"
    assert cast.pull_robot["spec"]["rotation"] == {"overlap": "1m"}
    assert "targets" in cast.pull_secret["spec"]


def test_adapted_samples_lead_to_the_harbor_that_is_there(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.write_text("-----BEGIN CERTIFICATE-----")
    samples = read_samples()

    manifests = adapted(samples, HarborTarget("https://registry.test", "me", "pass", authority))

    [connection] = [one for one in manifests if one["kind"] == "ClusterHarborConnection"]
    [account] = [one for one in manifests if one["kind"] == "Secret"]
    assert connection["spec"]["url"] == "https://registry.test"
    assert connection["spec"]["caBundle"] == "-----BEGIN CERTIFICATE-----"
    assert account["stringData"] == {"username": "me", "password": "pass"}
    assert samples == read_samples()


def test_samples_without_the_roles_of_the_proof_are_refused() -> None:
    with pytest.raises(WorldError, match="no robot that pushes"):
        cast_of([])


def test_a_harbor_that_is_named_in_part_is_refused() -> None:
    with pytest.raises(WorldError, match="HARBOR_USERNAME and HARBOR_PASSWORD must be set"):
        harbor_target({"HARBOR_URL": "https://registry.test"})
