"""Draw docs/dashboard.svg: `python -m tests.monitoring.picture`.

An operator lives for `PICTURE_SECONDS` (six minutes) between a control plane and a simulated
Harbor, with rotations, drift, a slow Harbor and one that is away; a Prometheus watches it, and the
dashboard's queries give the lines.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from testbed.control_plane import OPERATOR, ControlPlane
from testbed.control_plane.users import User
from testbed.dashboard.panels import ROWS
from testbed.dashboard.picture import picture
from testbed.prometheus.server import Prometheus
from tests.monitoring.picture.life import live, populated
from tests.monitoring.picture.queries import lines_of
from tests.support.deployed import ROOT
from tests.support.namespaces import OUTSIDER
from tests.support.system_world import open_world

FILE = ROOT / "docs" / "dashboard.svg"
SECONDS = 360.0
SCRAPE_SECONDS = 2


async def draw(seconds: float) -> str:
    """Live for so many seconds, and draw what was seen."""
    plane = ControlPlane(audit=True, users=(User(OPERATOR), User(OUTSIDER)))
    await plane.start()
    try:
        with tempfile.TemporaryDirectory(prefix="picture-") as folder:
            return await _watched(plane, Path(folder), seconds)
    finally:
        await plane.stop()


async def _watched(plane: ControlPlane, folder: Path, seconds: float) -> str:
    async with open_world(plane, folder, "main", token_minutes=30) as world:
        await world.connect(driftCheckPeriod="1m")
        async with (
            Prometheus(
                world.operator.metrics_address, interval_seconds=SCRAPE_SECONDS
            ) as prometheus,
            populated(world) as teams,
        ):
            begun = await prometheus.now()
            await live(world, teams, seconds)
            end = await prometheus.now()
            lines = {
                panel.title: await lines_of(prometheus, panel, begun, end)
                for row in ROWS
                for panel in row.panels
            }
        said = (
            f"{round((end - begun) / 60)} minutes of an operator between a control plane and a"
            " simulated Harbor. Robots are rotated and Secrets edited; Harbor is slow for a while,"
            " later away."
        )
        return picture(ROWS, lines, seconds=end - begun, said=said)


def main() -> int:
    """Draw the picture into its file."""
    drawn = asyncio.run(draw(float(os.environ.get("PICTURE_SECONDS", SECONDS))))
    FILE.write_text(drawn, encoding="utf-8")
    print(f"{FILE.relative_to(ROOT)}: {len(drawn) // 1024} KiB")  # noqa: T201 -- the result
    return 0


if __name__ == "__main__":
    sys.exit(main())
