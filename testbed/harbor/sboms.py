"""SBOMs: what the generation of one pushes beside its image, as Harbor and Trivy make it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from testbed.harbor.artifact_kinds import HARBOR_SBOM
from testbed.harbor.artifact_state import Artifact
from testbed.harbor.clock import rfc3339_seconds
from testbed.harbor.manifests import Manifest, read_manifest
from testbed.harbor.scan_state import Finding, Scan

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_BASE_PACKAGES = (("base-files", "12.4+deb12u5"), ("libc6", "2.36-9+deb12u4"))
"""What each image is taken to be made of, besides the packages that something was found in."""
_DOCUMENT = "SPDXRef-DOCUMENT"


def spdx_document(host: str, repository: str, scan: Scan) -> dict[str, object]:
    """The SBOM of an image in Trivy's form of SPDX 2.3; the same scan gives the same document."""
    image = f"{host}/{repository}@{scan.digest}"
    root = f"SPDXRef-ContainerImage-{_short(image)}"
    packages = [_package(name, version) for name, version in _parts(scan.findings)]
    contained = [_relation(root, "CONTAINS", str(package["SPDXID"])) for package in packages]
    container = {
        "SPDXID": root,
        "downloadLocation": "NONE",
        "filesAnalyzed": False,
        "name": image,
        "primaryPackagePurpose": "CONTAINER",
    }
    return {
        "SPDXID": _DOCUMENT,
        "creationInfo": {
            "created": rfc3339_seconds(scan.ends),
            "creators": ["Organization: aquasecurity", f"Tool: trivy-{_version(scan)}"],
        },
        "dataLicense": "CC0-1.0",
        "documentNamespace": f"http://trivy.dev/container_image/{image}-{scan.uuid}",
        "name": image,
        "packages": [container, *packages],
        "relationships": [_relation(_DOCUMENT, "DESCRIBES", root), *contained],
        "spdxVersion": "SPDX-2.3",
    }


def _version(scan: Scan) -> str:
    return scan.scanner.get("version", "").removeprefix("v")


def _parts(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return sorted({*_BASE_PACKAGES, *((entry.package, entry.version) for entry in findings)})


def _package(name: str, version: str) -> dict[str, object]:
    purl = f"pkg:deb/debian/{name}@{version}?arch=amd64&distro=debian-12"
    reference = {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceLocator": purl,
        "referenceType": "purl",
    }
    return {
        "SPDXID": f"SPDXRef-Package-{_short(purl)}",
        "downloadLocation": "NONE",
        "externalRefs": [reference],
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "name": name,
        "primaryPackagePurpose": "LIBRARY",
        "supplier": "NOASSERTION",
        "versionInfo": version,
    }


def _relation(element: str, kind: str, related: str) -> dict[str, str]:
    return {
        "relatedSpdxElement": related,
        "relationshipType": kind,
        "spdxElementId": element,
    }


def _short(text: str) -> str:
    return uuid5(NAMESPACE_URL, text).hex[:16]


@dataclass(frozen=True, slots=True)
class SbomArtifact:
    """What is pushed for an SBOM: a manifest about the image, with one layer."""

    manifest: Manifest
    raw: bytes
    config: bytes
    layer: bytes


def sbom_artifact(host: str, repository: str, image: Artifact, scan: Scan) -> SbomArtifact:
    """The artifact that holds the SBOM of an image."""
    layer = _json(spdx_document(host, repository, scan))
    history = {"author": "harbor", "created": rfc3339_seconds(scan.ends), "created_by": "harbor"}
    config = _json(
        {
            "architecture": "",
            "config": {},
            "created": "0001-01-01T00:00:00Z",
            "history": [history],
            "os": "",
            "rootfs": {"diff_ids": [_digest(layer)], "type": "layers"},
        }
    )
    created = rfc3339_seconds(scan.ends)
    raw = _json(
        {
            "annotations": {
                "created": created,
                "created-by": "Harbor",
                "org.opencontainers.artifact.created": created,
                "org.opencontainers.artifact.description": "SPDX JSON SBOM",
            },
            "config": _descriptor(HARBOR_SBOM, config),
            "layers": [_descriptor(_LAYER, layer)],
            "mediaType": _MANIFEST,
            "schemaVersion": 2,
            "subject": {
                "digest": image.digest,
                "mediaType": image.manifest_media_type,
                "size": image.size,
            },
        }
    )
    return SbomArtifact(read_manifest(raw, _MANIFEST), raw, config, layer)


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    return {"digest": _digest(content), "mediaType": media_type, "size": len(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(document: object) -> bytes:
    return json.dumps(document).encode()
