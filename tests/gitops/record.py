"""Records objects of every kind in every state from a real operator: `make gitops-objects`."""

import asyncio
import tempfile
from pathlib import Path

from testbed.control_plane import OPERATOR, ControlPlane
from testbed.control_plane.users import User
from tests.support.gitops_objects import record
from tests.support.gitops_states import Journey
from tests.support.namespaces import temporary_namespace
from tests.support.system_world import open_world
from tests.support.team import Team


async def main() -> None:
    """Run an operator, and replace the recorded objects by those it makes."""
    plane = ControlPlane(audit=True, users=(User(OPERATOR),))
    await plane.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            await _record(plane, Path(folder))
    finally:
        await plane.stop()


async def _record(plane: ControlPlane, folder: Path) -> None:
    async with (
        open_world(plane, folder, "gitops", token_minutes=30) as world,
        temporary_namespace(plane, prefix="gitops") as namespace,
    ):
        seen = await Journey(world, Team(world, namespace)).go()
    for (kind, state), body in seen.items():
        record(kind, state, body)


if __name__ == "__main__":
    asyncio.run(main())
