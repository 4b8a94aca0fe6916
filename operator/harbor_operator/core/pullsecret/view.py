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
    served: frozenset[str]
    """The namespaces whose Secret is looked after, those that keep it for now included."""
    failures: Mapping[str, Reason]
    """The namespaces that are not as they should be, and why."""
    now: datetime
    """The operator's clock."""

    @property
    def verified(self) -> bool | None:
        """What Harbor said to the newest credential; a canary's word outweighs the look before."""
        return False if self.observed.trial is False else self.observed.verified


def look(
    desired: Desired, observed: Observed, now: datetime, audience: Audience | None = None
) -> View:
    """Work out who gets, keeps and loses the pull secret."""
    audience = audience or audience_of(desired, observed)
    leaving = leaving_of(desired, observed, audience, now)
    served = audience.allowed | leaving.waiting.keys()
    return View(
        desired=desired,
        observed=observed,
        audience=audience,
        leaving=leaving,
        stage=stage_of(desired, observed, served),
        served=served,
        failures=_failures(observed, audience, served | leaving.gone),
        now=now,
    )


def _failures(
    observed: Observed, audience: Audience, concerned: frozenset[str]
) -> dict[str, Reason]:
    taken = dict.fromkeys(audience.allowed & observed.taken, Reason.SECRET_NOT_OWNED)
    return {**taken, **{n: r for n, r in observed.failures.items() if n in concerned}}
