"""How kopf is set up."""

import kopf

from harbor_operator.engine.handlers import configure
from tests.support.operator_process import STOP_SECONDS


def test_no_write_that_nobody_sees_any_more_holds_up_the_end() -> None:
    settings = kopf.OperatorSettings()

    configure(settings)

    assert settings.persistence.consistency_timeout is not None
    assert settings.persistence.consistency_timeout <= STOP_SECONDS / 2
