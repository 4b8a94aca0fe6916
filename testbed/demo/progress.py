"""How far the operator is with the objects that it was given."""

import asyncio
from collections.abc import Sequence

from testbed.control_plane.api import Json
from testbed.demo.screen import Row
from testbed.demo.setting import Setting
from testbed.endtoend.objects import condition, is_ready, path_of, status_of, wait_for

READY_SECONDS = 60.0
"""Some seconds on the testbed; a Harbor across a network may need more."""
_LOOK_SECONDS = 0.2


async def rows_of(setting: Setting, manifests: Sequence[Json]) -> list[Row]:
    """A row for each object as it is now."""
    found = await asyncio.gather(*(setting.api.find(path_of(body)) for body in manifests))
    return [_row(body, seen) for body, seen in zip(manifests, found, strict=True)]


async def watch_until_ready(setting: Setting, manifests: Sequence[Json]) -> None:
    """Show the objects while the operator works, until all are Ready.

    Raises:
        AwaitedError: one is not Ready in time; the message has its conditions.
    """
    showing = asyncio.create_task(_show(setting, manifests))
    try:
        for body in manifests:
            await wait_for(
                setting.api, path_of(body), is_ready, awaited="Ready=True", within=READY_SECONDS
            )
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
        setting.screen.live(await rows_of(setting, manifests))


async def _show(setting: Setting, manifests: Sequence[Json]) -> None:
    while True:
        setting.screen.live(await rows_of(setting, manifests))
        await asyncio.sleep(_LOOK_SECONDS)


def _row(manifest: Json, seen: Json | None) -> Row:
    metadata = manifest["metadata"]
    place = f"{metadata['namespace']}/" if "namespace" in metadata else ""
    name = f"{manifest['kind']} {place}{metadata['name']}"
    if seen is None:
        return Row(name, "", "not there", "")
    summary = condition(seen, "Ready")
    return Row(name, summary.get("status", "-"), summary.get("reason", ""), _detail(seen))


def _detail(seen: Json) -> str:
    status = status_of(seen)
    match seen["kind"]:
        case "ClusterHarborConnection":
            return f"Harbor {status['harborVersion']}" if "harborVersion" in status else ""
        case "HarborPullSecret":
            targets = status.get("targets") or {}
            return f"{targets['ready']} of {targets['desired']} namespaces" if targets else ""
        case "HarborRobot":
            return str(status.get("username", ""))
        case _:
            return str(status.get("projectName", ""))
