"""What a pull secret says while its namespaces are being worked through."""

from dataclasses import replace

import pytest

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.core.namespaces import Selection
from harbor_operator.core.pullsecret.facts import Observed
from harbor_operator.core.pullsecret.plan import plan
from harbor_operator.core.pullsecret.progress import progress
from tests.support.pull_secrets import DESIRED, DISTRIBUTED, NOW

ALLOWED = replace(DESIRED, targets=Selection(names=("team", "shop-*")))
BEHIND = {name: replace(held, in_line=False) for name, held in DISTRIBUTED.delivered.items()}
LEFT = frozenset({"shop-a"})
BEGUN = plan(ALLOWED, replace(DISTRIBUTED, delivered=BEHIND), NOW).report
READY, RECONCILING = ConditionType.READY, ConditionType.RECONCILING
TRUE, FALSE = ConditionStatus.TRUE, ConditionStatus.FALSE


@pytest.mark.parametrize(
    ("observed", "ready"),
    [
        pytest.param(replace(DISTRIBUTED, delivered=BEHIND), TRUE, id="another credential comes"),
        pytest.param(replace(DISTRIBUTED, delivered={}), FALSE, id="one has none yet"),
        pytest.param(
            replace(DISTRIBUTED, failures={"shop-a": Reason.TARGET_FAILED}), FALSE, id="one refused"
        ),
        pytest.param(replace(DISTRIBUTED, verified=False), FALSE, id="Harbor takes it no more"),
    ],
)
def test_ready_while_work_goes_on(observed: Observed, ready: ConditionStatus) -> None:
    said = {v.type: v.status for v in progress(observed, BEGUN, LEFT, NOW).verdicts}

    assert said == {READY: ready, RECONCILING: TRUE}


def test_it_goes_on_at_once_and_counts_those_in_line() -> None:
    plan = progress(DISTRIBUTED, BEGUN, LEFT, NOW)

    total = len(DISTRIBUTED.delivered)
    assert plan.actions == ()
    assert plan.recheck_at == NOW
    assert plan.report["targets"] == {
        "desired": total,
        "ready": total - 1,
        "failed": 0,
        "denied": 0,
    }


def test_nothing_is_said_of_what_only_the_end_makes_true() -> None:
    report = progress(DISTRIBUTED, BEGUN, LEFT, NOW).report

    assert report.keys() == {"secretName", "targets", "failures"}


def test_a_deletion_counts_what_is_left() -> None:
    plan = progress(DISTRIBUTED, {}, frozenset({"a", "b"}), NOW)

    messages = {v.message for v in plan.verdicts}
    assert messages == {"The pull secret is still to be removed from 2 namespaces."}
    assert plan.recheck_at == NOW
