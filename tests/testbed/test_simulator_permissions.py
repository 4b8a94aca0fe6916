"""What the simulator lets be granted is what the operator believes that Harbor does."""

from harbor_operator.core.robot.catalogue import HARBOR_2_16
from testbed.harbor.permissions import PROJECT_GRANTABLE, SYSTEM_GRANTABLE


def test_the_operators_table_is_what_a_harbor_2_16_lists() -> None:
    assert HARBOR_2_16.project == {(row.resource, row.action) for row in PROJECT_GRANTABLE}
    assert HARBOR_2_16.system == {(row.resource, row.action) for row in SYSTEM_GRANTABLE}
