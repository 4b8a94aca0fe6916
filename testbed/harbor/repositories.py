"""Repositories as the API shows them."""

from datetime import timedelta

from aiohttp import web

from testbed.harbor.artifact_state import Repository
from testbed.harbor.audit import record
from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.clock import rfc3339
from testbed.harbor.lookup import REPOSITORIES, REPOSITORY, project_of, repository_of
from testbed.harbor.paging import Column
from testbed.harbor.pushes import log_artifact, remove_artifacts

PULL_COUNT_DELAY = timedelta(seconds=10)
"""Harbor collects pulls in memory and writes the counters this much later."""


def repository_view(call: Call, repository: Repository) -> dict[str, object]:
    """A repository with its counters."""
    counted = [pull for pull in repository.pulls if pull <= call.now - PULL_COUNT_DELAY]
    return {
        "artifact_count": len(repository.artifacts),
        "creation_time": rfc3339(repository.created),
        "id": repository.id,
        "name": repository.name,
        "project_id": repository.project_id,
        "pull_count": len(counted),
        "update_time": rfc3339(repository.updated),
    }


_COLUMNS: dict[str, Column[Repository]] = {
    "name": lambda repository: repository.name,
    "repository_id": lambda repository: repository.id,
    "creation_time": lambda repository: repository.created,
    "update_time": lambda repository: repository.updated,
}


async def list_repositories(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/repositories."""
    project = project_of(call, "list", "repository")
    return call.page(
        call.state.repositories_of(project.project_id),
        call.list_query(),
        columns=_COLUMNS,
        order="name",
        view=lambda repository: repository_view(call, repository),
    )


async def get_repository(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/repositories/{repository}."""
    return answer(repository_view(call, repository_of(call, "read")))


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
    Route("GET", REPOSITORIES, list_repositories),
    Route("GET", REPOSITORY, get_repository),
    Route("DELETE", REPOSITORY, delete_repository),
)
