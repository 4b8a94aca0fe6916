"""The tags of an artifact."""

from aiohttp import web

from testbed.harbor.artifact_state import Artifact, Repository, Tag
from testbed.harbor.call import Call, Route, done
from testbed.harbor.clock import ZERO_TIME, rfc3339
from testbed.harbor.errors import not_found
from testbed.harbor.immutable_rules import is_immutable, require_tag_deletable
from testbed.harbor.lookup import ARTIFACT, artifact_of


def tag_view(call: Call, repository: Repository, artifact: Artifact, tag: Tag) -> dict[str, object]:
    """A tag as the API shows it."""
    return {
        "artifact_id": artifact.id,
        "id": tag.id,
        "immutable": is_immutable(call.state, repository, tag.name),
        "name": tag.name,
        "pull_time": ZERO_TIME,
        "push_time": rfc3339(tag.pushed),
        "repository_id": repository.id,
    }


async def delete_tag(call: Call) -> web.StreamResponse:
    """DELETE .../artifacts/{reference}/tags/{tag}."""
    repository, artifact = artifact_of(call, "delete", "tag")
    tag = call.text("tag")
    if tag not in artifact.tags:
        raise not_found(f"tag {tag} attached to artifact {artifact.id} not found")
    require_tag_deletable(call.state, repository, tag)
    del artifact.tags[tag]
    return done()


ROUTES = (Route("DELETE", ARTIFACT + "/tags/{tag}", delete_tag),)
