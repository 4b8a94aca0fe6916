"""The bare delivery: a Secret into each namespace, and its name into a ServiceAccount there.

No look before the first write, no status, no second look. A delivered Secret is replaced with the
version that was read just before, as whoever may have rivals must. It is a program of its own, see
`bench.programs`.
"""

import base64
import json
import os
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp
import uvloop

from bench.floor import Cost
from bench.parallel import DELIVERIES, each
from bench.processes import peak_mebibytes
from bench.programs import answer_of
from bench.sessions import ApiServer

Json = dict[str, Any]

ACCOUNT = "default"
"""The ServiceAccount that every namespace has."""
_KIND = "bare-loop.example/pull-secret"
_USER = "robot$platform.project-0+robot-0-12345-1"
_PASSWORD_LENGTH = 32
"""As Harbor's."""
_UID = "00000000-0000-0000-0000-000000000000"
_JSON_PATCH = {"Content-Type": "application/json-patch+json"}


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be delivered, and where."""

    cluster: ApiServer
    namespaces: list[str]
    secret: Json
    """The same in each namespace."""
    account_patch: list[Json] = field(default_factory=list)
    """JSON patch for the ServiceAccount; empty to leave it alone."""
    replace: bool = False
    """Whether the Secrets are there, and are read and replaced."""


def secret(name: str, letter: str) -> Json:
    """A pull secret as large as one of the operator's, under labels that mean nothing to it.

    Args:
        name: of the Secret.
        letter: what its password is made of.
    """
    password = letter * _PASSWORD_LENGTH
    pair = base64.b64encode(f"{_USER}:{password}".encode()).decode()
    login = {"auth": pair, "password": password, "username": _USER}
    config = json.dumps({"auths": {"127.0.0.1:12345": login}}, separators=(",", ":"))
    labels = {"owner-kind": "HarborPullSecret", "owner-namespace": "platform", "managed": "true"}
    uids = {"owner-uid": _UID, "robot-uid": _UID, "managed-by": "bare-loop"}
    notes = {"compare-options": "IgnoreExtraneous", "sync-options": "Prune=false", "name": name}
    return {
        "metadata": {
            "name": name,
            "labels": {f"{_KIND}-{key}": value for key, value in {**labels, **uids}.items()},
            "annotations": {f"{_KIND}-{key}": value for key, value in notes.items()},
        },
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": base64.b64encode(config.encode()).decode()},
    }


def entry(name: str, *, first: bool) -> list[Json]:
    """The JSON patch that adds a Secret's name to a ServiceAccount, and a note as long as ours.

    Args:
        name: of the Secret.
        first: whether the ServiceAccount has neither such a name nor a note yet.
    """
    note = {f"{_KIND}-{name}": json.dumps({name: _UID})}
    if first:
        return [
            {"op": "add", "path": "/imagePullSecrets", "value": [{"name": name}]},
            {"op": "add", "path": "/metadata/annotations", "value": note},
        ]
    [(key, text)] = note.items()
    return [
        {"op": "add", "path": "/imagePullSecrets/-", "value": {"name": name}},
        {"op": "add", "path": f"/metadata/annotations/{key.replace('/', '~1')}", "value": text},
    ]


async def measure(task: Task) -> Cost:
    """Do a task in a program of its own.

    Raises:
        FloorError: it ended with an error, or did not end.
    """
    return Cost(**await answer_of(__name__, asdict(task)))


async def deliver(
    session: aiohttp.ClientSession, namespace: str, secret: Json, account_patch: list[Json]
) -> None:
    """The two writes for one namespace, one after the other."""
    within = f"/api/v1/namespaces/{namespace}"
    async with session.post(f"{within}/secrets", json=secret):
        pass
    if account_patch:
        account = f"{within}/serviceaccounts/{ACCOUNT}"
        async with session.patch(account, json=account_patch, headers=_JSON_PATCH):
            pass


async def _replace(session: aiohttp.ClientSession, namespace: str, secret: Json) -> None:
    path = f"/api/v1/namespaces/{namespace}/secrets/{secret['metadata']['name']}"
    async with session.get(path) as answer:
        present = (await answer.json())["metadata"]
    version = {"resourceVersion": present["resourceVersion"], "uid": present["uid"]}
    body = {**secret, "metadata": {**secret["metadata"], **version}}
    async with session.put(path, json=body):
        pass


async def _run(task: Task) -> Cost:
    async with task.cluster.session() as session:

        async def work(namespace: str) -> None:
            if task.replace:
                await _replace(session, namespace, task.secret)
            else:
                await deliver(session, namespace, task.secret, task.account_patch)

        wall, cpu = time.perf_counter(), time.process_time()
        await each(task.namespaces, work, parallel=DELIVERIES)
        return Cost(
            wall_seconds=time.perf_counter() - wall,
            cpu_seconds=time.process_time() - cpu,
            peak_mebibytes=peak_mebibytes(os.getpid()),
        )


def _read_task(text: str) -> Task:
    stated = json.loads(text)
    return Task(cluster=ApiServer(**stated.pop("cluster")), **stated)


def main() -> None:
    """Do the task on standard input, on the event loop that the operator uses, too."""
    print(json.dumps(asdict(uvloop.run(_run(_read_task(sys.stdin.read()))))))


if __name__ == "__main__":
    main()
