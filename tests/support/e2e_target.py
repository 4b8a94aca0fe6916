"""What the end-to-end tests run against: what the environment names, else the testbed."""

import os
import shlex
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

import testbed
from testbed.control_plane.programs import locate_programs
from testbed.endtoend.target import URL_VARIABLE
from testbed.tools.build import ensure_built
from testbed.tools.child import Child, Command
from testbed.tools.versions import crane, registry

ROOT = Path(testbed.__file__).parent.parent
KUBECONFIG = "KUBECONFIG"
START_SECONDS = 60.0
STOP_SECONDS = 20.0
LAST_VARIABLE = "REGISTRY_URL"
"""The testbed is up when it has printed this one."""
CONTROL_VARIABLE = "HARBOR_CONTROL_URL"
SCANNERS = ("Trivy", "Other")
"""What the testbed's Harbor is installed with: a default scanner, and one to choose instead."""


def named_environment() -> Mapping[str, str]:
    """Our environment if it names a Harbor, else an empty one.

    Without `HARBOR_URL` everything is the testbed's, whatever `KUBECONFIG` says: the whole test
    suite must never touch a cluster that happens to be the caller's current one.
    """
    return os.environ if os.environ.get(URL_VARIABLE) else {}


async def build_programs() -> None:
    """Build what the run will need, which may take longer than a test may."""
    await ensure_built(crane())
    if not named_environment().get(KUBECONFIG):
        await locate_programs()
        await ensure_built(registry())


@asynccontextmanager
async def named_or_testbed() -> AsyncIterator[Mapping[str, str]]:
    """Give the variables of a cluster and a Harbor; what is not named is the testbed's."""
    named = named_environment()
    if named.get(KUBECONFIG):
        yield named
        return
    async with _world() as started:
        yield {**started, **named, KUBECONFIG: started[KUBECONFIG]}


@asynccontextmanager
async def _world() -> AsyncIterator[dict[str, str]]:
    """Run the testbed as a program of its own, as a user of the tests may do too."""
    with tempfile.TemporaryDirectory(prefix="e2e-") as folder:
        output = Path(folder) / "world.out"
        world = Child(
            Command(
                name="the testbed",
                arguments=[sys.executable, "-m", "testbed.world"],
                output=output,
                environment={k: v for k, v in os.environ.items() if k != KUBECONFIG},
                directory=ROOT,
            )
        )

        async def announced() -> bool:
            return f" {LAST_VARIABLE}=" in output.read_text()

        try:
            await world.ready(announced, within=START_SECONDS)
            variables = dict(map(_export, output.read_text().splitlines()))
            await _install_scanners(variables[CONTROL_VARIABLE])
            yield variables
        finally:
            await world.stop(grace=STOP_SECONDS)


async def _install_scanners(control_url: str) -> None:
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        for name in SCANNERS:
            scanner = {"name": name, "url": f"http://{name.lower()}.example.com"}
            await session.post(f"{control_url}/scanners", json=scanner)


def _export(line: str) -> tuple[str, str]:
    """Read `export NAME=value`."""
    [_, assignment] = shlex.split(line)
    name, _, value = assignment.partition("=")
    return name, value
