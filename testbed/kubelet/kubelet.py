"""Pods' images are pulled, and the pods' status and Events say what came of it."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from testbed.control_plane.api import Api, Json
from testbed.kubelet.pulls import Node, Outcome, Puller

_CORE: Final = "/api/v1/namespaces"
_NEVER: Final = "ErrImageNeverPull"
_FAILED: Final = "ErrImagePull"
_EVENTS: Final = {"InvalidImageName": "InspectFailed", _NEVER: _NEVER, _FAILED: "Failed"}
"""Under which reason the kubelet tells of which outcome."""


class Kubelet:
    """Pulls what pods want, whenever it is asked to; it keeps no image, and runs nothing."""

    def __init__(self, api: Api, puller: Puller, node: Node) -> None:
        """Prepare to serve.

        Args:
            api: The cluster, whose pods are read and whose Secrets it may read.
            puller: Pulls for it.
            node: How its container runtime is set.
        """
        self._api = api
        self._puller = puller
        self._node = node
        self._failed: set[tuple[str, str]] = set()
        """Uid and image of each pull that has failed before, and is backed off now."""

    async def sync(self, namespace: str, name: str, *, node: Node | None = None) -> list[Outcome]:
        """Pull each image of a pod once, and write down what came of it.

        Args:
            namespace: The pod's.
            name: The pod's.
            node: Another node than the usual one.
        """
        pod = await self._api.get(f"{_CORE}/{namespace}/pods/{name}")
        secrets = await self._pull_secrets(pod)
        outcomes = []
        statuses = []
        for container in pod["spec"]["containers"]:
            outcome = await self._ensure(container, secrets, node or self._node)
            outcomes.append(outcome)
            statuses.append(_status(container, self._waiting(pod, container["image"], outcome)))
            await self._tell(pod, _told(container["image"], outcome))
        await self._write(pod, statuses)
        return outcomes

    async def _ensure(self, container: Json, secrets: list[Json], node: Node) -> Outcome:
        image = str(container["image"])
        if container.get("imagePullPolicy") == "Never":
            said = f'Container image "{image}" is not present with pull policy of Never'
            return Outcome(_NEVER, said)
        return await self._puller.pull(node, image, secrets)

    async def _pull_secrets(self, pod: Json) -> list[Json]:
        """The pull secrets of a pod that there are, in its order."""
        namespace = pod["metadata"]["namespace"]
        found, missing = [], []
        for entry in pod["spec"].get("imagePullSecrets") or ():
            secret = await self._api.find(f"{_CORE}/{namespace}/secrets/{entry['name']}")
            if secret is None:
                missing.append(entry["name"])
            else:
                found.append(secret)
        if missing:
            said = (
                f"Unable to retrieve some image pull secrets ({', '.join(missing)}); "
                "attempting to pull the image may not succeed."
            )
            await self._tell(pod, [("FailedToRetrieveImagePullSecret", said)])
        return found

    def _waiting(self, pod: Json, image: str, outcome: Outcome) -> Outcome:
        """What the status says: of a pull that failed before, that it is backed off."""
        key = (pod["metadata"]["uid"], image)
        known = key in self._failed
        if outcome.reason != _FAILED:
            self._failed.discard(key)
            return outcome
        self._failed.add(key)
        if not known:
            return outcome
        said = f'Back-off pulling image "{image}": {_FAILED}: {outcome.message}'
        return Outcome("ImagePullBackOff", said)

    async def _write(self, pod: Json, statuses: list[Json]) -> None:
        metadata = pod["metadata"]
        path = f"{_CORE}/{metadata['namespace']}/pods/{metadata['name']}"
        pulled = all("running" in status["state"] for status in statuses)
        await self._api.apply(
            f"{path}/status",
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
                "status": {
                    "phase": "Running" if pulled else "Pending",
                    "containerStatuses": statuses,
                },
            },
        )

    async def _tell(self, pod: Json, events: Iterable[tuple[str, str]]) -> None:
        metadata = pod["metadata"]
        for reason, message in events:
            now = _now()
            await self._api.create(
                f"{_CORE}/{metadata['namespace']}/events",
                {
                    "metadata": {"generateName": f"{metadata['name']}."},
                    "involvedObject": {
                        "apiVersion": "v1",
                        "kind": "Pod",
                        "namespace": metadata["namespace"],
                        "name": metadata["name"],
                        "uid": metadata["uid"],
                    },
                    "reason": reason,
                    "message": message,
                    "type": "Warning",
                    "count": 1,
                    "firstTimestamp": now,
                    "lastTimestamp": now,
                    "source": {"component": "kubelet", "host": "node"},
                },
            )


def _told(image: str, outcome: Outcome) -> Iterator[tuple[str, str]]:
    if not outcome.reason:
        return
    said = outcome.message
    if outcome.reason == _FAILED:
        said = f'Failed to pull image "{image}": {said}'
    yield _EVENTS[outcome.reason], said
    yield "Failed", f"Error: {outcome.reason}"


def _status(container: Json, outcome: Outcome) -> Json:
    state: Json = {"running": {"startedAt": _now()}}
    if outcome.reason:
        state = {"waiting": {"reason": outcome.reason, "message": outcome.message}}
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": not outcome.reason,
        "restartCount": 0,
        "state": state,
    }


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
