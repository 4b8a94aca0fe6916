"""A team's projects, robots and pull secrets: applied together, and watched until all are Ready."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass

import aiohttp

from bench.parallel import each
from testbed.control_plane.api import Json
from testbed.endtoend.objects import API_VERSION, condition, is_ready
from testbed.errors import WorldError

PLURALS = ("harborprojects", "harborrobots", "harborpullsecrets")
_READY_SECONDS = 300.0
"""Ten times what an operator may take that nobody would call fast."""
_SHOWN = 5
"""How many objects a failure names: what holds up one mostly holds up the others, too."""
_LINE_BYTES = 1 << 20
"""Far more than any object of ours; a watch sends each in one line."""


class NotConvergedError(WorldError):
    """Objects are not Ready in time; the message names some and says why."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """As many of each kind in one namespace, the projects named as its tenant rule wants."""

    namespace: str
    size: int

    def collection(self, plural: str) -> str:
        """The path of one kind's objects."""
        return f"/apis/{API_VERSION}/namespaces/{self.namespace}/{plural}"

    def manifests(self) -> Iterator[Json]:
        """All objects, each after what it refers to."""
        for number in range(self.size):
            project, robot = f"project-{number}", f"robot-{number}"
            access = [{"projectRef": {"name": project}, "preset": "Pull"}]
            yield self._manifest(
                "HarborProject", project, {"projectName": f"{self.namespace}.{project}"}
            )
            yield self._manifest("HarborRobot", robot, {"access": access})
            yield self._manifest(
                "HarborPullSecret", f"pull-{number}", {"robotRef": {"name": robot}}
            )

    def _manifest(self, kind: str, name: str, spec: Json) -> Json:
        metadata = {"name": name, "namespace": self.namespace}
        return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


async def converge(session: aiohttp.ClientSession, fleet: Fleet) -> dict[str, float]:
    """Create a fleet, and wait until all of it is Ready.

    Returns:
        Seconds from the first request to the last Ready, by kind's plural.

    Raises:
        NotConvergedError: it does not become Ready.
    """
    clock = asyncio.get_running_loop().time
    versions = {plural: await _version(session, fleet, plural) for plural in PLURALS}
    started = clock()
    try:
        async with asyncio.timeout(_READY_SECONDS), asyncio.TaskGroup() as tasks:
            watches = {
                plural: tasks.create_task(_all_ready(session, fleet, plural, since=version))
                for plural, version in versions.items()
            }
            tasks.create_task(_create(session, fleet))
    except TimeoutError:
        raise NotConvergedError(await _complaint(session, fleet)) from None
    return {plural: watch.result() - started for plural, watch in watches.items()}


async def _create(session: aiohttp.ClientSession, fleet: Fleet) -> None:
    async def post(manifest: Json) -> None:
        path = fleet.collection(f"{manifest['kind'].lower()}s")
        async with session.post(path, json=manifest):
            pass

    await each(fleet.manifests(), post)


async def _version(session: aiohttp.ClientSession, fleet: Fleet, plural: str) -> str:
    async with session.get(fleet.collection(plural), params={"limit": "1"}) as answer:
        listed = await answer.json()
    return str(listed["metadata"]["resourceVersion"])


async def _all_ready(
    session: aiohttp.ClientSession, fleet: Fleet, plural: str, *, since: str
) -> float:
    """Watch a kind until as many as the fleet has are Ready; when that was."""
    ready: set[str] = set()
    async with session.get(
        fleet.collection(plural),
        params={"watch": "1", "resourceVersion": since},
        timeout=aiohttp.ClientTimeout(),
        read_bufsize=_LINE_BYTES,
    ) as answer:
        async for line in answer.content:
            seen = json.loads(line)["object"]
            if is_ready(seen):
                ready.add(seen["metadata"]["name"])
            if len(ready) == fleet.size:
                return asyncio.get_running_loop().time()
    raise NotConvergedError(f"the watch of {plural} ended with {len(ready)} Ready")


async def _complaint(session: aiohttp.ClientSession, fleet: Fleet) -> str:
    """How many objects are not Ready, and what some of them say."""
    unready: list[str] = []
    for plural in PLURALS:
        async with session.get(fleet.collection(plural)) as answer:
            seen = (await answer.json())["items"]
        unready += [_reason(plural, body) for body in seen if not is_ready(body)]
    shown = "\n".join(f"  {line}" for line in unready[:_SHOWN])
    return f"{len(unready)} objects are not Ready after {_READY_SECONDS:.0f} s:\n{shown}"


def _reason(plural: str, body: Json) -> str:
    ready = condition(body, "Ready")
    told = f"{ready.get('reason', 'no status')}: {ready.get('message', '')}"
    return f"{plural} {body['metadata']['name']}: {told}"
