"""A small image, and how a client pushes it."""

import hashlib
import json

from tests.support.api_caller import ApiCaller, Reply

LAYER = b"layer" * 100_000
CONFIG = json.dumps({"architecture": "arm64", "os": "linux"}).encode()
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"


def digest_of(content: bytes) -> str:
    """The digest of a blob or manifest."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": CONFIG_TYPE, "size": len(CONFIG), "digest": digest_of(CONFIG)},
        "layers": [{"size": len(LAYER), "digest": digest_of(LAYER)}],
    }
).encode()


async def push(caller: ApiCaller, repository: str, tag: str) -> Reply:
    """Pushes the image under a tag and answers with what its manifest got."""
    for blob in (CONFIG, LAYER):
        begun = await caller("POST", f"/v2/{repository}/blobs/uploads/")
        appended = await caller("PATCH", begun.headers["Location"], raw=blob)
        end = f"{appended.headers['Location']}&digest={digest_of(blob)}"
        await caller("PUT", end)
    headers = {"Content-Type": MANIFEST_TYPE}
    path = f"/v2/{repository}/manifests/{tag}"
    return await caller("PUT", path, raw=MANIFEST, headers=headers)
