"""A small image, what can be about it, and how a client pushes both."""

import hashlib
import json
from collections.abc import Mapping

from tests.support.api_caller import ApiCaller, Reply

LAYER = b"layer" * 100_000
CONFIG = json.dumps({"architecture": "arm64", "os": "linux"}).encode()
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
EMPTY = b"{}"
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
"""The `artifactType` of the signatures that cosign 3 makes."""


def digest_of(content: bytes) -> str:
    """The digest of a blob or manifest."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def descriptor(media_type: str, content: bytes, **fields: object) -> dict[str, object]:
    """How a manifest or an index names some content."""
    return {
        "mediaType": media_type,
        "size": len(content),
        "digest": digest_of(content),
        **fields,
    }


def manifest(config_type: str, config: bytes, *layers: object, **fields: object) -> bytes:
    """A manifest with this config and the descriptors of its layers."""
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": descriptor(config_type, config),
            "layers": layers,
            **fields,
        }
    ).encode()


def index(*children: bytes, **fields: object) -> bytes:
    """An index of manifests, each for another platform."""
    systems = ("linux", "windows", "plan9")
    descriptors = [
        descriptor(MANIFEST_TYPE, child, platform={"architecture": "arm64", "os": system})
        for child, system in zip(children, systems, strict=False)
    ]
    document = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": descriptors, **fields}
    return json.dumps(document).encode()


def signature(subject: bytes, artifact_type: str = BUNDLE_TYPE, **fields: object) -> bytes:
    """What is about a manifest, by default a signature as cosign 3 makes it."""
    return manifest(
        EMPTY_TYPE,
        EMPTY,
        descriptor(artifact_type, EMPTY),
        artifactType=artifact_type,
        subject=descriptor(MANIFEST_TYPE, subject),
        **fields,
    )


MANIFEST = manifest(CONFIG_TYPE, CONFIG, {"size": len(LAYER), "digest": digest_of(LAYER)})


async def push(caller: ApiCaller, repository: str, tag: str) -> Reply:
    """Pushes the image under a tag and answers with what its manifest got."""
    return await push_manifest(caller, repository, tag, MANIFEST, CONFIG, LAYER)


async def push_manifest(
    caller: ApiCaller, repository: str, reference: str, content: bytes, *blobs: bytes
) -> Reply:
    """Pushes blobs and then a manifest, by its digest where the reference is empty."""
    for blob in blobs:
        begun = await caller("POST", f"/v2/{repository}/blobs/uploads/")
        appended = await caller("PATCH", begun.headers["Location"], raw=blob)
        end = f"{appended.headers['Location']}&digest={digest_of(blob)}"
        await caller("PUT", end)
    document: Mapping[str, object] = json.loads(content)
    headers = {"Content-Type": str(document["mediaType"])}
    path = f"/v2/{repository}/manifests/{reference or digest_of(content)}"
    return await caller("PUT", path, raw=content, headers=headers)
