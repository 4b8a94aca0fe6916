"""The bare loop: makes in Harbor and in Kubernetes what the operator makes, and nothing more.

No look before a write, no status, no second look: the least that the same result can cost. It is
a program of its own, see `bench.programs`.
"""

import asyncio
import base64
import json
import os
import sys
import time
from dataclasses import asdict, dataclass

import aiohttp

from bench.parallel import each
from bench.processes import peak_mebibytes
from bench.programs import answer_of
from bench.sessions import ApiServer, HarborUser

Json = dict[str, object]

_OWNER_LABEL = "harbor-operator.dev/owner"
_LIFETIME_DAYS = 90


@dataclass(frozen=True, slots=True)
class Task:
    """What the loop is to make, and where."""

    harbor: HarborUser
    cluster: ApiServer
    namespace: str
    size: int
    """How many projects, robots and pull secrets."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What the loop took, from its first request to its last answer."""

    wall_seconds: float
    cpu_seconds: float
    peak_mebibytes: float


async def measure(task: Task) -> Cost:
    """Run the loop in a program of its own.

    Raises:
        FloorError: it ended with an error, or did not end.
    """
    return Cost(**await answer_of(__name__, asdict(task)))


class _Loop:
    """The requests for one item after another, over two sessions."""

    def __init__(
        self, task: Task, harbor: aiohttp.ClientSession, cluster: aiohttp.ClientSession
    ) -> None:
        self._namespace = task.namespace
        self._host = task.harbor.url.partition("//")[2]
        self._harbor = harbor
        self._secrets = f"/api/v1/namespaces/{task.namespace}/secrets"
        self._cluster = cluster

    async def make(self, number: int) -> None:
        """One project with its owner label, its robot, and the three Secrets."""
        project = f"{self._namespace}.project-{number}"
        project_id = await self._make_project(project)
        await self._make_label(project_id, project)
        username, password = await self._make_robot(project, f"robot-{number}")
        ledger = json.dumps({"live": {"username": username, "password": password}})
        await self._make_secret(
            f"robot-{number}-ledger", "harbor-operator.dev/credential-ledger", {"ledger": ledger}
        )
        login = {"username": username, "password": password, "registry": self._host}
        await self._make_secret(f"robot-{number}", "kubernetes.io/basic-auth", login)
        config = json.dumps({"auths": {self._host: {"username": username, "password": password}}})
        await self._make_secret(
            f"pull-{number}", "kubernetes.io/dockerconfigjson", {".dockerconfigjson": config}
        )

    async def _make_project(self, name: str) -> int:
        body = {"project_name": name, "metadata": {"public": "false"}}
        async with self._harbor.post(
            "/api/v2.0/projects", json=body, raise_for_status=True
        ) as answer:
            return int(answer.headers["Location"].rpartition("/")[2])

    async def _make_label(self, project_id: int, text: str) -> None:
        body = {
            "name": _OWNER_LABEL,
            "description": text,
            "color": "#48960C",
            "scope": "p",
            "project_id": project_id,
        }
        async with self._harbor.post("/api/v2.0/labels", json=body, raise_for_status=True):
            pass

    async def _make_robot(self, project: str, name: str) -> tuple[str, str]:
        access = [{"resource": "repository", "action": "pull"}]
        body = {
            "name": name,
            "level": "project",
            "duration": _LIFETIME_DAYS,
            "description": project,
            "permissions": [{"kind": "project", "namespace": project, "access": access}],
        }
        async with self._harbor.post(
            "/api/v2.0/robots", json=body, raise_for_status=True
        ) as answer:
            created = await answer.json()
        return created["name"], created["secret"]

    async def _make_secret(self, name: str, type_: str, data: dict[str, str]) -> None:
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
        body: Json = {"metadata": {"name": name}, "type": type_, "data": encoded}
        async with self._cluster.post(self._secrets, json=body):
            pass


async def _run(task: Task) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    async with await task.harbor.session() as harbor, task.cluster.session() as cluster:
        loop = _Loop(task, harbor, cluster)
        await each(range(task.size), loop.make)
        return Cost(
            wall_seconds=time.perf_counter() - wall,
            cpu_seconds=time.process_time() - cpu,
            peak_mebibytes=peak_mebibytes(os.getpid()),
        )


def _read_task(text: str) -> Task:
    stated = json.loads(text)
    harbor, cluster = HarborUser(**stated.pop("harbor")), ApiServer(**stated.pop("cluster"))
    return Task(harbor=harbor, cluster=cluster, **stated)


def main() -> None:
    """Do the task on standard input."""
    print(json.dumps(asdict(asyncio.run(_run(_read_task(sys.stdin.read()))))))


if __name__ == "__main__":
    main()
