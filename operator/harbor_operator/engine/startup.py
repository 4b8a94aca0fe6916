"""What is asked of the API server before any work begins, for as long as that takes."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.resources import CustomResource
from harbor_operator.engine.objects import kube_resource
from harbor_operator.engine.ports import Kube
from harbor_operator.engine.scope import EVERYWHERE, Scope
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Forbidden, KubeError, NotFound, Transient
from harbor_operator.kube.resources import NAMESPACES

_LOG = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
"""Between two attempts to reach the API server: much less than the kubelet would wait, which lets
minutes pass before it starts a container once more that has ended several times."""

SCOPE_SECONDS = 30.0
"""How often it is asked whether the namespaces to serve can be served."""

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


async def require_definitions(kube: Kube, definitions: Iterable[CustomResource[Any, Any]]) -> None:
    """Make sure that the cluster knows the custom resources.

    Raises:
        NotInstalledError: It does not.
    """
    for definition in definitions:
        try:
            await kube.list(kube_resource(definition), field_selector=_NOBODY)
        except NotFound:
            raise NotInstalledError(
                f"The cluster does not know {definition.plural}: apply the custom resource"
                " definitions in crds/ first."
            ) from None


async def scope_of(client: KubeClient, namespaces: frozenset[str] | None) -> Scope:
    """What of these namespaces can be served: of one that is gone, its role is gone as well.

    Args:
        client: How to reach the API server.
        namespaces: Those that are to be served, None for all.

    Raises:
        NotInstalledError: None of them can.
        Transient: The API server is away.
    """
    if namespaces is None:
        return EVERYWHERE
    allowed = await _allowed(client, namespaces)
    if not allowed:
        raise NotInstalledError("No namespace can be served: none of them has the role for it.")
    return Scope(allowed)


async def _allowed(client: KubeClient, namespaces: frozenset[str]) -> frozenset[str]:
    return frozenset([name for name in sorted(namespaces) if await _is_allowed(client, name)])


async def _is_allowed(client: KubeClient, namespace: str) -> bool:
    try:
        await client.list(kube_resource(PULL_SECRETS), namespace=namespace, field_selector=_NOBODY)
    except Forbidden:
        return False
    except NotFound:  # the kind is asked for by itself
        return True
    return True


async def until_scope_changes(client: KubeClient, namespaces: frozenset[str], scope: Scope) -> None:
    """Wait until other namespaces can be served than at the start.

    Args:
        client: How to reach the API server.
        namespaces: Those that are to be served.
        scope: Those that could be at the start.
    """
    for name in sorted(namespaces):
        if not scope.holds(name):
            _LOG.warning("Namespace %s is left out: no role there, or no such namespace", name)
    while True:
        await asyncio.sleep(SCOPE_SECONDS)
        with suppress(KubeError):  # it is asked again
            now = await _allowed(client, namespaces)
            if Scope(now) != scope:
                _LOG.warning("Other namespaces can be served than before: starting anew")
                return


async def known_cluster(client: KubeClient) -> str:
    """The id of the cluster, however long the API server is away."""
    return await once_reached(lambda: id_of_cluster(client))


async def id_of_cluster(client: KubeClient) -> str:
    """The uid of namespace kube-system: it is as old as the cluster, and nobody recreates it."""
    body = await client.get(NAMESPACES, "kube-system")
    return str(body["metadata"]["uid"])


def set_on_signals(stop: asyncio.Event) -> None:
    """Have SIGTERM and SIGINT set a flag, whatever they did before."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
