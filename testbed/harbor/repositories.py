"""Repositories and artifacts as the API shows them, and how pushes and pulls change them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote, unquote

from aiohttp import web

from testbed.harbor.audit import record
from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.clock import ZERO_TIME, rfc3339
from testbed.harbor.errors import not_found, precondition_failed
from testbed.harbor.immutable_rules import (
    is_immutable,
    require_deletable,
    require_tag_deletable,
)
from testbed.harbor.paging import Column
from testbed.harbor.state import Artifact, HarborState, Project, Repository, Tag

PULL_COUNT_DELAY = timedelta(seconds=10)
"""Harbor collects pulls in memory and writes the counters this much later."""
_IMAGE_ICON = "sha256:0048162a053eef4d4ce3fe7518615bef084403614f8bca43b40ae2e762e11e06"
"""The digest of the picture that Harbor shows for images."""


@dataclass(frozen=True, slots=True)
class PushedManifest:
    """What a push tells about an artifact; `blobs` are its parts and itself with their sizes."""

    digest: str
    media_type: str
    config_media_type: str
    blobs: Mapping[str, int]
    extra_attrs: Mapping[str, object] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The size of the whole in bytes."""
        return sum(self.blobs.values())


def record_push(
    call: Call, project: Project, name: str, *, reference: str, manifest: PushedManifest
) -> None:
    """Stores a pushed manifest under its tag, and the repository with the first one."""
    state = call.state
    repository = state.repository_named(name)
    if repository is None:
        number = state.next_id("repository")
        repository = Repository(number, project.project_id, name, call.now, call.now)
        state.repositories[number] = repository
    repository.updated = call.now
    state.blobs |= manifest.blobs
    if manifest.digest not in repository.artifacts:
        repository.artifacts[manifest.digest] = _new_artifact(call, manifest)
        _charge(state, project.project_id, manifest.size)
    artifact = repository.artifacts[manifest.digest]
    if reference != manifest.digest and reference not in artifact.tags:
        for other in repository.artifacts.values():
            other.tags.pop(reference, None)
        artifact.tags[reference] = Tag(state.next_id("tag"), reference, call.now)
    record(call, "create", "artifact", f"{name}@{manifest.digest}", f"{name}:{reference}")


def _new_artifact(call: Call, manifest: PushedManifest) -> Artifact:
    return Artifact(
        id=call.state.next_id("artifact"),
        digest=manifest.digest,
        manifest_media_type=manifest.media_type,
        config_media_type=manifest.config_media_type,
        size=manifest.size,
        extra_attrs=dict(manifest.extra_attrs),
        pushed=call.now,
    )


def _charge(state: HarborState, project_id: int, size: int) -> None:
    quota = state.quota_of(project_id)
    if quota is not None:
        quota.used += size


def record_pull(call: Call, repository: Repository, artifact: Artifact, reference: str) -> None:
    """Counts and logs a pull."""
    repository.pulls.append(call.now)
    separator = "@" if reference == artifact.digest else ":"
    record(
        call,
        "pull",
        "artifact",
        f"{repository.name}@{artifact.digest}",
        f"{repository.name}{separator}{reference}",
    )


def remove_artifact(call: Call, repository: Repository, artifact: Artifact) -> None:
    """Deletes an artifact with its tags.

    Raises:
        HarborError: 412 for a protected tag.
    """
    require_deletable(call.state, repository, artifact)
    del repository.artifacts[artifact.digest]
    _charge(call.state, repository.project_id, -artifact.size)
    record(call, "delete", "artifact", f"{repository.name}@{artifact.digest}")


def _repository_view(call: Call, repository: Repository) -> dict[str, object]:
    counted = [pull for pull in repository.pulls if pull <= call.now - PULL_COUNT_DELAY]
    return {
        "artifact_count": len(repository.artifacts),
        "creation_time": rfc3339(repository.created),
        "id": repository.id,
        "name": repository.name,
        "project_id": repository.project_id,
        "pull_count": len(counted),
        "update_time": rfc3339(repository.updated),
    }


_COLUMNS: dict[str, Column[Repository]] = {
    "name": lambda repository: repository.name,
    "repository_id": lambda repository: repository.id,
    "creation_time": lambda repository: repository.created,
    "update_time": lambda repository: repository.updated,
}


def _project(call: Call, action: str, resource: str) -> Project:
    # These paths always hold the project's name, even one of digits only.
    name = call.text("project")
    call.require_in_project(name, action, resource)
    return call.existing_project(name)


def _repository(call: Call, action: str, resource: str = "repository") -> Repository:
    project = _project(call, action, resource)
    # A slash in the name must be encoded twice, so one layer is left here.
    name = f"{project.name}/{unquote(call.text('repository'))}"
    repository = call.state.repository_named(name)
    if repository is None:
        raise not_found(f"repository {name} not found")
    return repository


