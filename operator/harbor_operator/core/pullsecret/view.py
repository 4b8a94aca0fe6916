"""One look at a pull secret, with all that follows from it before anything is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from harbor_operator.api.conditions import Reason
from harbor_operator.core.pullsecret.audience import Audience, audience_of
from harbor_operator.core.pullsecret.facts import Desired, Observed
from harbor_operator.core.pullsecret.removal import Leaving, leaving_of
from harbor_operator.core.pullsecret.rollout import Stage, stage_of


@dataclass(frozen=True, slots=True)
class View:
    """What is wanted, what was seen, and who gets, keeps and loses the pull secret."""

    desired: Desired
    observed: Observed
    audience: Audience
    leaving: Leaving
    stage: Stage
    now: datetime
    """The operator's clock."""

    @property
    def served(self) -> frozenset[str]:
        """The namespaces whose Secret is looked after, those that keep it for now included."""
        return served_by(self.audience, self.leaving)

    @property
    def failures(self) -> Mapping[str, Reason]:
        """The namespaces that are not as they should be, and why."""
        taken = dict.fromkeys(self.audience.allowed & self.observed.taken, Reason.SECRET_NOT_OWNED)
        concerned = self.served | self.leaving.gone
        refused = {n: r for n, r in self.observed.failures.items() if n in concerned}
        return {**taken, **refused}

    @property
    def verified(self) -> bool | None:
        """What Harbor said to the newest credential; a canary's word outweighs the look before."""
        return False if self.observed.trial is False else self.observed.verified


def look(desired: Desired, observed: Observed, now: datetime) -> View:
    """Work out who gets, keeps and loses the pull secret."""
    audience = audience_of(desired, observed)
    leaving = leaving_of(desired, observed, audience, now)
    stage = stage_of(desired, observed, served_by(audience, leaving))
    return View(desired, observed, audience, leaving, stage, now)


def served_by(audience: Audience, leaving: Leaving) -> frozenset[str]:
    """Who may and should have it, and who keeps it for now."""
    return audience.allowed | leaving.waiting.keys()
