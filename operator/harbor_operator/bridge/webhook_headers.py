"""The Secrets that hold webhooks' headers, in the namespace of a project's object."""

from typing import Protocol

from harbor_operator.api.base import LABEL_WEBHOOK_AUTH
from harbor_operator.core.secret import Secret
from harbor_operator.kube.errors import NotFound
from harbor_operator.kube.resources import SECRETS, JsonObject, Resource
from harbor_operator.kube.secret_data import decode


class Reader(Protocol):
    """What is needed of a Kubernetes client."""

    async def get(
        self, resource: Resource, name: str, *, namespace: str | None = None
    ) -> JsonObject:
        """Read one object."""


class WebhookHeaders:
    """Reads the headers that somebody has released for webhooks, by a label on the Secret."""

    def __init__(self, kube: Reader, namespace: str) -> None:
        self._kube = kube
        self._namespace = namespace

    async def read(self, name: str, key: str) -> Secret | None:
        """The header; None: not there, or not released.

        Raises:
            KubeError: It cannot be read.
        """
        try:
            body = await self._kube.get(SECRETS, name, namespace=self._namespace)
        except NotFound:
            return None
        released = (body["metadata"].get("labels") or {}).get(LABEL_WEBHOOK_AUTH) == "true"
        text = decode(body, key) if released else None
        return Secret(text.rstrip("\r\n")) if text else None