async def list_repositories(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/repositories."""
    project = _project(call, "list", "repository")
    return call.page(
        call.state.repositories_of(project.project_id),
        call.list_query(),
        columns=_COLUMNS,
        order="name",
        view=lambda repository: _repository_view(call, repository),
    )


async def get_repository(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/repositories/{repository}."""
    return answer(_repository_view(call, _repository(call, "read")))


async def delete_repository(call: Call) -> web.StreamResponse:
    """DELETE /projects/{project}/repositories/{repository}, with everything in it."""
    repository = _repository(call, "delete")
    # All or nothing, as Harbor deletes in one transaction.
    for artifact in repository.artifacts.values():
        require_deletable(call.state, repository, artifact)
    for artifact in list(repository.artifacts.values()):
        remove_artifact(call, repository, artifact)
    del call.state.repositories[repository.id]
    record(call, "delete", "repository", repository.name)
    return done()


def _artifact(call: Call, action: str, resource: str) -> tuple[Repository, Artifact]:
    repository = _repository(call, action, resource)
    reference = call.text("reference")
    artifact = repository.find(reference)
    if artifact is None:
        raise not_found(f"artifact {repository.name}:{reference} not found")
    return repository, artifact


def _artifact_view(call: Call, repository: Repository, artifact: Artifact) -> dict[str, object]:
    _, _, short_name = repository.name.partition("/")
    project = call.text("project")
    encoded = quote(quote(short_name, safe=""), safe="")
    base = f"/api/v2.0/projects/{project}/repositories/{encoded}/artifacts/{artifact.digest}"
    tags = artifact.tags.values()
    links = {"build_history": {"absolute": False, "href": f"{base}/additions/build_history"}}
    return {
        "accessories": None,
        "addition_links": links,
        "artifact_type": artifact.config_media_type,
        "digest": artifact.digest,
        "extra_attrs": artifact.extra_attrs,
        "icon": _IMAGE_ICON,
        "id": artifact.id,
        "labels": None,
        "manifest_media_type": artifact.manifest_media_type,
        "media_type": artifact.config_media_type,
        "project_id": repository.project_id,
        "pull_time": ZERO_TIME,
        "push_time": rfc3339(artifact.pushed),
        "references": None,
        "repository_id": repository.id,
        "repository_name": repository.name,
        "size": artifact.size,
        "tags": [_tag_view(call, repository, artifact, tag) for tag in tags] or None,
        "type": "IMAGE",
    }


def _tag_view(
    call: Call, repository: Repository, artifact: Artifact, tag: Tag
) -> dict[str, object]:
    return {
        "artifact_id": artifact.id,
        "id": tag.id,
        "immutable": is_immutable(call.state, repository, tag.name),
        "name": tag.name,
        "pull_time": ZERO_TIME,
        "push_time": rfc3339(tag.pushed),
        "repository_id": repository.id,
    }


_ARTIFACT_COLUMNS: dict[str, Column[Artifact]] = {
    "id": lambda artifact: artifact.id,
    "digest": lambda artifact: artifact.digest,
    "push_time": lambda artifact: artifact.pushed,
}


async def list_artifacts(call: Call) -> web.StreamResponse:
    """GET .../artifacts, newest first."""
    repository = _repository(call, "list", "artifact")
    return call.page(
        repository.artifacts.values(),
        call.list_query(),
        columns=_ARTIFACT_COLUMNS,
        order="-id",
        view=lambda artifact: _artifact_view(call, repository, artifact),
    )


async def get_artifact(call: Call) -> web.StreamResponse:
    """GET .../artifacts/{reference}, by digest or tag."""
    repository, artifact = _artifact(call, "read", "artifact")
    return answer(_artifact_view(call, repository, artifact))


async def delete_artifact(call: Call) -> web.StreamResponse:
    """DELETE .../artifacts/{reference}, by digest or tag, with all its tags."""
    remove_artifact(call, *_artifact(call, "delete", "artifact"))
    return done()


async def delete_tag(call: Call) -> web.StreamResponse:
    """DELETE .../artifacts/{reference}/tags/{tag}."""
    repository, artifact = _artifact(call, "delete", "tag")
    tag = call.text("tag")
    if tag not in artifact.tags:
        raise not_found(f"tag {tag} attached to artifact {artifact.id} not found")
    require_tag_deletable(call.state, repository, tag)
    del artifact.tags[tag]
    return done()


async def scan(call: Call) -> web.StreamResponse:
    """POST .../artifacts/{reference}/scan: impossible without a scanner."""
    repository, _ = _artifact(call, "create", "scan")
    raise precondition_failed(f"no available scanner for project: {repository.project_id}")


async def vulnerabilities(call: Call) -> web.StreamResponse:
    """GET .../additions/vulnerabilities: unknown without a scanner."""
    repository, _ = _artifact(call, "read", "artifact-addition")
    raise not_found(f"no scanner registration configured for project: {repository.project_id}")


_REPOSITORIES = "/projects/{project}/repositories"
_ARTIFACTS = _REPOSITORIES + "/{repository}/artifacts"

ROUTES = (
    Route("GET", _REPOSITORIES, list_repositories),
    Route("GET", _REPOSITORIES + "/{repository}", get_repository),
    Route("DELETE", _REPOSITORIES + "/{repository}", delete_repository),
    Route("GET", _ARTIFACTS, list_artifacts),
    Route("GET", _ARTIFACTS + "/{reference}", get_artifact),
    Route("DELETE", _ARTIFACTS + "/{reference}", delete_artifact),
    Route("DELETE", _ARTIFACTS + "/{reference}/tags/{tag}", delete_tag),
    Route("POST", _ARTIFACTS + "/{reference}/scan", scan),
    Route("GET", _ARTIFACTS + "/{reference}/additions/vulnerabilities", vulnerabilities),
)
