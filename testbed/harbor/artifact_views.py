"""An artifact as the API shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from testbed.harbor.accessories import accessory_view
from testbed.harbor.artifact_state import (
    Accessory,
    AccessoryType,
    Artifact,
    Reference,
    Repository,
)
from testbed.harbor.call import Call, without_empty
from testbed.harbor.clock import rfc3339
from testbed.harbor.labels import label_view
from testbed.harbor.release import Difference
from testbed.harbor.tags import pull_time, tag_view

_SIGNATURES = frozenset({AccessoryType.COSIGN, AccessoryType.NOTATION})


@dataclass(frozen=True, slots=True)
class Shown:
    """Which parts of artifacts the request wants to see."""

    tags: bool
    immutable_status: bool
    labels: bool
    accessories: bool
    inherited_accessories: bool


def shown_by(call: Call) -> Shown:
    """What the parameters of a request ask for; only tags are shown by themselves."""
    return Shown(
        tags=call.flag("with_tag", default=True),
        immutable_status=call.flag("with_immutable_status"),
        labels=call.flag("with_label"),
        accessories=call.flag("with_accessory"),
        inherited_accessories=(
            call.flag("with_inherited_accessory") and not call.does(Difference.OWN_SIGNATURES_ONLY)
        ),
    )


def artifact_view(call: Call, repository: Repository, artifact: Artifact) -> dict[str, object]:
    """An artifact with what the request asks for."""
    shown = shown_by(call)
    tags = artifact.tags.values() if shown.tags else ()
    labels = [call.state.labels[n] for n in artifact.label_ids] if shown.labels else ()
    accessories = call.state.accessories_of(artifact) if shown.accessories else ()
    inherited = _inherited(call, repository, artifact) if shown.inherited_accessories else ()
    return {
        "accessories": [accessory_view(row) for row in accessories] or None,
        "id": artifact.id,
        "labels": [label_view(label) for label in labels] or None,
        "project_id": repository.project_id,
        "pull_time": pull_time(call, artifact.pulls),
        "push_time": rfc3339(artifact.pushed),
        "references": [_reference_view(artifact, row) for row in artifact.references] or None,
        "repository_id": repository.id,
        "repository_name": repository.name,
        "tags": [
            tag_view(call, repository, artifact, tag, immutable_status=shown.immutable_status)
            for tag in reversed(tags)
        ]
        or None,
    } | without_empty(
        {
            "addition_links": _links(repository, artifact),
            "annotations": artifact.annotations,
            "artifact_type": artifact.artifact_type,
            "digest": artifact.digest,
            "extra_attrs": artifact.extra_attrs,
            "icon": artifact.kind.icon,
            "inherited_accessories": [accessory_view(row) for row in inherited],
            "manifest_media_type": artifact.manifest_media_type,
            "media_type": artifact.media_type,
            "size": artifact.size,
            "type": artifact.kind.name,
        }
    )


def addition_link(repository: Repository, artifact: Artifact, addition: str) -> dict[str, object]:
    """Where an addition of an artifact is."""
    project, _, short_name = repository.name.partition("/")
    encoded = quote(quote(short_name, safe=""), safe="")
    base = f"/api/v2.0/projects/{project}/repositories/{encoded}/artifacts/{artifact.digest}"
    return {"absolute": False, "href": f"{base}/additions/{addition}"}


def _links(repository: Repository, artifact: Artifact) -> Mapping[str, object]:
    return {name: addition_link(repository, artifact, name) for name in artifact.kind.additions}


def _reference_view(parent: Artifact, row: Reference) -> dict[str, object]:
    platform = row.platform or {}
    # The quotes are in the name indeed: Harbor's description of its API has them so.
    features = {"'os.features'": platform.get("os.features")}
    others = {
        "architecture": platform.get("architecture"),
        "os": platform.get("os"),
        "'os.version'": platform.get("os.version"),
        "variant": platform.get("variant"),
    }
    return {
        "child_digest": row.child_digest,
        "child_id": row.child_id,
        "parent_id": parent.id,
        "urls": list(row.urls) or None,
    } | without_empty(
        {
            "annotations": dict(row.annotations),
            "platform": features | without_empty(others) if row.platform else {},
        }
    )


def _inherited(call: Call, repository: Repository, artifact: Artifact) -> list[Accessory]:
    """The signatures of the indexes that name an artifact, unless it has one itself."""
    own = call.state.accessories_of(artifact)
    if any(row.type in _SIGNATURES for row in own):
        return []
    return [
        row
        for parent in repository.parents_of(artifact)
        for row in call.state.accessories_of(parent)
        if row.type in _SIGNATURES
    ]
