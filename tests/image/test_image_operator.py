"""The image's operator in a pod's place, unprivileged and on a read-only root, at work."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from testbed.harbor import HarborSimulator
from tests.support.boxed_operator import BoxedOperator, container, make_pod
from tests.support.deployed import Installation, installed
from tests.support.image_build import Image
from tests.support.kubectl import Json
from tests.support.small_team import ADMIN_PASSWORD, DELIVERED, SmallTeam, names

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one life of the operator showed."""

    uid: int
    """Whom the machine takes it for, as the image states it."""
    secrets: list[Json] = field(repr=False)
    robots: set[str]
    healthz: int | None
    exit_code: int | None
    changed: set[str]
    """Files of the image that came, went or changed."""
    written: list[str]
    """What it left in /tmp."""
    output: str


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A cluster in which the operator is installed, but for its pods."""
    with installed(tmp_path_factory.mktemp("kubectl")) as installation:
        yield installation


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seen(
    installation: Installation,
    image: Image,
    folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Seen:
    """Run the operator until a team has its pull secrets, and stop it."""
    pod = await make_pod(installation.plane, folder)
    who = container(image, pod).run("python", "-c", "import os; print(os.getuid())")
    team = SmallTeam(installation.kubectl)
    operator = BoxedOperator(image, pod, tmp_path_factory.mktemp("operator"))
    before = state_of(image.root)
    async with HarborSimulator(admin_password=ADMIN_PASSWORD) as harbor:
        await team.move_in(harbor)
        async with operator:
            await team.settled()
            secrets = await team.secrets()
            healthz = await operator.probe("healthz")
            exit_code = await operator.stop()
        return Seen(
            uid=int(who),
            secrets=secrets,
            robots={robot.name for robot in harbor.state.robots.values()},
            healthz=healthz,
            exit_code=exit_code,
            changed={path for path, _ in before ^ state_of(image.root)},
            written=[path.name for path in pod.scratch.rglob("*")],
            output=operator.output,
        )


def state_of(root: Path) -> set[tuple[str, int]]:
    """All files and folders with the time of their last change."""
    return {(str(path), path.lstat().st_mtime_ns) for path in root.rglob("*")}


async def test_pull_secrets_are_delivered(seen: Seen) -> None:
    pulls = [s for s in seen.secrets if s["type"] == "kubernetes.io/dockerconfigjson"]

    assert names(pulls) == DELIVERED
    for secret in pulls:
        config = json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))
        [login] = config["auths"].values()
        assert any(login["username"].endswith(name.partition("$")[2]) for name in seen.robots)


async def test_it_is_healthy_and_ends_in_order(seen: Seen) -> None:
    assert seen.healthz == 200
    assert seen.exit_code == 0


async def test_it_is_not_root(seen: Seen, image: Image) -> None:
    assert seen.uid == image.stage.user[0] != 0


async def test_nothing_is_written_to_the_image(seen: Seen) -> None:
    assert seen.changed == set()


async def test_nothing_stays_in_the_scratch_space(seen: Seen) -> None:
    assert seen.written == []


async def test_nothing_is_said_of_a_place_that_cannot_be_written(seen: Seen) -> None:
    assert seen.output
    assert "Read-only file system" not in seen.output
    assert "Permission denied" not in seen.output
    assert ADMIN_PASSWORD not in seen.output
