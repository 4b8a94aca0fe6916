"""Accessories: signatures and other artifacts that are about another one, their subject.

An artifact becomes one when its manifest names a subject, or, for signatures in cosign's older
form, by its tag. The subject need not be there yet.
"""

import re
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from testbed.harbor.artifact_kinds import DOCKER_CONFIG, HARBOR_SBOM, OCI_CONFIG
from testbed.harbor.artifact_state import Accessory, AccessoryType, Artifact, Repository
from testbed.harbor.call import Call, Route, without_empty
from testbed.harbor.clock import rfc3339
from testbed.harbor.lookup import ARTIFACT, artifact_of
from testbed.harbor.manifests import Manifest
from testbed.harbor.paging import Column
from testbed.harbor.release import Difference

BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
"""The `artifactType` of what cosign 3 makes: signatures and attestations alike."""
_TYPES: Final[Mapping[str, AccessoryType]] = {
    "application/vnd.cncf.notary.signature": AccessoryType.NOTATION,
    "application/vnd.dev.cosign.artifact.sig.v1+json": AccessoryType.COSIGN,
    BUNDLE: AccessoryType.COSIGN,
    HARBOR_SBOM: AccessoryType.SBOM,
}
_COSIGN_TAG = re.compile(r"sha256-(?P<digest>[0-9a-f]{64})\.sig")
_COSIGN_LAYER = "application/vnd.dev.cosign.simplesigning.v1+json"
_NYDUS_ANNOTATION = "containerd.io/snapshot/nydus-bootstrap"
_ICONS: Final[Mapping[AccessoryType, str]] = {
    AccessoryType.COSIGN: "sha256:20401d5b3a0f6dbc607c8d732eb08471af4ae6b19811a4efce8c6a724aed2882",
    AccessoryType.NOTATION: (
        "sha256:3ac706e102bbe9362b400aa162df58135d35e66b9c3bee2165de92022d25fe34"
    ),
    AccessoryType.NYDUS: "sha256:dfcb6617cd9c144358dc1b305b87bbe34f0b619f1e329116e6aee2e41f2e34cf",
    AccessoryType.SBOM: "sha256:c19f80c357cd7e90d2a01b9ae3e2eb62ce447a2662bb590a19177d72d550bdae",
}


def bind_accessories(
    call: Call, repository: Repository, artifact: Artifact, manifest: Manifest, tag: str
) -> None:
    """Notes what a pushed artifact is an accessory of, and which ones have waited for it."""
    if manifest.subject_digest:
        kind = _type_by_manifest(manifest, bundles=not call.does(Difference.UNKNOWN_BUNDLES))
        add_accessory(call, repository, artifact, manifest.subject_digest, kind)
    match = _COSIGN_TAG.fullmatch(tag)
    if match and any(layer.get("mediaType") == _COSIGN_LAYER for layer in manifest.layers):
        add_accessory(call, repository, artifact, f"sha256:{match['digest']}", AccessoryType.COSIGN)
    for row in call.state.accessories.values():
        if (row.repository_name, row.subject_digest) == (repository.name, artifact.digest):
            row.subject_id = artifact.id


def _type_by_manifest(manifest: Manifest, *, bundles: bool) -> AccessoryType:
    named = manifest.artifact_type
    if named in {OCI_CONFIG, DOCKER_CONFIG}:
        last = manifest.layers[-1:] or [{}]
        is_nydus = _NYDUS_ANNOTATION in (last[0].get("annotations") or {})
        return AccessoryType.NYDUS if is_nydus else AccessoryType.OTHER
    if named == BUNDLE and not bundles:
        return AccessoryType.OTHER
    return _TYPES.get(named, AccessoryType.OTHER)


def add_accessory(
    call: Call,
    repository: Repository,
    artifact: Artifact,
    subject_digest: str,
    kind: AccessoryType,
) -> None:
    """Binds an artifact to its subject, once."""
    bonds = call.state.accessory_bonds(artifact)
    if any(row.subject_digest == subject_digest for row in bonds):
        return
    subject = repository.artifacts.get(subject_digest)
    number = call.state.next_id("accessory")
    call.state.accessories[number] = Accessory(
        id=number,
        artifact_id=artifact.id,
        repository_name=repository.name,
        subject_digest=subject_digest,
        subject_id=subject.id if subject is not None else 0,
        type=kind,
        size=artifact.size,
        digest=artifact.digest,
        created=call.now,
    )


def accessory_view(row: Accessory) -> dict[str, object]:
    """An accessory as the API shows it."""
    return {
        "artifact_id": row.artifact_id,
        "creation_time": rfc3339(row.created),
        "digest": row.digest,
        "icon": _ICONS.get(row.type, ""),
        "id": row.id,
        "size": row.size,
        "subject_artifact_digest": row.subject_digest,
        "subject_artifact_repo": row.repository_name,
        "type": row.type.value,
    } | without_empty({"subject_artifact_id": row.subject_id})


_COLUMNS: dict[str, Column[Accessory]] = {
    "id": lambda row: row.id,
    "type": lambda row: row.type.value,
    "digest": lambda row: row.digest,
    "size": lambda row: row.size,
    "artifact_id": lambda row: row.artifact_id,
    "creation_time": lambda row: row.created,
}


async def list_accessories(call: Call) -> web.StreamResponse:
    """GET .../artifacts/{reference}/accessories."""
    _, artifact = artifact_of(call, "list", "accessory")
    return call.page(
        call.state.accessories_of(artifact),
        call.list_query(),
        columns=_COLUMNS,
        order="id",
        view=accessory_view,
    )


ROUTES = (Route("GET", ARTIFACT + "/accessories", list_accessories),)
