"""The artifacts of a repository."""

from aiohttp import web

from testbed.harbor.artifact_state import Artifact
from testbed.harbor.artifact_views import artifact_view
from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.lookup import ARTIFACT, ARTIFACTS, artifact_of, repository_of
from testbed.harbor.paging import Column
from testbed.harbor.pushes import remove_artifact
from testbed.harbor.scan_jobs import scanner_in_use
from testbed.harbor.scan_overviews import with_scans

_COLUMNS: dict[str, Column[Artifact]] = {
    "id": lambda artifact: artifact.id,
    "digest": lambda artifact: artifact.digest,
    "push_time": lambda artifact: artifact.pushed,
}


async def list_artifacts(call: Call) -> web.StreamResponse:
    """GET .../artifacts, newest first."""
    repository = repository_of(call, "list", "artifact")
    in_use = await scanner_in_use(call, call.state.projects[repository.project_id])
    return call.page(
        repository.artifacts.values(),
        call.list_query(),
        columns=_COLUMNS,
        order="-id",
        view=lambda artifact: with_scans(
            call, in_use, repository, artifact, artifact_view(call, repository, artifact)
        ),
    )


async def get_artifact(call: Call) -> web.StreamResponse:
    """GET .../artifacts/{reference}, by digest or tag."""
    repository, artifact = artifact_of(call, "read", "artifact")
    in_use = await scanner_in_use(call, call.state.projects[repository.project_id])
    view = artifact_view(call, repository, artifact)
    return answer(with_scans(call, in_use, repository, artifact, view))


async def delete_artifact(call: Call) -> web.StreamResponse:
    """DELETE .../artifacts/{reference}, by digest or tag, with all its tags."""
    remove_artifact(call, *artifact_of(call, "delete", "artifact"))
    return done()


ROUTES = (
    Route("GET", ARTIFACTS, list_artifacts),
    Route("GET", ARTIFACT, get_artifact),
    Route("DELETE", ARTIFACT, delete_artifact),
)
