"""The artifacts of a repository, and of all repositories of a project."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aiohttp import web

from testbed.harbor.artifact_state import Artifact, Repository
from testbed.harbor.artifact_views import artifact_view
from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.errors import bad_request
from testbed.harbor.lookup import ARTIFACT, ARTIFACTS, artifact_of, project_of, repository_name
from testbed.harbor.paging import Column, Keyword, ListQuery
from testbed.harbor.pushes import remove_artifact
from testbed.harbor.scan_jobs import scanner_in_use
from testbed.harbor.scan_overviews import with_scans
from testbed.harbor.state import HarborState, Project


class Row(NamedTuple):
    """An artifact and where it lies."""

    repository: Repository
    artifact: Artifact


_COLUMNS: dict[str, Column[Row]] = {
    "id": lambda row: row.artifact.id,
    "digest": lambda row: row.artifact.digest,
    "type": lambda row: row.artifact.kind.name,
    "media_type": lambda row: row.artifact.media_type,
    "manifest_media_type": lambda row: row.artifact.manifest_media_type,
    "artifact_type": lambda row: row.artifact.artifact_type,
    "size": lambda row: row.artifact.size,
    "repository_id": lambda row: row.repository.id,
    "repository_name": lambda row: row.repository.name,
    "push_time": lambda row: row.artifact.pushed,
}
_EVERYTHING = Keyword("*")


async def list_artifacts(call: Call) -> web.StreamResponse:
    """GET .../artifacts, newest first; of a repository that does not exist it is empty."""
    project = project_of(call, "list", "artifact")
    repository = call.state.repository_named(repository_name(call, project))
    return await _page(call, project, [] if repository is None else _rows([repository]))


async def list_artifacts_of_project(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/artifacts: those of all repositories, or the newest of each."""
    call.require_authenticated()
    project = call.project("list", "artifact")
    rows = _rows(call.state.repositories_of(project.project_id))
    if not call.flag("latest_in_repository"):
        return await _page(call, project, rows)
    keywords = call.list_query().keywords
    if ("media_type" in keywords) == ("artifact_type" in keywords):
        raise bad_request(
            "either 'media_type' or 'artifact_type' must be specified, but not both, when "
            "querying with latest_in_repository"
        )
    return await _page(call, project, _newest(rows, keywords))


def _rows(repositories: Iterable[Repository]) -> list[Row]:
    return [Row(repo, artifact) for repo in repositories for artifact in repo.artifacts.values()]


def _newest(rows: list[Row], keywords: Mapping[str, Keyword]) -> list[Row]:
    named = {key: keywords[key] for key in ("media_type", "artifact_type") if key in keywords}
    kept = [row for row in rows if all(w.accepts(_COLUMNS[k](row)) for k, w in named.items())]
    return list({row.repository.id: row for row in kept}.values())


async def _page(call: Call, project: Project, rows: list[Row]) -> web.StreamResponse:
    query = call.list_query()
    in_use = await scanner_in_use(call, project)
    return call.page(
        listed(call.state, rows, query),
        query,
        columns=_COLUMNS,
        order="-id",
        view=lambda row: with_scans(
            call, in_use, row.repository, row.artifact, artifact_view(call, *row)
        ),
    )


def listed(state: HarborState, rows: list[Row], query: ListQuery) -> list[Row]:
    """What a list of artifacts is about: no accessories, no untagged parts of an index.

    The keywords that are no columns are obeyed here: `base=*` brings the parts back, `tags` and
    `labels` choose.

    Raises:
        HarborError: 400 for a value that such a keyword does not take.
    """
    base, tags, labels = (query.keywords.get(key) for key in ("base", "tags", "labels"))
    if base is not None and base != _EVERYTHING:
        raise bad_request('the value of "base" query can only be exact match value with "*"')
    bound = {accessory.artifact_id for accessory in state.accessories.values()}
    kept = [row for row in rows if row.artifact.id not in bound]
    if base is None:
        parts = {part.child_id for row in rows for part in row.artifact.references}
        kept = [row for row in kept if row.artifact.tags or row.artifact.id not in parts]
    if tags is not None:
        kept = [row for row in kept if _is_tagged(row.artifact, tags)]
    if labels is not None:
        wanted = _label_ids(labels)
        kept = [row for row in kept if wanted <= set(row.artifact.label_ids)]
    return kept


def _is_tagged(artifact: Artifact, word: Keyword) -> bool:
    if word.choices is not None or word.minimum or word.maximum:
        raise bad_request(
            'the value of "tags" query can only be fuzzy match value or exact match value'
        )
    if word == _EVERYTHING:
        return bool(artifact.tags)
    if word == Keyword("nil"):
        return not artifact.tags
    return any(word.accepts(name) for name in artifact.tags)


def _label_ids(word: Keyword) -> set[int]:
    ids = word.choices or frozenset()
    if not word.value.startswith("(") or not all(item.isdigit() for item in ids):
        raise bad_request(
            'the value of "labels" query can only be integer list with intersetion relationship'
        )
    return {int(item) for item in ids}


async def get_artifact(call: Call) -> web.StreamResponse:
    """GET .../artifacts/{reference}, by digest or tag."""
    repository, artifact = artifact_of(call, "read", "artifact")
    in_use = await scanner_in_use(call, call.state.projects[repository.project_id])
    view = artifact_view(call, repository, artifact)
    return answer(with_scans(call, in_use, repository, artifact, view))


async def delete_artifact(call: Call) -> web.StreamResponse:
    """DELETE .../artifacts/{reference}, by digest or tag, with all its tags and accessories."""
    remove_artifact(call, *artifact_of(call, "delete", "artifact"))
    return done()


ROUTES = (
    Route("GET", "/projects/{project}/artifacts", list_artifacts_of_project),
    Route("GET", ARTIFACTS, list_artifacts),
    Route("GET", ARTIFACT, get_artifact),
    Route("DELETE", ARTIFACT, delete_artifact),
)
