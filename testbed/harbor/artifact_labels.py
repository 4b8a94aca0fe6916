"""Labels on artifacts."""

from aiohttp import web

from testbed.harbor.call import Call, Route, done
from testbed.harbor.errors import conflict, not_found
from testbed.harbor.labels import PROJECT_SCOPE
from testbed.harbor.lookup import ARTIFACT, artifact_of, project_of
from testbed.harbor.models import LabelBody


async def add_label(call: Call) -> web.StreamResponse:
    """POST .../artifacts/{reference}/labels: of the body only the label's id counts."""
    body = await call.body(LabelBody, "label")
    project = project_of(call, "create", "artifact-label")
    label = call.state.labels.get(body.id)
    if label is None:
        raise not_found(f"label {body.id} not found")
    if label.scope == PROJECT_SCOPE and label.project_id != project.project_id:
        raise not_found(f"project id {project.project_id}, label {label.id} not found")
    _, artifact = artifact_of(call, "create", "artifact-label")
    if label.id in artifact.label_ids:
        raise conflict(f"label {label.id} is already added to the artifact {artifact.id}")
    artifact.label_ids.append(label.id)
    return done()


async def remove_label(call: Call) -> web.StreamResponse:
    """DELETE .../artifacts/{reference}/labels/{label}."""
    _, artifact = artifact_of(call, "delete", "artifact-label")
    number = call.number("label")
    if number not in artifact.label_ids:
        raise not_found(f"reference with label {number} and artifact {artifact.id} not found")
    artifact.label_ids.remove(number)
    return done()


_LABELS = ARTIFACT + "/labels"

ROUTES = (
    Route("POST", _LABELS, add_label),
    Route("DELETE", _LABELS + "/{label}", remove_label),
)
