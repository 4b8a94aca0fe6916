"""Any other container: its image is pulled, by the logins that the pod brings, and then it runs."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from testbed.endtoend.crane import ANONYMOUS, Crane, CraneError
from testbed.endtoend.objects import decoded
from testbed.node.status import Container, Running, Waiting

Json = dict[str, Any]

_DOCKER_CONFIG = ".dockerconfigjson"


class FindObject(Protocol):
    """Where objects are read."""

    async def find(self, path: str) -> Json | None:
        """The object at a path, None where there is none."""


@dataclass(frozen=True, slots=True)
class Puller:
    """How images are pulled."""

    crane: Crane
    registry: str
    """Host of the only registry that can be reached; all other images are taken as there."""
    retry_seconds: float = 2.0
    """A kubelet's own pause begins with ten seconds, which nobody wants to wait here."""


class ImageContainer:
    """One container that does nothing but to be there, once its image could be pulled."""

    def __init__(self, pod: Json, container: Json, api: FindObject, puller: Puller) -> None:
        """Describe it.

        Args:
            pod: as the API server has it.
            container: of its spec.
            api: where pull secrets are read.
            puller: how its image is pulled.
        """
        self._pod = pod
        self._image: str = container["image"]
        self._api = api
        self._puller = puller
        self._is_remote = self._image.startswith(f"{puller.registry}/")
        self._running: Running | None = None
        self._waiting = Waiting("ContainerCreating", "")
        self._due = 0.0

    async def look(self, since: str) -> Container:
        """Try to pull the image if that is due, and say how the container is.

        Args:
            since: the time that it is now, RFC 3339.
        """
        if self._running is None and time.monotonic() >= self._due:
            refusal = await self._pull() if self._is_remote else None
            if refusal is None:
                self._running = Running(ready=True, since=since)
            else:
                self._waiting = _refused(self._image, refusal)
                self._due = time.monotonic() + self._puller.retry_seconds
        return self._running or self._waiting

    async def stop(self) -> None:
        """Nothing runs."""

    async def _pull(self) -> str | None:
        """Pull; the last refusal where no login would do."""
        refusal = ""
        for config in [*await self._configs(), ANONYMOUS]:
            try:
                await self._puller.crane.pull(self._image, config)
            except CraneError as refused:
                refusal = refusal or str(refused)
            else:
                return None
        return refusal

    async def _configs(self) -> Sequence[str]:
        namespace = self._pod["metadata"]["namespace"]
        secrets = f"/api/v1/namespaces/{namespace}/secrets"
        found = [await self._api.find(f"{secrets}/{name}") for name in _pull_secrets(self._pod)]
        texts = [decoded(secret) for secret in found if secret]
        return [text[_DOCKER_CONFIG] for text in texts if _DOCKER_CONFIG in text]


def _pull_secrets(pod: Json) -> Iterator[str]:
    for reference in pod["spec"].get("imagePullSecrets", []):
        yield reference["name"]


def _refused(image: str, refusal: str) -> Waiting:
    message = f'Back-off pulling image "{image}": ErrImagePull: {refusal}'
    return Waiting("ImagePullBackOff", message)
