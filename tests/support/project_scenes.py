"""A look at one project, for tests of what reads and writes its settings."""

from typing import Any

from harbor_operator.api.project import ProjectSpec
from harbor_operator.bridge.project_blocks.adapter import Scene
from harbor_operator.bridge.webhook_headers import WebhookHeaders
from harbor_operator.core.tenancy import DEFAULT_RULE
from harbor_operator.harbor.models import Project
from tests.support.fake_cluster import FakeCluster
from tests.support.fake_harbor import FakeHarbor

SCENE_PROJECT = Project(project_id=7, name="payments")


def scene_of(
    harbor: FakeHarbor,
    *,
    project: Project = SCENE_PROJECT,
    **spec: Any,  # noqa: ANN401 -- fields of a spec, as a manifest spells them
) -> Scene:
    """One look at a project, under the rule that holds where none is stated."""
    return Scene(
        harbor=harbor,
        headers=WebhookHeaders(FakeCluster(), "team"),
        spec=ProjectSpec.model_validate(spec),
        rule=DEFAULT_RULE,
        login="operator",
        project=project,
    )
