"""What a HarborProject remembers is a hint, and gives no right to what is not the object's."""

import pytest

from harbor_operator.api.project import PROJECTS, OwnershipState
from harbor_operator.core.project.memory import recorded_in
from tests.support.engine_world import custom_resource


@pytest.mark.parametrize(
    ("state", "remembered"),
    [
        (OwnershipState.OWNED, 7),
        (OwnershipState.ADOPTED, 7),
        (OwnershipState.UNCLAIMED, None),
        (OwnershipState.FOREIGN, None),
    ],
)
def test_only_a_project_that_was_the_objects_own_is_remembered(
    state: OwnershipState, remembered: int | None
) -> None:
    status = {"projectID": 7, "ownership": {"state": state.value}}
    project = PROJECTS.parse(custom_resource(PROJECTS, "payments", status=status))

    recorded = recorded_in(project, "payments")

    assert recorded.project_id == remembered
