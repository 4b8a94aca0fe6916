"""What to say about a pull secret on whose namespaces work goes on."""

from datetime import datetime

from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.core.plan import Plan, Verdict, ready, waiting
from harbor_operator.core.pullsecret.facts import Desired, Observed
from harbor_operator.core.pullsecret.lanes import Step
from harbor_operator.core.pullsecret.verdicts import interim_report
from harbor_operator.core.pullsecret.view import View, look


def progress(
    desired: Desired | None, observed: Observed, left: frozenset[str], now: datetime
) -> Plan[Step]:
    """How far it has come, and that it goes on at once.

    Nothing is said of the credential, nor of the targets that were followed: that is for the end.

    Args:
        desired: The spec; None while the object is being deleted.
        observed: The look that the work began with.
        left: The namespaces in which there is still something to do.
        now: The operator's clock.
    """
    if desired is None:
        message = f"The pull secret is still to be removed from {len(left)} namespaces."
        return Plan(verdicts=waiting(Reason.PROGRESSING, message), recheck_at=now)
    view = look(desired, observed, now)
    return Plan(verdicts=_verdicts(view, left), recheck_at=now, report=interim_report(view, left))


def _verdicts(view: View, left: frozenset[str]) -> tuple[Verdict, ...]:
    """Ready stays True while all have a credential, and some are only getting a newer one."""
    message = f"{len(left)} of {len(view.audience.wanted)} namespaces are still to be brought up."
    lacking = (view.audience.allowed & left) - view.observed.delivered.keys()
    if lacking or view.failures or view.verified is False:
        return waiting(Reason.PROGRESSING, message)
    going_on = Verdict(ConditionType.RECONCILING, ConditionStatus.TRUE, Reason.PROGRESSING, message)
    return (*ready(Reason.PROGRESSING, message), going_on)
