"""Installing CustomResourceDefinitions and waiting until their resources are served."""

import asyncio
from pathlib import Path

import yaml

from testbed.control_plane.api import Api, Json, RefusedError
from testbed.errors import NotReadyError
from testbed.tools.waiting import until

_COLLECTION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_READY_SECONDS = 30.0


def read_crds(folder: Path) -> list[Json]:
    """The definitions in the folder's `*.yaml` files, one each."""
    return [yaml.safe_load(path.read_text()) for path in sorted(folder.glob("*.yaml"))]


async def install_crds(api: Api, definitions: list[Json]) -> None:
    """Apply the definitions and wait until each answers requests for its resources.

    Raises:
        RefusedError: a definition is invalid.
        NotReadyError: a definition's resources are still not served after half a minute.
    """
    await asyncio.gather(*(_install(api, definition) for definition in definitions))


async def _install(api: Api, definition: Json) -> None:
    name = definition["metadata"]["name"]
    await api.apply(f"{_COLLECTION}/{name}", definition)
    try:
        await until(lambda: _established(api, name), within=_READY_SECONDS)
        # Once established, the storage behind it refuses requests (429) for another moment.
        await until(lambda: _served(api, definition["spec"]), within=_READY_SECONDS)
    except TimeoutError as late:
        raise NotReadyError(f"the resources of {name} are not served") from late


async def _established(api: Api, name: str) -> bool:
    present = await api.get(f"{_COLLECTION}/{name}")
    # Before the first condition the server answers `conditions: null`.
    conditions = present.get("status", {}).get("conditions") or []
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)


async def _served(api: Api, spec: Json) -> bool:
    paths = [
        f"/apis/{spec['group']}/{version['name']}/{spec['names']['plural']}?limit=1"
        for version in spec["versions"]
        if version["served"]
    ]
    try:
        await asyncio.gather(*(api.get(path) for path in paths))
    except RefusedError:
        return False
    return True
