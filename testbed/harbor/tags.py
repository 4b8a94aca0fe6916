"""The tags of an artifact."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from aiohttp import web

from testbed.harbor.artifact_state import Artifact, Repository, Tag
from testbed.harbor.audit import record
from testbed.harbor.call import Call, Route, done
from testbed.harbor.clock import ZERO_TIME, rfc3339
from testbed.harbor.errors import bad_request, conflict, not_allowed, not_found
from testbed.harbor.immutable_rules import is_immutable, require_tag_deletable
from testbed.harbor.lookup import ARTIFACT, artifact_of
from testbed.harbor.models import NewTag
from testbed.harbor.paging import Column
from testbed.harbor.state import Project

PULL_DELAY = timedelta(seconds=10)
"""Harbor collects pulls in memory and writes counters and times this much later."""
_NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")


def pull_time(call: Call, pulls: Iterable[datetime]) -> str:
    """The last pull that Harbor has written down."""
    written = [pull for pull in pulls if pull <= call.now - PULL_DELAY]
    return rfc3339(max(written)) if written else ZERO_TIME


def tag_view(
    call: Call,
    repository: Repository,
    artifact: Artifact,
    tag: Tag,
    *,
    immutable_status: bool = False,
) -> dict[str, object]:
    """A tag as the API shows it; without its status each looks as if no rule protected it."""
    immutable = immutable_status and is_immutable(call.state, repository, tag.name)
    return {
        "artifact_id": artifact.id,
        "id": tag.id,
        "immutable": immutable,
        "name": tag.name,
        "pull_time": pull_time(call, tag.pulls),
        "push_time": rfc3339(tag.pushed),
        "repository_id": repository.id,
    }


_COLUMNS: dict[str, Column[Tag]] = {
    "id": lambda tag: tag.id,
    "name": lambda tag: tag.name,
    "push_time": lambda tag: tag.pushed,
}


async def list_tags(call: Call) -> web.StreamResponse:
    """GET .../artifacts/{reference}/tags, newest first."""
    repository, artifact = artifact_of(call, "list", "tag")
    status = call.flag("with_immutable_status")
    return call.page(
        artifact.tags.values(),
        call.list_query(),
        columns=_COLUMNS,
        order="-id",
        view=lambda tag: tag_view(call, repository, artifact, tag, immutable_status=status),
    )


async def create_tag(call: Call) -> web.StreamResponse:
    """POST .../artifacts/{reference}/tags: a name that nothing in the repository has."""
    body = await call.body(NewTag, "tag")
    repository, artifact = artifact_of(call, "create", "tag")
    require_ordinary(call.state.projects[repository.project_id])
    if not _NAME.fullmatch(body.name):
        raise bad_request(f"invalid tag name: {body.name}")
    number = call.state.next_id("tag")
    if any(body.name in other.tags for other in repository.artifacts.values()):
        raise conflict(f"tag {body.name} already exists under the repository {repository.id}")
    artifact.tags[body.name] = Tag(number, body.name, call.now)
    repository.updated = call.now
    _log(call, "create", repository, body.name)
    return web.Response(status=201)


def require_ordinary(project: Project) -> None:
    """Refuses what a cache of another registry does not do.

    Raises:
        HarborError: 405.
    """
    if project.is_proxy:
        raise not_allowed("the operation isn't supported for a proxy cache project")


async def delete_tag(call: Call) -> web.StreamResponse:
    """DELETE .../artifacts/{reference}/tags/{tag}."""
    repository, artifact = artifact_of(call, "delete", "tag")
    tag = call.text("tag")
    if tag not in artifact.tags:
        raise not_found(f"tag {tag} attached to artifact {artifact.id} not found")
    require_tag_deletable(call.state, repository, tag)
    del artifact.tags[tag]
    repository.updated = call.now
    _log(call, "delete", repository, tag)
    return done()


def _log(call: Call, operation: str, repository: Repository, tag: str) -> None:
    named = f"{repository.name}:{tag}"
    record(call, operation, "tag", named, project_id=repository.project_id)


_TAGS = ARTIFACT + "/tags"

ROUTES = (
    Route("GET", _TAGS, list_tags),
    Route("POST", _TAGS, create_tag),
    Route("DELETE", _TAGS + "/{tag}", delete_tag),
)
