"""Labels, global ones and those of a project."""

from aiohttp import web

from testbed.harbor.call import Call, Route, answer, done, without_empty
from testbed.harbor.clock import rfc3339
from testbed.harbor.errors import bad_request, conflict, internal_error, not_found
from testbed.harbor.models import LabelBody
from testbed.harbor.paging import Column, Keyword, ListQuery
from testbed.harbor.state import Label

GLOBAL_SCOPE = "g"
PROJECT_SCOPE = "p"
MAX_NAME_LENGTH = 128


def _require(call: Call, action: str, scope: str, project_id: int) -> None:
    if scope == GLOBAL_SCOPE:
        call.require_on_system(action, "label")
    elif scope == PROJECT_SCOPE:
        call.require_in_project(project_id, action, "label")
    else:
        raise bad_request("unsupported label scope")


async def create_label(call: Call) -> web.StreamResponse:
    """POST /labels. Neither the colour nor the existence of the project is checked."""
    body = await call.body(LabelBody, "label")
    project_id = 0 if body.scope == GLOBAL_SCOPE else body.project_id
    _require(call, "create", body.scope, project_id)
    if len(body.name) > MAX_NAME_LENGTH:
        raise internal_error()
    number = call.state.next_id("label")
    _require_free(call, body.name, body.scope, project_id)
    call.state.labels[number] = Label(
        id=number,
        name=body.name,
        description=body.description,
        color=body.color,
        scope=body.scope,
        project_id=project_id,
        created=call.now,
        updated=call.now,
    )
    return call.created(number)


def _require_free(call: Call, name: str, scope: str, project_id: int) -> None:
    wanted = (name, scope, project_id)
    labels = call.state.labels.values()
    if any((label.name, label.scope, label.project_id) == wanted for label in labels):
        raise conflict(f"label {name} already exists")


_COLUMNS: dict[str, Column[Label]] = {
    "id": lambda label: label.id,
    "name": lambda label: label.name,
    "scope": lambda label: label.scope,
    "project_id": lambda label: label.project_id,
    "creation_time": lambda label: label.created,
    "update_time": lambda label: label.updated,
}


async def list_labels(call: Call) -> web.StreamResponse:
    """GET /labels: `scope` is a must, and `project_id` for the labels of a project."""
    query = call.list_query()
    scope = call.parameter("scope")
    if scope not in {GLOBAL_SCOPE, PROJECT_SCOPE}:
        raise bad_request(f"invalid scope: {scope}")
    keywords = {**query.keywords, "scope": Keyword(scope)}
    if call.parameter("name"):
        keywords["name"] = Keyword(call.parameter("name"), fuzzy=True)
    if scope == PROJECT_SCOPE:
        text = call.parameter("project_id")
        if not text.isdigit() or int(text) == 0:
            raise bad_request("must with project ID when to query project labels")
        call.require_in_project(int(text), "list", "label")
        keywords["project_id"] = Keyword(text)
    return call.page(
        call.state.labels.values(),
        ListQuery(keywords, query.sorting, query.page, query.page_size),
        columns=_COLUMNS,
        order="id",
        view=label_view,
    )


def label_view(label: Label) -> dict[str, object]:
    """A label as the API shows it."""
    return without_empty(
        {
            "color": label.color,
            "creation_time": rfc3339(label.created),
            "description": label.description,
            "id": label.id,
            "name": label.name,
            "project_id": label.project_id,
            "scope": label.scope,
            "update_time": rfc3339(label.updated),
        }
    )


def _existing(call: Call) -> Label:
    number = call.number("id")
    label = call.state.labels.get(number)
    if label is None:
        raise not_found(f"label {number} not found")
    return label


async def get_label(call: Call) -> web.StreamResponse:
    """GET /labels/{id}."""
    label = _existing(call)
    _require(call, "read", label.scope, label.project_id)
    return answer(label_view(label))


async def update_label(call: Call) -> web.StreamResponse:
    """PUT /labels/{id}: name, description and colour; the scope stays."""
    body = await call.body(LabelBody, "label")
    label = _existing(call)
    _require(call, "update", label.scope, label.project_id)
    if not body.name:
        raise bad_request("cannot be empty")
    if len(body.name) > MAX_NAME_LENGTH:
        raise bad_request(f"max length is {MAX_NAME_LENGTH}")
    if body.name != label.name:
        _require_free(call, body.name, label.scope, label.project_id)
    label.name, label.description, label.color = body.name, body.description, body.color
    label.updated = call.now
    return done()


async def delete_label(call: Call) -> web.StreamResponse:
    """DELETE /labels/{id}."""
    label = _existing(call)
    _require(call, "delete", label.scope, label.project_id)
    del call.state.labels[label.id]
    for repository in call.state.repositories.values():
        for artifact in repository.artifacts.values():
            artifact.label_ids = [number for number in artifact.label_ids if number != label.id]
    return done()


ROUTES = (
    Route("POST", "/labels", create_label),
    Route("GET", "/labels", list_labels),
    Route("GET", "/labels/{id}", get_label),
    Route("PUT", "/labels/{id}", update_label),
    Route("DELETE", "/labels/{id}", delete_label),
)
