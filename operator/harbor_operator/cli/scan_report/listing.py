"""Finds the artifacts that a report is about."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.images import Image
from harbor_operator.cli.scan_report.pods import RunningImage
from harbor_operator.harbor import Artifact, ArtifactPart, HarborClient
from harbor_operator.harbor.errors import NotFound, PermissionDenied

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE: Final = 8
"""How many questions are asked of Harbor at a time; as many as its client sends."""

_PARTS: Final = (ArtifactPart.SCAN_OVERVIEW,)


@dataclass(frozen=True, slots=True)
class Listed:
    """An artifact whose scan is to be read.

    Attributes:
        project: The project's name.
        repository: The repository's name without its project.
        artifact: What Harbor says of it; None where it has none by this reference.
        reference: The digest or tag that was asked for, empty for one that was found in a list.
        used_by: The pods that run it.
        refused: Whether the login may not read it.
    """

    project: str
    repository: str
    artifact: Artifact | None
    reference: str = ""
    used_by: tuple[str, ...] = ()
    refused: bool = False


async def each(items: Iterable[T], work: Callable[[T], Awaitable[R]]) -> list[R]:
    """Do something with each item, some at a time; the first failure ends it.

    Raises:
        Exception: Whatever the work raises.
    """
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> R:
        async with slots:
            return await work(item)

    tasks = [asyncio.create_task(one(item)) for item in items]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def list_project(
    client: HarborClient, project: str, step: Callable[[], None]
) -> list[Listed]:
    """All artifacts of a project; `step` is called for each repository.

    Raises:
        CommandError: There is no such project.
        HarborError: Harbor failed or refused.
    """
    try:
        repositories = await client.repositories.list(project)
    except NotFound:
        raise CommandError(f"Harbor has no project {project}", ExitCode.NOT_FOUND) from None

    async def of_one(name: str) -> list[Listed]:
        listed = await _of_repository(client, project, name)
        step()
        return listed

    found = await each([entry.relative_name for entry in repositories], of_one)
    return [listed for of_repository in found for listed in of_repository]


async def find_image(client: HarborClient, image: Image) -> list[Listed]:
    """The artifact by its tag or digest, or all of the repository where neither is given.

    Raises:
        CommandError: There is none.
        HarborError: Harbor failed or refused.
    """
    if image.reference:
        found = await client.artifacts.get(
            image.project, image.repository, image.reference, parts=_PARTS
        )
        listed = [Listed(image.project, image.repository, found)] if found else []
    else:
        listed = await _of_repository(client, image.project, image.repository)
    if not listed:
        raise CommandError(f"Harbor has no image {image}", ExitCode.NOT_FOUND)
    return listed


async def find_running(
    client: HarborClient, images: Sequence[RunningImage], step: Callable[[], None]
) -> list[Listed]:
    """What runs; images that Harbor has lost or does not show are told as such.

    `step` is called for each image.

    Raises:
        HarborError: Harbor failed.
    """

    async def find(running: RunningImage) -> Listed:
        image = running.image
        try:
            found = await client.artifacts.get(
                image.project, image.repository, image.reference, parts=_PARTS
            )
        except PermissionDenied:
            found, refused = None, True
        else:
            refused = False
        step()
        return Listed(
            image.project, image.repository, found, image.reference, running.used_by, refused
        )

    return await each(images, find)


async def _of_repository(client: HarborClient, project: str, name: str) -> list[Listed]:
    artifacts = await client.artifacts.of_repository(project, name, parts=_PARTS)
    return [Listed(project, name, artifact) for artifact in artifacts]
