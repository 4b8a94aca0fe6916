"""Repositories as the API shows them."""

from html import escape

from aiohttp import web

from testbed.harbor.artifact_state import Repository
from testbed.harbor.artifacts import Row, listed
from testbed.harbor.audit import record
from testbed.harbor.call import Call, Route, answer, done, without_empty
from testbed.harbor.clock import rfc3339
from testbed.harbor.lookup import REPOSITORIES, REPOSITORY, project_of, repository_of
from testbed.harbor.models import RepositoryDescription
from testbed.harbor.paging import Column, ListQuery
from testbed.harbor.projects import is_listed_for
from testbed.harbor.pushes import log_artifact, remove_artifacts
from testbed.harbor.tags import PULL_DELAY

_ALL = ListQuery({}, (), 1, 0)


def repository_view(call: Call, repository: Repository) -> dict[str, object]:
    """A repository with its counters."""
    counted = [pull for pull in repository.pulls if pull <= call.now - PULL_DELAY]
    rows = [Row(repository, artifact) for artifact in repository.artifacts.values()]
    return {
        "artifact_count": len(listed(call.state, rows, _ALL)),
        "creation_time": rfc3339(repository.created),
        "id": repository.id,
        "name": repository.name,
        "project_id": repository.project_id,
        "pull_count": len(counted),
        "update_time": rfc3339(repository.updated),
    } | without_empty({"description": repository.description})


_COLUMNS: dict[str, Column[Repository]] = {
    "name": lambda repository: repository.name,
    "repository_id": lambda repository: repository.id,
    "creation_time": lambda repository: repository.created,
    "update_time": lambda repository: repository.updated,
}


async def list_repositories(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/repositories."""
    project = project_of(call, "list", "repository")
    return _page(call, call.state.repositories_of(project.project_id))


async def list_all_repositories(call: Call) -> web.StreamResponse:
    """GET /repositories: those of all projects that the caller sees."""
    projects = call.state.projects
    repositories = call.state.repositories.values()
    return _page(
        call, [row for row in repositories if is_listed_for(call, projects[row.project_id])]
    )


def _page(call: Call, rows: list[Repository]) -> web.StreamResponse:
    return call.page(
        rows,
        call.list_query(),
        columns=_COLUMNS,
        order="name",
        view=lambda repository: repository_view(call, repository),
    )


async def get_repository(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/repositories/{repository}."""
    return answer(repository_view(call, repository_of(call, "read")))


async def describe_repository(call: Call) -> web.StreamResponse:
    """PUT /projects/{project}/repositories/{repository}: its description, made safe for pages."""
    body = await call.body(RepositoryDescription, "repository")
    repository = repository_of(call, "update")
    repository.description = escape(body.description)
    return done()


async def delete_repository(call: Call) -> web.StreamResponse:
    """DELETE /projects/{project}/repositories/{repository}, with everything in it."""
    repository = repository_of(call, "delete")
    artifacts = list(repository.artifacts.values())
    remove_artifacts(call, repository, artifacts)
    for artifact in artifacts:
        log_artifact(call, "delete", repository, artifact, artifact.digest)
    del call.state.repositories[repository.id]
    record(call, "delete", "repository", repository.name, project_id=repository.project_id)
    return done()


ROUTES = (
    Route("GET", "/repositories", list_all_repositories),
    Route("GET", REPOSITORIES, list_repositories),
    Route("GET", REPOSITORY, get_repository),
    Route("PUT", REPOSITORY, describe_repository),
    Route("DELETE", REPOSITORY, delete_repository),
)
