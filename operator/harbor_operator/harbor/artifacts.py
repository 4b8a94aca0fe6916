"""Artifacts: the images, charts and others in repositories."""

from collections.abc import Collection
from enum import StrEnum

from pydantic import TypeAdapter

from .answers import parsed
from .artifact_models import Accessory, Artifact, Tag
from .errors import NotFound
from .names import artifact_source, manifest_reference, project_name, repository_name
from .pages import read_list
from .request import api_read, api_write
from .transport import Transport

_ARTIFACT = TypeAdapter(Artifact)
_ARTIFACTS = TypeAdapter(list[Artifact])
_ACCESSORIES = TypeAdapter(list[Accessory])
_TAGS = TypeAdapter(list[Tag])
_LIST_ROUTE = "/projects/{project}/repositories/{repository}/artifacts"
_ROUTE = _LIST_ROUTE + "/{reference}"


class ArtifactPart(StrEnum):
    """What is told of artifacts on demand only, since each costs Harbor further queries."""

    ACCESSORIES = "with_accessory"
    INHERITED_ACCESSORIES = "with_inherited_accessory"
    """Since Harbor 2.16; older releases tell nothing."""
    LABELS = "with_label"
    IMMUTABLE_STATUS = "with_immutable_status"
    SCAN_OVERVIEW = "with_scan_overview"
    SBOM_OVERVIEW = "with_sbom_overview"


Parts = Collection[ArtifactPart]


class Artifacts:
    """The artifacts of projects.

    A repository is meant by the project's name and its own one without that of the project. A
    reference is a tag or a digest.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def of_repository(
        self, project: str, repository: str, *, parts: Parts = (), where: str = ""
    ) -> list[Artifact]:
        """The artifacts of a repository, newest first; none if there is no such repository.

        Neither accessories nor the untagged manifests of an index are among them.

        Args:
            project: The project's name.
            repository: The repository's name without its project.
            parts: What else to tell, beside the tags.
            where: A `q`, such as `tags=*` for all that have a tag.
        """
        return await read_list(
            self._transport,
            _LIST_ROUTE,
            _ARTIFACTS,
            segments=_repository(project, repository),
            query=[*_asked(parts), *_condition(where)],
        )

    async def of_project(
        self, project: str, *, parts: Parts = (), where: str = ""
    ) -> list[Artifact]:
        """The artifacts of all repositories of a project; otherwise as `of_repository`."""
        return await read_list(
            self._transport,
            "/projects/{project}/artifacts",
            _ARTIFACTS,
            segments={"project": project_name(project)},
            query=[*_asked(parts), *_condition(where)],
            headers={"X-Is-Resource-Name": "true"},
        )

    async def get(
        self, project: str, repository: str, reference: str, *, parts: Parts = ()
    ) -> Artifact | None:
        """One artifact, or None if there is none with this reference."""
        segments = _artifact(project, repository, reference)
        try:
            answer = await self._transport.send(api_read(_ROUTE, segments, query=_asked(parts)))
        except NotFound:
            return None
        return parsed(answer, _ARTIFACT)

    async def accessories(self, project: str, repository: str, reference: str) -> list[Accessory]:
        """Everything that is about an artifact, such as its signatures.

        Raises:
            NotFound: There is no such artifact.
        """
        return await read_list(
            self._transport,
            _ROUTE + "/accessories",
            _ACCESSORIES,
            segments=_artifact(project, repository, reference),
            query=[("sort", "id")],  # without it the database may order each page differently
        )

    async def tags(
        self, project: str, repository: str, reference: str, *, immutable_status: bool = False
    ) -> list[Tag]:
        """The tags of an artifact, newest first, on demand with what protects them.

        Raises:
            NotFound: There is no such artifact.
        """
        parts = (ArtifactPart.IMMUTABLE_STATUS,) if immutable_status else ()
        return await read_list(
            self._transport,
            _ROUTE + "/tags",
            _TAGS,
            segments=_artifact(project, repository, reference),
            query=_asked(parts),
        )

    async def add_tag(self, project: str, repository: str, reference: str, name: str) -> None:
        """Give an artifact a further tag.

        Raises:
            Conflict: Something in the repository has this tag.
            NotFound: There is no such artifact.
        """
        segments = _artifact(project, repository, reference)
        request = api_write("POST", _ROUTE + "/tags", segments, body={"name": name})
        await self._transport.send(request)

    async def remove_tag(self, project: str, repository: str, reference: str, name: str) -> None:
        """Take a tag off an artifact, which stays.

        Raises:
            NotFound: The artifact does not have it.
            PreconditionFailed: An immutable tag rule protects it.
        """
        segments = {**_artifact(project, repository, reference), "tag": manifest_reference(name)}
        await self._transport.send(api_write("DELETE", _ROUTE + "/tags/{tag}", segments))

    async def copy(self, source: str, reference: str, project: str, repository: str) -> None:
        """Copy an artifact with all its tags, its accessories and the manifests of an index.

        Nothing is downloaded: Harbor lets the other repository share the content. Where the
        artifact is there already, only the tags are set, also on what has one of them.

        Args:
            source: The full name of the repository that has it.
            reference: Its tag or digest there.
            project: The name of the project to copy to.
            repository: The name of the repository there, without its project; it is made if there
                is none.

        Raises:
            NotFound: There is no such artifact, or no such project.
            PermissionDenied: The client may not read the source or not create artifacts in the
                target, or what is meant is an accessory.
            PreconditionFailed: A rule protects a tag that another artifact in the target has, or
                the project's quota is used up.
        """
        query = [("from", artifact_source(source, reference))]
        segments = _repository(project, repository)
        await self._transport.send(api_write("POST", _LIST_ROUTE, segments, query=query))


def _repository(project: str, repository: str) -> dict[str, str | int]:
    return {"project": project_name(project), "repository": repository_name(repository)}


def _artifact(project: str, repository: str, reference: str) -> dict[str, str | int]:
    return {**_repository(project, repository), "reference": manifest_reference(reference)}


def _asked(parts: Parts) -> list[tuple[str, str]]:
    return [(part.value, "true") for part in parts]


def _condition(where: str) -> list[tuple[str, str]]:
    return [("q", where)] if where else []
