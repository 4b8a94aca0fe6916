"""How pushes, pulls and deletions change repositories."""

from collections.abc import Iterable, Mapping
from typing import Any

from testbed.harbor.accessories import bind_accessories
from testbed.harbor.artifact_state import Artifact, Reference, Repository, Tag
from testbed.harbor.audit import record
from testbed.harbor.call import Call
from testbed.harbor.errors import not_found, still_referenced
from testbed.harbor.immutable_rules import require_deletable
from testbed.harbor.manifests import Manifest
from testbed.harbor.scan_table import forget_scans
from testbed.harbor.state import HarborState, Project


def ensure_repository(call: Call, project: Project, name: str) -> Repository:
    """The repository of this full name, which is made if there is none."""
    repository = call.state.repository_named(name)
    if repository is None:
        number = call.state.next_id("repository")
        repository = Repository(number, project.project_id, name, call.now, call.now)
        call.state.repositories[number] = repository
    return repository


def record_push(
    call: Call,
    repository: Repository,
    manifest: Manifest,
    *,
    reference: str,
    attributes: dict[str, object],
) -> None:
    """Stores a pushed manifest under its tag or digest.

    Raises:
        HarborError: 404 for an index that names a manifest which is not there.
    """
    call.state.blobs |= manifest.blobs
    artifact = repository.artifacts.get(manifest.digest)
    if artifact is None:
        artifact = _artifact_of(call, repository, manifest, attributes)
        add_artifact(call, repository, artifact)
    tag = "" if reference == manifest.digest else reference
    if tag:
        set_tag(call, repository, artifact, tag)
    bind_accessories(call, repository, artifact, manifest, tag)
    log_artifact(call, "create", repository, artifact, reference)


def add_artifact(call: Call, repository: Repository, artifact: Artifact) -> None:
    """Stores a new artifact, and charges its project for it."""
    repository.artifacts[artifact.digest] = artifact
    repository.updated = call.now
    measure_storage(call.state, repository.project_id)


def set_tag(call: Call, repository: Repository, artifact: Artifact, name: str) -> None:
    """Gives an artifact a tag, which another one loses then."""
    if name in artifact.tags:
        return
    for other in repository.artifacts.values():
        other.tags.pop(name, None)
    artifact.tags[name] = Tag(call.state.next_id("tag"), name, call.now)
    repository.updated = call.now


def _artifact_of(
    call: Call, repository: Repository, manifest: Manifest, attributes: dict[str, object]
) -> Artifact:
    references = [_reference(repository, child) for child in manifest.children]
    children = [repository.artifacts[reference.child_digest] for reference in references]
    size = sum(manifest.blobs.values()) + sum(child.size for child in children)
    return Artifact(
        id=call.state.next_id("artifact"),
        digest=manifest.digest,
        manifest_media_type=manifest.manifest_media_type,
        media_type=manifest.media_type,
        artifact_type=manifest.artifact_type,
        size=size,
        extra_attrs=attributes,
        annotations=manifest.annotations,
        references=references,
        blobs=manifest.blobs,
        pushed=call.now,
    )


def _reference(repository: Repository, child: Mapping[str, Any]) -> Reference:
    digest = str(child["digest"])
    artifact = repository.artifacts.get(digest)
    if artifact is None:
        raise not_found(f"artifact {repository.name}@{digest} not found")
    return Reference(
        child_id=artifact.id,
        child_digest=digest,
        platform=child.get("platform"),
        annotations=child.get("annotations") or {},
        urls=tuple(child.get("urls") or ()),
    )


def measure_storage(state: HarborState, project_id: int) -> None:
    """Counts what a project uses: each blob once, however many artifacts have it."""
    quota = state.quota_of(project_id)
    if quota is None:
        return
    blobs: dict[str, int] = {}
    for repository in state.repositories_of(project_id):
        for artifact in repository.artifacts.values():
            blobs |= artifact.blobs
    quota.used = sum(blobs.values())


def record_pull(call: Call, repository: Repository, artifact: Artifact, reference: str) -> None:
    """Counts and logs a pull."""
    repository.pulls.append(call.now)
    for pulled in (artifact, *repository.parents_of(artifact)):
        pulled.pulls.append(call.now)
    if reference in artifact.tags:
        artifact.tags[reference].pulls.append(call.now)
    log_artifact(call, "pull", repository, artifact, reference)


def log_artifact(
    call: Call, operation: str, repository: Repository, artifact: Artifact, reference: str
) -> None:
    """Writes a line of the audit log about an artifact, named as it was by who asked."""
    separator = "@" if reference == artifact.digest else ":"
    record(
        call,
        operation,
        "artifact",
        f"{repository.name}@{artifact.digest}",
        f"{repository.name}{separator}{reference}",
        project_id=repository.project_id,
    )


def remove_artifact(call: Call, repository: Repository, artifact: Artifact) -> None:
    """Deletes an artifact with its tags, its accessories and the children that nobody else needs.

    Raises:
        HarborError: 412 for a protected tag, or when an index names it.
    """
    if repository.parents_of(artifact):
        raise still_referenced("the deleting artifact is referenced by others")
    doomed = _doomed(call.state, repository, artifact)
    remove_artifacts(call, repository, doomed)
    log_artifact(call, "delete", repository, artifact, artifact.digest)


def remove_artifacts(call: Call, repository: Repository, doomed: Iterable[Artifact]) -> None:
    """Deletes just these artifacts, all or none of them.

    Raises:
        HarborError: 412 for a protected tag.
    """
    rows = list(doomed)
    for artifact in rows:
        require_deletable(call.state, repository, artifact)
    ids = {artifact.id for artifact in rows}
    for artifact in rows:
        del repository.artifacts[artifact.digest]
        forget_scans(call.state, artifact)
    kept = call.state.accessories.items()
    call.state.accessories = {k: row for k, row in kept if row.artifact_id not in ids}
    repository.updated = call.now
    measure_storage(call.state, repository.project_id)


def _doomed(state: HarborState, repository: Repository, root: Artifact) -> list[Artifact]:
    by_id = {artifact.id: artifact for artifact in repository.artifacts.values()}
    doomed: dict[int, Artifact] = {}
    waiting = [root]
    while waiting:
        artifact = waiting.pop()
        doomed[artifact.id] = artifact
        waiting += [
            by_id[row.artifact_id]
            for row in state.accessories_of(artifact)
            if row.artifact_id in by_id and row.artifact_id not in doomed
        ]
        waiting += [
            child
            for reference in artifact.references
            if (child := by_id.get(reference.child_id)) is not None
            and not child.tags
            and all(parent.id in doomed for parent in repository.parents_of(child))
        ]
    return list(doomed.values())
