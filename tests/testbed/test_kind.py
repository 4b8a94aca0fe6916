"""What can be checked of the kind cluster without a container engine: all but that it runs.

The cluster's file is read by kind itself. Harbor's chart is not here: of its values only those
are compared that other files depend on.
"""

import asyncio
import subprocess
from asyncio.subprocess import PIPE
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from testbed.errors import WorldError
from testbed.harbor.release import PROFILES
from testbed.kind.__main__ import FILES, HARBOR_URL, Setting, run_on_cluster, setting_of
from testbed.kind.pins import CHART_VERSIONS, NODE_IMAGES, pair_of
from testbed.tools.build import ensure_built
from testbed.tools.versions import kind, kubernetes_modules

CLUSTER, VALUES = FILES / "cluster.yaml", FILES / "harbor.yaml"
PASSWORD = "Canary-Kind-Password-8Wd"


@pytest.fixture
async def kind_program() -> Path:
    return await ensure_built(kind())


def setting(folder: Path, **variables: str) -> Setting:
    return setting_of(variables, folder, kind=Path("kind"), helm=Path("helm"))


async def complaint(program: Path, config: Path, folder: Path) -> str:
    """What kind says where there is no container engine at all."""
    tried = await asyncio.create_subprocess_exec(
        *(program, "create", "cluster", "--config", config),
        env={"PATH": str(folder), "HOME": str(folder)},
        stderr=PIPE,
    )
    _, said = await tried.communicate()
    assert tried.returncode != 0
    return said.decode()


async def test_kind_reads_the_clusters_file(kind_program: Path, tmp_path: Path) -> None:
    assert "docker" in await complaint(kind_program, CLUSTER, tmp_path)


async def test_kind_would_refuse_a_field_that_it_does_not_know(
    kind_program: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(CLUSTER.read_text().replace("hostPort:", "hostsPort:"))

    assert "field hostsPort not found" in await complaint(kind_program, wrong, tmp_path)


def test_the_port_is_the_same_in_the_cluster_in_harbor_and_in_its_address() -> None:
    [node] = yaml.safe_load(CLUSTER.read_text())["nodes"]
    [mapping] = node["extraPortMappings"]
    values = yaml.safe_load(VALUES.read_text())
    port = values["expose"]["nodePort"]["ports"]["http"]["nodePort"]

    assert mapping["containerPort"] == mapping["hostPort"] == port
    assert (values["externalURL"], urlsplit(HARBOR_URL).port) == (HARBOR_URL, port)
    assert mapping["listenAddress"] == urlsplit(HARBOR_URL).hostname
    assert (values["expose"]["type"], values["expose"]["tls"]) == ("nodePort", {"enabled": False})


def test_every_minor_that_is_tested_here_is_pinned_there() -> None:
    assert NODE_IMAGES.keys() == kubernetes_modules().keys()
    assert CHART_VERSIONS.keys() == PROFILES.keys()


@pytest.mark.parametrize("minor", NODE_IMAGES)
def test_an_image_is_of_its_minor_and_named_by_digest(minor: str) -> None:
    name, _, digest = NODE_IMAGES[minor].partition("@sha256:")

    assert name.startswith(f"kindest/node:v{minor}.")
    assert len(digest) == 64


@pytest.mark.parametrize("minor", CHART_VERSIONS)
def test_a_chart_has_the_number_of_its_harbor(minor: str) -> None:
    major, chart, _ = map(int, CHART_VERSIONS[minor].split("."))

    assert minor == f"{major + 1}.{chart - 4}"


def test_the_variables_choose_the_pair(tmp_path: Path) -> None:
    chosen = setting(tmp_path, KUBERNETES_VERSION="1.35", HARBOR_VERSION="2.13", HARBOR_CHART="x")

    assert (chosen.pair, chosen.chart) == (pair_of("1.35", "2.13"), "x")
    assert NODE_IMAGES["1.35"] in chosen.create_cluster()
    assert CHART_VERSIONS["2.13"] in chosen.install_harbor()


def test_where_nothing_is_said_it_is_the_newest_pair(tmp_path: Path) -> None:
    assert setting(tmp_path).pair == pair_of("1.37", "2.16")


@pytest.mark.parametrize("variable", ["KUBERNETES_VERSION", "HARBOR_VERSION"])
def test_a_minor_that_is_not_pinned_is_refused(tmp_path: Path, variable: str) -> None:
    with pytest.raises(WorldError, match=f"{variable}=9.9 is none of"):
        setting(tmp_path, **{variable: "9.9"})


def test_the_password_is_on_no_command_line(tmp_path: Path) -> None:
    chosen = setting(tmp_path)

    commands = [chosen.create_cluster(), chosen.install_harbor(), chosen.delete_cluster()]

    assert chosen.variables(PASSWORD)["HARBOR_PASSWORD"] == PASSWORD
    assert all(PASSWORD not in str(word) for command in commands for word in command)
    assert chosen.password_file in chosen.install_harbor()


def recorder(folder: Path, name: str, *, fails_at: str = "-") -> Path:
    """A program that writes down what it is asked to do, and fails at one thing."""
    program = folder / name
    program.write_text(f'#!/bin/sh\necho "{name} $1" >> "{folder}/log"\n[ "$1" != "{fails_at}" ]\n')
    program.chmod(0o755)
    return program


def log_of(folder: Path) -> list[str]:
    return [line.strip() for line in (folder / "log").read_text().splitlines()]


def recorded(folder: Path, **fails_at: str) -> Setting:
    programs = {
        name: recorder(folder, name, fails_at=fails_at.get(name, "-")) for name in ("kind", "helm")
    }
    return setting_of({}, folder, **programs)


@pytest.mark.parametrize("code", [0, 3])
def test_the_command_runs_in_between_and_its_exit_code_counts(tmp_path: Path, code: int) -> None:
    command = ["sh", "-c", f'echo "tests $HARBOR_USERNAME" >> "{tmp_path}/log"; exit {code}']

    assert run_on_cluster(recorded(tmp_path), command) == code

    assert log_of(tmp_path) == ["kind create", "helm install", "tests admin", "kind delete"]
    assert setting(tmp_path).password_file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("failing", "done"),
    [
        ({"kind": "create"}, ["kind create", "kind delete"]),
        ({"helm": "install"}, ["kind create", "helm install", "kind delete"]),
    ],
)
def test_what_was_begun_is_removed_when_something_does_not_come_up(
    tmp_path: Path, failing: dict[str, str], done: list[str]
) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        run_on_cluster(recorded(tmp_path, **failing), ["true"])

    assert log_of(tmp_path) == done
