"""The page about adoption is followed to the letter, and keeps what it promises."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from testbed.tools.build import find_kubectl
from tests.support.deployed import ROOT
from tests.support.system_world import ADMIN_PASSWORD, SystemWorld
from tests.support.walkthrough import RunCommand, Shell, is_as_shown, open_shell, steps_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = ROOT / "docs" / "adopt-an-existing-project.md"
NAMESPACE = "/api/v1/namespaces/payments"
PROJECT = "payments.legacy"
DAY_SECONDS = 24 * 60 * 60


@pytest_asyncio.fixture(loop_scope="module")
async def reader(unconnected: SystemWorld, tmp_path: Path) -> AsyncIterator[tuple[Shell, Path]]:
    """A reader of the page: a shell, the tools it needs, and a project that somebody made."""
    world = replace(unconnected, connection="default")
    await world.connect()
    await world.cluster.create("/api/v1/namespaces", {"metadata": {"name": "payments"}})
    await make_by_hand(world)
    kubectl = await find_kubectl()
    environment = {
        "PATH": f"{kubectl.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "KUBECONFIG": str(world.plane.kubeconfig),
        "HARBOR_URL": world.harbor.url,
        "HARBOR_LOGIN": f"admin:{ADMIN_PASSWORD}",
    }
    async with open_shell(tmp_path, environment) as shell:
        yield shell, tmp_path
    await world.cluster.delete(NAMESPACE)
    await world.cluster.delete(world.connection_path)
    await world.cluster.gone(world.connection_path)


async def make_by_hand(world: SystemWorld) -> None:
    """Make the page's project, long ago."""
    world.harbor.clock.offset_seconds = -DAY_SECONDS
    await world.ask_harbor("POST", "/projects", {"project_name": PROJECT})
    world.harbor.clock.offset_seconds = 0
    projects = world.harbor.state.projects
    (project_id,) = (number for number, made in projects.items() if made.name == PROJECT)
    label = {"name": "obsolete", "color": "#FFFFFF", "scope": "p", "project_id": project_id}
    await world.ask_harbor("POST", "/labels", label)


async def test_the_page_about_adoption_works_as_it_is_written(reader: tuple[Shell, Path]) -> None:
    shell, folder = reader
    steps = list(steps_of(PAGE.read_text(encoding="utf-8")))

    for step in steps:
        if not isinstance(step, RunCommand):
            (folder / step.name).write_text(step.content)
            continue
        code, printed = await shell.run(step.command)
        assert code == 0, f"$ {step.command}\n{printed}"
        assert is_as_shown(printed, step.shown), f"$ {step.command}\n{printed}"

    assert len(steps) > 20


@pytest.mark.parametrize(
    ("printed", "shown", "expected"),
    [
        ("NAME  AGE\na  12s\n\n", ("NAME AGE", "a 3m"), True),
        ("a  12\n", ("a 3m",), False),
        ("mark: x/payments/y\n", ("mark: .../payments/...",), True),
        ("mark: x/other/y\n", ("mark: .../payments/...",), False),
        ("one\ntwo\n", ("one",), False),
        ("", ("one",), False),
    ],
    ids=["ages", "no-age", "anything", "something-else", "more-lines", "nothing"],
)
async def test_output_is_compared_by_its_words(
    printed: str, shown: tuple[str, ...], *, expected: bool
) -> None:
    assert is_as_shown(printed, shown) is expected
