"""The bare rotation: a new robot, a look at its token, one write of its Secret, the old robot gone.

No ledger, no look before a write, no overlap: the least that a replaced credential can cost. It is
a program of its own, see `bench.programs`, and runs twice: to make what it then rotates.
"""

import asyncio
import base64
import json
import os
import sys
import time
from dataclasses import asdict, dataclass, field

import aiohttp

from bench.floor import Cost
from bench.parallel import each
from bench.processes import peak_mebibytes
from bench.programs import answer_of
from bench.sessions import ApiServer, HarborUser

Json = dict[str, object]

ROBOTS_A_PROJECT = 10
"""What a team has that gives each of its pipelines a robot of its own."""
_LIFETIME_DAYS = 90
_ACCESS = [{"resource": "repository", "action": "pull"}]


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be rotated, and where."""

    harbor: HarborUser
    cluster: ApiServer
    namespace: str
    size: int
    """How many robots."""
    robots: dict[str, int] = field(default_factory=dict)
    """The ids of those that there are, by the number of the item; empty to make them."""


async def prepare(task: Task) -> Task:
    """Make projects, robots and Secrets, and give the task of rotating them.

    Raises:
        FloorError: the program ended with an error, or did not end.
    """
    made = await answer_of(__name__, asdict(task))
    return Task(task.harbor, task.cluster, task.namespace, task.size, robots=made)


async def measure(task: Task) -> Cost:
    """Rotate all robots of a task that was prepared.

    Raises:
        FloorError: the program ended with an error, or did not end.
    """
    return Cost(**await answer_of(__name__, asdict(task)))


class _Loop:
    """The requests for one robot after another, over two sessions."""

    def __init__(
        self, task: Task, harbor: aiohttp.ClientSession, cluster: aiohttp.ClientSession
    ) -> None:
        self._task = task
        self._harbor = harbor
        self._cluster = cluster
        self._secrets = f"/api/v1/namespaces/{task.namespace}/secrets"
        self.made: dict[str, int] = {}

    async def make_project(self, number: int) -> None:
        body = {"project_name": self._project(number), "metadata": {"public": "false"}}
        async with self._harbor.post("/api/v2.0/projects", json=body, raise_for_status=True):
            pass

    async def make(self, number: int) -> None:
        """The robot and the Secret that are replaced later."""
        id_, login = await self._make_robot(number, generation=1)
        self.made[str(number)] = id_
        body = {"metadata": {"name": f"robot-{number}"}, **_content(login)}
        async with self._cluster.post(self._secrets, json=body):
            pass

    async def rotate(self, number: int) -> None:
        """Another robot in the place of the first."""
        _, login = await self._make_robot(number, generation=2)
        await self._verify(number, login)
        body = {"metadata": {"name": f"robot-{number}"}, **_content(login)}
        async with self._cluster.put(f"{self._secrets}/robot-{number}", json=body):
            pass
        old = self._task.robots[str(number)]
        async with self._harbor.delete(f"/api/v2.0/robots/{old}", raise_for_status=True):
            pass

    def _project(self, number: int) -> str:
        return f"{self._task.namespace}.project-{number}"

    async def _make_robot(self, number: int, *, generation: int) -> tuple[int, dict[str, str]]:
        project = self._project(number // ROBOTS_A_PROJECT)
        body = {
            "name": f"robot-{number}-{generation}",
            "level": "project",
            "duration": _LIFETIME_DAYS,
            "permissions": [{"kind": "project", "namespace": project, "access": _ACCESS}],
        }
        async with self._harbor.post(
            "/api/v2.0/robots", json=body, raise_for_status=True
        ) as answer:
            created = await answer.json()
        return created["id"], {"username": created["name"], "password": created["secret"]}

    async def _verify(self, number: int, login: dict[str, str]) -> None:
        scope = f"repository:{self._project(number // ROBOTS_A_PROJECT)}/app:pull"
        query = {"service": "harbor-registry", "scope": scope}
        pair = aiohttp.encode_basic_auth(login["username"], login["password"])
        async with self._harbor.get(
            "/service/token", params=query, headers={"Authorization": pair}, raise_for_status=True
        ) as answer:
            await answer.read()


def _content(login: dict[str, str]) -> Json:
    data = {key: base64.b64encode(text.encode()).decode() for key, text in login.items()}
    return {"type": "kubernetes.io/basic-auth", "data": data}


async def _run(task: Task) -> Json:
    async with await task.harbor.session() as harbor, task.cluster.session() as cluster:
        loop = _Loop(task, harbor, cluster)
        if not task.robots:
            await each(range(-(-task.size // ROBOTS_A_PROJECT)), loop.make_project)
            await each(range(task.size), loop.make)
            return dict(loop.made)
        wall, cpu = time.perf_counter(), time.process_time()
        await each(range(task.size), loop.rotate)
        cost = Cost(
            wall_seconds=time.perf_counter() - wall,
            cpu_seconds=time.process_time() - cpu,
            peak_mebibytes=peak_mebibytes(os.getpid()),
        )
        return asdict(cost)


def _read_task(text: str) -> Task:
    stated = json.loads(text)
    harbor, cluster = HarborUser(**stated.pop("harbor")), ApiServer(**stated.pop("cluster"))
    return Task(harbor=harbor, cluster=cluster, **stated)


def main() -> None:
    """Do the task on standard input."""
    print(json.dumps(asyncio.run(_run(_read_task(sys.stdin.read())))))


if __name__ == "__main__":
    main()
