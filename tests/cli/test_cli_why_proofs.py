"""Every cause of `why` is produced for real by a test on the testbed."""

from harbor_operator.cli.why.causes import CAUSES
from tests.support.proofs import proofs


def test_every_cause_is_produced_for_real() -> None:
    assert {*proofs()} == {cause.name for cause in CAUSES}
