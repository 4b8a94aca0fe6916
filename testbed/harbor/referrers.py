"""The registry's list of what is about a manifest, which Harbor answers from its database."""

import json
import re

from aiohttp import web

from testbed.harbor.artifact_kinds import OCI_INDEX
from testbed.harbor.artifact_state import Artifact
from testbed.harbor.call import Call, without_empty
from testbed.harbor.errors import bad_request

_DIGEST = re.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-zA-Z=_-]+")
_TYPE = "artifactType"


def referrers(call: Call, repository_name: str, digest: str) -> web.Response:
    """GET /v2/{name}/referrers/{digest}: an index, empty also for what does not exist.

    Raises:
        HarborError: 400 for a tag.
    """
    if not _DIGEST.fullmatch(digest):
        raise bad_request(f"unsupported digest {digest}: invalid checksum digest format")
    repository = call.state.repository_named(repository_name)
    rows = [
        row
        for row in call.state.accessories.values()
        if (row.repository_name, row.subject_digest) == (repository_name, digest)
    ]
    artifacts = [repository.artifacts[row.digest] for row in rows] if repository else []
    wanted = call.parameter(_TYPE)
    shown = [_descriptor(row) for row in artifacts if wanted in {"", row.artifact_type}]
    # The count is of all, even where only some are asked for.
    headers = {"Content-Type": OCI_INDEX, "X-Total-Count": str(len(rows))}
    if wanted:
        headers["OCI-Filters-Applied"] = _TYPE
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": shown}
    return web.Response(body=f"{json.dumps(index)}\n".encode(), headers=headers)


def _descriptor(artifact: Artifact) -> dict[str, object]:
    return {
        "mediaType": artifact.manifest_media_type,
        "digest": artifact.digest,
        "size": artifact.blobs.get(artifact.digest, 0),
    } | without_empty({"annotations": artifact.annotations, "artifactType": artifact.artifact_type})
