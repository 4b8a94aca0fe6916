"""What namespaces that have just come need at once, whatever else there is to do elsewhere."""

from datetime import datetime

from harbor_operator.core.pullsecret.actions import Action, AddToAccount, Deliver, Hold
from harbor_operator.core.pullsecret.audience import Audience
from harbor_operator.core.pullsecret.facts import Desired, Observed
from harbor_operator.core.pullsecret.plan import plan


def welcome(
    desired: Desired, observed: Observed, now: datetime, audience: Audience | None = None
) -> tuple[Action, ...]:
    """The Secrets and entries that are missing in the few namespaces that were looked at.

    Nothing is taken away, and no Secret is changed: that takes a look at all namespaces.

    Args:
        desired: The spec.
        observed: A look at these namespaces alone.
        now: The operator's clock.
        audience: Who of them should have it, if that has been worked out already.
    """
    actions = plan(desired, observed, now, audience).actions
    return tuple(action for action in actions if _is_missing(action))


def _is_missing(action: Action) -> bool:
    match action:
        case Deliver(_, delivered):
            return delivered is None
        case Hold() | AddToAccount():
            return True
        case _:
            return False
