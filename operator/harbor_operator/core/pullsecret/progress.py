"""What to say about a pull secret on whose namespaces work goes on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.core.plan import Plan, Verdict, ready, waiting
from harbor_operator.core.pullsecret.facts import Observed
from harbor_operator.core.pullsecret.lanes import Step


def progress(
    observed: Observed, begun: Mapping[str, Any], left: frozenset[str], now: datetime
) -> Plan[Step]:
    """How far it has come, and that it goes on at once.

    Nothing is said of the credential, nor of the targets that were followed: that is for the end.

    Args:
        observed: The look that the work began with, and the namespaces that refused since.
        begun: What the plan reported of the namespaces; empty while the object is being deleted.
        left: The namespaces in which there is still something to do.
        now: The operator's clock.
    """
    if not begun:
        message = f"The pull secret is still to be removed from {len(left)} namespaces."
        return Plan(verdicts=waiting(Reason.PROGRESSING, message), recheck_at=now)
    counts = begun["targets"]
    failed = max(counts["failed"], len(observed.failures))
    in_line = counts["desired"] - counts["denied"] - failed - len(left)
    report = {**begun, "targets": {**counts, "ready": in_line, "failed": failed}}
    return Plan(
        verdicts=_verdicts(observed, left, counts["desired"]), recheck_at=now, report=report
    )


def _verdicts(observed: Observed, left: frozenset[str], wanted: int) -> tuple[Verdict, ...]:
    """Ready stays True while all have a credential, and some are only getting a newer one."""
    message = f"{len(left)} of {wanted} namespaces are still to be brought up to date."
    if left - observed.delivered.keys() or observed.failures or observed.verified is False:
        return waiting(Reason.PROGRESSING, message)
    going_on = Verdict(ConditionType.RECONCILING, ConditionStatus.TRUE, Reason.PROGRESSING, message)
    return (*ready(Reason.PROGRESSING, message), going_on)
