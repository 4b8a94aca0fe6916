"""What is asked of the API server before any work begins, for as long as that takes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from harbor_operator.api.resources import CustomResource
from harbor_operator.engine.objects import kube_resource
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import NotFound, Transient
from harbor_operator.kube.resources import NAMESPACES

_LOG = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
"""Between two attempts to reach the API server: much less than the kubelet would wait, which lets
minutes pass before it starts a container once more that has ended several times."""

_NOBODY = "metadata.name=-"
"""Selects no object, as none can have that name: whether the kind is there costs one small answer,
however many objects there are."""

AnswerT = TypeVar("AnswerT")


class NotInstalledError(Exception):
    """The cluster lacks what the operator needs; the message says what."""


async def once_reached(ask: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
    """Ask until the API server answers, however long it is away.

    Raises:
        KubeError: It answers, and refuses.
    """
    told = False
    while True:
        try:
            return await ask()
        except Transient as error:
            if not told:
                _LOG.warning("Waiting for the API server: %s", error)
            told = True
        await asyncio.sleep(PAUSE_SECONDS)


async def require_definitions(
    client: KubeClient, definitions: Iterable[CustomResource[Any, Any]]
) -> None:
    """Make sure that the cluster knows the custom resources.

    Raises:
        NotInstalledError: It does not.
    """
    for definition in definitions:
        try:
            await client.list(kube_resource(definition), field_selector=_NOBODY)
        except NotFound:
            raise NotInstalledError(
                f"The cluster does not know {definition.plural}: apply the custom resource"
                " definitions in crds/ first."
            ) from None


async def id_of_cluster(client: KubeClient) -> str:
    """The uid of namespace kube-system: it is as old as the cluster, and nobody recreates it."""
    body = await client.get(NAMESPACES, "kube-system")
    return str(body["metadata"]["uid"])
