"""Asks Harbor about an image that cannot be pulled, and about the robot accounts of the logins."""

from collections.abc import Awaitable, Iterable
from dataclasses import replace
from difflib import get_close_matches
from typing import Final, TypeVar

from harbor_operator.cli.images import Image
from harbor_operator.cli.why.trials import Flaw, HarborAccount, HarborView
from harbor_operator.harbor import HarborClient, IdentityKind, Project, Robot
from harbor_operator.harbor.artifacts import ArtifactPart
from harbor_operator.harbor.errors import (
    AuthenticationFailed,
    Exchange,
    InvalidRequest,
    NotFound,
    PermissionDenied,
)
from harbor_operator.harbor.models import expiry_of
from harbor_operator.harbor.scans import Severity

T = TypeVar("T")

_DEFAULT_PREFIX: Final = "robot$"
_MOST_NEAR: Final = 3
_PREVENTS: Final = "prevent_vul"
_THRESHOLD: Final = "severity"
_SIGNATURES: Final = {
    "enable_content_trust_cosign": "cosign",
    "enable_content_trust": "notation",
}
"""The settings of a project that let only signed images be pulled, and by what."""
_TRUE: Final = "true"
_PARTS: Final = (ArtifactPart.ACCESSORIES, ArtifactPart.SCAN_OVERVIEW)


async def ask(client: HarborClient, image: Image, usernames: Iterable[str]) -> HarborView:
    """What Harbor says, as far as this identity may know.

    Raises:
        HarborError: Harbor does not accept the identity, or fails.
    """
    identity = await client.system.probe()
    if identity.kind is IdentityKind.ANONYMOUS:
        raise AuthenticationFailed("the login is not accepted", Exchange("GET", "/users/current"))
    accounts = await _accounts(client, usernames)
    view = HarborView(client.clock.now(), accounts)
    exists = await _allowed(client.projects.exists(image.project))
    if exists is not True:
        near = await _near(_names_of_projects(client), image.project) if exists is False else ()
        return replace(view, project=exists, near=near)
    project = await _allowed(client.projects.get(image.project))
    view = replace(view, project=True)
    return view if project is None else await _of_project(client, image, project, view)


async def _accounts(client: HarborClient, usernames: Iterable[str]) -> dict[str, HarborAccount]:
    stated = (await client.system.configuration()).robot_name_prefix
    prefix = stated.value if stated else _DEFAULT_PREFIX
    accounts: dict[str, HarborAccount] = {}
    for username in usernames:
        if not username.startswith(prefix):
            continue
        found = await _allowed(_account(client, username, username.removeprefix(prefix)))
        if found is not None:
            accounts[username] = found
    return accounts


async def _account(client: HarborClient, username: str, stored: str) -> HarborAccount:
    project_name, plus, _ = stored.partition("+")
    if plus:
        project = await client.projects.get(project_name)
        if project is None:
            return HarborAccount(exists=False)
        rows = await client.robots.list_project(project.id, stored_name=stored)
    else:
        rows = await client.robots.list_system(stored_name=stored)
    robot = next((row for row in rows if row.name == username), None)
    if robot is None:
        return HarborAccount(exists=False)
    expires = expiry_of(robot.expires_at)
    return HarborAccount(
        disabled=robot.disable, expires=expires, projects=frozenset(_projects_of(robot))
    )


def _projects_of(robot: Robot) -> Iterable[str]:
    for permission in robot.permissions:
        rights = {(access.resource, access.action) for access in permission.access}
        if permission.kind == "project" and ("repository", "pull") in rights:
            yield permission.namespace


async def _of_project(
    client: HarborClient, image: Image, project: Project, view: HarborView
) -> HarborView:
    """What is in the project; a proxy cache has more than Harbor knows."""
    settings = project.metadata
    wanted = tuple(by for key, by in _SIGNATURES.items() if settings.get(key) == _TRUE)
    blocks = settings.get(_PREVENTS) == _TRUE
    view = replace(
        view, signed_only=wanted, threshold=settings.get(_THRESHOLD, "") if blocks else ""
    )
    if project.registry_id:
        return view
    repositories = await _allowed(client.repositories.list(project.name))
    if repositories is None:
        return view
    names = [repository.relative_name for repository in repositories]
    if image.repository not in names:
        near = await _near(_settled(names), image.repository)
        return replace(view, repository=False, near=near)
    return await _of_artifact(client, image, project, replace(view, repository=True))


async def _of_artifact(
    client: HarborClient, image: Image, project: Project, view: HarborView
) -> HarborView:
    where = (image.project, image.repository)
    artifact = await _allowed(client.artifacts.get(*where, image.reference, parts=_PARTS))
    if artifact is None:
        tagged = await _allowed(client.artifacts.of_repository(*where, where="tags=*"))
        if tagged is None:
            return view
        names = [tag.name for found in tagged for tag in found.tags]
        return replace(view, artifact=False, near=await _near(_settled(names), image.tag))
    found = tuple(sorted({accessory.type for accessory in artifact.accessories}))
    scanned = bool(artifact.scan_overview)
    view = replace(view, artifact=True, accessories=found, scanned=scanned)
    if not view.threshold or not scanned:
        return view
    return replace(view, flaws=await _flaws(client, image, project, view.threshold))


async def _flaws(
    client: HarborClient, image: Image, project: Project, threshold: str
) -> tuple[Flaw, ...]:
    """What blocks the image, the worst first; nothing where there is no report to read."""
    try:
        where = (image.project, image.repository, image.reference)
        report = await _allowed(client.scans.report(*where))
    except NotFound:
        return ()
    least = Severity(threshold.capitalize()).rank
    found = {
        flaw.id: Flaw(flaw.id, flaw.severity.value, flaw.fix_version)
        for flaw in (report.vulnerabilities if report else ())
        if flaw.severity.rank >= least and flaw.id not in project.cve_allowlist.ids
    }
    return tuple(sorted(found.values(), key=lambda flaw: (-Severity(flaw.severity).rank, flaw.id)))


async def _names_of_projects(client: HarborClient) -> list[str]:
    return [project.name for project in await client.projects.list()]


async def _settled(names: list[str]) -> list[str]:
    return names


async def _near(names: Awaitable[list[str]], wanted: str) -> tuple[str, ...]:
    known = await _allowed(names)
    return tuple(get_close_matches(wanted, known or (), _MOST_NEAR))


async def _allowed(answer: Awaitable[T]) -> T | None:
    """An answer, None where this identity may not have it, or where there can be none."""
    try:
        return await answer
    except (PermissionDenied, InvalidRequest):
        return None
