"""How pushes, pulls and deletions change repositories."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from testbed.harbor.artifact_state import Artifact, Repository, Tag
from testbed.harbor.audit import record
from testbed.harbor.call import Call
from testbed.harbor.immutable_rules import require_deletable
from testbed.harbor.state import HarborState, Project


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
        media_type=manifest.config_media_type,
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
