"""The one node of a cluster that has none: every pod is bound to it, and runs as far as needed."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

from testbed.control_plane import ControlPlane
from testbed.control_plane.api import Api, RefusedError, open_api
from testbed.node.images import ImageContainer, Puller
from testbed.node.logs import serving_logs
from testbed.node.operator import OperatorContainer, is_operator
from testbed.node.status import Container, pod_status

Json = dict[str, Any]

NODE = "testbed"
_POLL_SECONDS = 0.2
_NODES = "/api/v1/nodes"
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}


class _Runner(Protocol):
    async def look(self, since: str) -> Container: ...
    async def stop(self) -> None: ...


class Kubelet:
    """Runs pods; made by `Kubelet.opened`.

    A container of the operator's image is a process with the pod's ServiceAccount. Any other one
    runs as soon as its image can be pulled; an image that is in no reachable registry is taken as
    there.
    """

    def __init__(self, plane: ControlPlane, api: Api, puller: Puller) -> None:
        self._plane = plane
        self._api = api
        self._puller = puller
        self._folder = tempfile.TemporaryDirectory(prefix="kubelet-")
        self._pods: dict[str, dict[str, _Runner]] = {}
        self._last: dict[str, Json] = {}
        self._names: dict[tuple[str, str], str] = {}

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, plane: ControlPlane, puller: Puller) -> AsyncIterator["Kubelet"]:
        """Run pods during a block.

        Args:
            plane: the cluster, made with `workloads`.
            puller: how images are pulled.
        """
        async with open_api(plane.kubeconfig) as api:
            kubelet = cls(plane, api, puller)
            async with serving_logs(kubelet.find_log, plane.certificates) as port:
                await _register(api, port)
                working = asyncio.create_task(kubelet.work())
                try:
                    yield kubelet
                finally:
                    working.cancel()
                    await kubelet.stop()
                    with contextlib.suppress(asyncio.CancelledError):
                        await working

    def find_log(self, namespace: str, pod: str, container: str, previous: bool) -> Path | None:  # noqa: FBT001 -- as the server's callback has it
        """The file with a container's output."""
        runner = self._pods.get(self._names.get((namespace, pod), ""), {}).get(container)
        if isinstance(runner, OperatorContainer):
            return runner.log(previous=previous)
        return None

    async def work(self) -> None:
        """Look at all pods again and again; ends by being cancelled."""
        while True:
            listed = await self._api.get("/api/v1/pods")
            await asyncio.gather(*(self._look(pod) for pod in listed["items"]))
            await asyncio.sleep(_POLL_SECONDS)

    async def stop(self) -> None:
        """End all containers."""
        await asyncio.gather(*(self._end(uid) for uid in list(self._pods)))
        self._folder.cleanup()

    async def _look(self, pod: Json) -> None:
        try:
            await self._sync(pod)
        except RefusedError as refusal:
            # It was deleted or changed meanwhile: the next look tells.
            if refusal.status not in _GONE:
                raise

    async def _sync(self, pod: Json) -> None:
        metadata = pod["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
        if "deletionTimestamp" in metadata:
            await self._end(metadata["uid"])
            await self._api.delete(f"{path}?gracePeriodSeconds=0")
            return
        if "nodeName" not in pod["spec"]:
            await self._api.create(f"{path}/binding", _binding(metadata["name"]))
            return
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        runners = await self._runners(pod)
        containers = {name: await runner.look(now) for name, runner in runners.items()}
        await self._report(path, pod, pod_status(pod, containers, now))

    async def _report(self, path: str, pod: Json, status: Json) -> None:
        uid = pod["metadata"]["uid"]
        if self._last.get(uid) == status:
            return
        names = {key: pod["metadata"][key] for key in ("name", "namespace")}
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": names, "status": status}
        await self._api.apply(f"{path}/status", body)
        self._last[uid] = status

    async def _runners(self, pod: Json) -> Mapping[str, _Runner]:
        metadata = pod["metadata"]
        uid = metadata["uid"]
        if uid not in self._pods:
            self._names[metadata["namespace"], metadata["name"]] = uid
            self._pods[uid] = {
                container["name"]: await self._runner(pod, container)
                for container in pod["spec"]["containers"]
            }
        return self._pods[uid]

    async def _runner(self, pod: Json, container: Json) -> _Runner:
        if not is_operator(container["image"]):
            return ImageContainer(pod, container, self._api, self._puller)
        namespace, account = pod["metadata"]["namespace"], pod["spec"]["serviceAccountName"]
        kubeconfig = await self._plane.kubeconfig_for_service_account(namespace, account)
        folder = Path(self._folder.name) / pod["metadata"]["uid"] / container["name"]
        folder.mkdir(parents=True)
        return OperatorContainer(pod, container, kubeconfig, folder)

    async def _end(self, uid: str) -> None:
        runners = self._pods.pop(uid, {})
        await asyncio.gather(*(runner.stop() for runner in runners.values()))


async def _register(api: Api, port: int) -> None:
    body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}}
    await api.apply(f"{_NODES}/{NODE}", body)
    status = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    await api.apply(f"{_NODES}/{NODE}/status", {**body, "status": status})


def _binding(name: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": name},
        "target": {"apiVersion": "v1", "kind": "Node", "name": NODE},
    }
