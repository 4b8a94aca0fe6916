"""An artifact as the API shows it."""

from urllib.parse import quote

from testbed.harbor.artifact_state import Artifact, Repository
from testbed.harbor.call import Call
from testbed.harbor.clock import ZERO_TIME, rfc3339
from testbed.harbor.tags import tag_view

_IMAGE_ICON = "sha256:0048162a053eef4d4ce3fe7518615bef084403614f8bca43b40ae2e762e11e06"
"""The digest of the picture that Harbor shows for images."""


def artifact_view(call: Call, repository: Repository, artifact: Artifact) -> dict[str, object]:
    """An artifact with its tags and links."""
    _, _, short_name = repository.name.partition("/")
    project = call.text("project")
    encoded = quote(quote(short_name, safe=""), safe="")
    base = f"/api/v2.0/projects/{project}/repositories/{encoded}/artifacts/{artifact.digest}"
    tags = artifact.tags.values()
    links = {"build_history": {"absolute": False, "href": f"{base}/additions/build_history"}}
    return {
        "accessories": None,
        "addition_links": links,
        "artifact_type": artifact.media_type,
        "digest": artifact.digest,
        "extra_attrs": artifact.extra_attrs,
        "icon": _IMAGE_ICON,
        "id": artifact.id,
        "labels": None,
        "manifest_media_type": artifact.manifest_media_type,
        "media_type": artifact.media_type,
        "project_id": repository.project_id,
        "pull_time": ZERO_TIME,
        "push_time": rfc3339(artifact.pushed),
        "references": None,
        "repository_id": repository.id,
        "repository_name": repository.name,
        "size": artifact.size,
        "tags": [tag_view(call, repository, artifact, tag) for tag in tags] or None,
        "type": "IMAGE",
    }
