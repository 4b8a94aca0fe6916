"""Creates HarborProjects, waits for the operator, and confirms."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.adopting.judging import Objects, confirmation, is_settled
from harbor_operator.cli.failures import CommandError, ExitCode, not_installed
from harbor_operator.cli.kinds import PROJECT
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import AlreadyExists, Conflict, Forbidden, NotFound
from harbor_operator.kube.resources import JsonObject

PAUSE_SECONDS: Final = 0.5
"""Between two looks at an object."""


@dataclass(frozen=True, slots=True)
class ObjectWork:
    """Works on the HarborProjects of a namespace.

    Attributes:
        client: The way to the cluster.
        namespace: The namespace.
        seconds: How long to wait for an object.
        step: Called for each object that has been waited for.
    """

    client: KubeClient
    namespace: str
    seconds: float
    step: Callable[[], None]

    async def create(self, body: JsonObject) -> JsonObject:
        """Create an object.

        Raises:
            CommandError: There is one of that name, for another project.
            KubeError: A call failed.
        """
        name = body["metadata"]["name"]
        try:
            return await self.client.create(PROJECT.resource, body, namespace=self.namespace)
        except AlreadyExists:
            raise CommandError(
                f"HarborProject {name} is there already, for another project", ExitCode.NOT_SO
            ) from None

    async def settled(self, body: JsonObject) -> JsonObject:
        """An object once the operator has done with it what it can, or when the time is over.

        Raises:
            KubeError: A call failed.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(self.seconds):
                while not is_settled(body):
                    await asyncio.sleep(PAUSE_SECONDS)
                    body = await self._read(body)
        self.step()
        return body

    async def confirm(self, body: JsonObject) -> JsonObject:
        """Have the operator carry out the plan that the object shows.

        Raises:
            CommandError: The object has changed since it was read.
            KubeError: A call failed.
        """
        name = body["metadata"]["name"]
        try:
            return await self.client.patch_merge(
                PROJECT.resource, name, confirmation(body), namespace=self.namespace
            )
        except Conflict:
            raise CommandError(
                f"HarborProject {name} has changed since its plan was shown: look again",
                ExitCode.NOT_SO,
            ) from None

    async def _read(self, body: JsonObject) -> JsonObject:
        name = body["metadata"]["name"]
        return await self.client.get(PROJECT.resource, name, namespace=self.namespace)


async def read_objects(
    client: KubeClient, namespace: str, connection: str
) -> tuple[Objects, tuple[str, ...]]:
    """The HarborProjects of all namespaces, or of this one with a note.

    Raises:
        CommandError: The kind is not installed.
        KubeError: A call failed.
    """
    notes: tuple[str, ...] = ()
    try:
        listed = await client.list(PROJECT.resource)
    except NotFound:
        raise not_installed(PROJECT.resource.plural) from None
    except Forbidden:
        listed = await client.list(PROJECT.resource, namespace=namespace)
        notes = ("HarborProjects of other namespaces may not be listed; only marks tell of them",)
    return Objects(namespace, connection, tuple(listed.items)), notes
