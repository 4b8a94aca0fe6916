"""The world starts as a whole, says where it is, and ends as a whole."""

import asyncio
import os
import shlex
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

import testbed
from testbed.control_plane import ControlPlane
from testbed.control_plane.api import open_api
from testbed.control_plane.crds import install_crds
from testbed.errors import WorldError
from testbed.simulator import HarborSimulator
from testbed.world import World

ROOT = Path(testbed.__file__).parent.parent
START_SECONDS = 60.0
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "/apis/testbed.example/v1/widgets"
NAME = "widgets.testbed.example"
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": NAME},
    "spec": {
        "group": "testbed.example",
        "names": {"kind": "Widget", "plural": "widgets"},
        "scope": "Cluster",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }
        ],
    },
}


@pytest.fixture
async def world(control_plane: ControlPlane) -> AsyncIterator[World]:
    async with World({"KUBECONFIG": str(control_plane.kubeconfig)}) as started:
        yield started


async def test_the_world_has_a_cluster_a_harbor_and_a_registry(
    world: World, control_plane: ControlPlane
) -> None:
    async with aiohttp.ClientSession() as session:
        registry = await session.get(f"{world.registry_url}/v2/")
        harbor = await session.get(f"{world.harbor.url}/api/v2.0/ping")

    assert world.cluster.kubeconfig == control_plane.kubeconfig
    assert (registry.status, harbor.status) == (200, 200)


async def test_the_worlds_administrator_is_harbors(world: World) -> None:
    harbor = world.harbor
    login = aiohttp.encode_basic_auth(harbor.admin_username, harbor.admin_password)

    async with aiohttp.ClientSession(headers={"Authorization": login}) as session:
        answer = await session.get(f"{harbor.url}/api/v2.0/users/current")
        user = await answer.json()

    assert user["sysadmin_flag"] is True


async def test_installed_definitions_are_served_at_once(control_plane: ControlPlane) -> None:
    async with open_api(control_plane.kubeconfig) as api:
        await install_crds(api, [CRD])

        widgets = await api.get(WIDGETS)

        await api.delete(f"{DEFINITIONS}/{NAME}")
    assert widgets["items"] == []


async def test_a_world_that_is_not_started_has_no_cluster() -> None:
    with pytest.raises(WorldError, match="not started"):
        _ = World().cluster


async def test_a_harbor_that_does_not_start_is_reported() -> None:
    harbor = HarborSimulator()

    with pytest.raises(WorldError, match="Harbor simulator ended with code 2"):
        await harbor.start(registry_url="--no-url-but-an-unknown-option")


async def test_a_cluster_that_cannot_be_had_stops_the_rest(tmp_path: Path) -> None:
    world = World({"KUBECONFIG": str(tmp_path / "missing")})

    with pytest.raises(ExceptionGroup) as failure:
        await world.start()

    assert failure.group_contains(WorldError, match="must name one file")
    with pytest.raises(WorldError, match="not started"):
        _ = world.registry_url


async def test_the_program_says_in_one_line_what_it_lacks(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")

    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "testbed.world",
        cwd=ROOT,
        env={**os.environ, "KUBECONFIG": missing},
        stderr=PIPE,
    )
    _, errors = await program.communicate()

    assert program.returncode == 1
    assert errors.decode() == f"KUBECONFIG must name one file, and {missing} is none\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
async def test_the_program_prints_its_world_and_ends_it_on_a_signal(
    control_plane: ControlPlane, number: signal.Signals
) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "testbed.world",
        cwd=ROOT,
        env={**os.environ, "KUBECONFIG": str(control_plane.kubeconfig)},
        stdout=PIPE,
        stderr=PIPE,
    )
    assert program.stdout is not None
    async with asyncio.timeout(START_SECONDS):
        exports = [await program.stdout.readline() for _ in range(6)]

    program.send_signal(number)
    _, errors = await program.communicate()

    variables = dict(shlex.split(line.decode())[1].split("=", 1) for line in exports)
    assert (program.returncode, errors.decode()) == (0, "The world is up; Ctrl-C ends it.\n")
    assert variables["KUBECONFIG"] == str(control_plane.kubeconfig)
    async with aiohttp.ClientSession() as session:
        for name in ("HARBOR_URL", "HARBOR_CONTROL_URL", "REGISTRY_URL"):
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(variables[name])
