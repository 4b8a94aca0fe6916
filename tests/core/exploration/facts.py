"""What the model's robots and objects are to the operator: the facts that its core decides by."""

from datetime import timedelta
from functools import cache

from harbor_operator.api.rotation import RotationStrategy
from harbor_operator.core.grants import PlacedGrant, placed
from harbor_operator.core.namespaces import Selection
from harbor_operator.core.ownership import Mark
from harbor_operator.core.robot.facts import Desired, HarborRobot
from harbor_operator.core.robot.schedule import Schedule
from harbor_operator.core.tenancy import TenantRule
from tests.core.exploration.logins import (
    DUE,
    LIFETIME,
    OVERLAP,
    STRANGER,
    Account,
    full_name,
    instant,
)
from tests.core.exploration.world import Resource

RULE = TenantRule(Selection(names=("team",)), ("team",))
SCHEDULE = Schedule(
    every=timedelta(minutes=DUE),
    lifetime=timedelta(minutes=LIFETIME),
    overlap=timedelta(minutes=OVERLAP),
)
_ACCESS = {1: ("pull",), 2: ("pull", "push"), 3: ("push",)}


@cache
def mark(uid: int) -> Mark:
    """The mark of an object, or of a stranger's."""
    return Mark("cluster", "other" if uid == STRANGER else "team", "ci", f"uid-{uid}")


@cache
def granted(access: int) -> frozenset[PlacedGrant]:
    """What a spec asks for that has been edited so often."""
    return placed("team", (("repository", action) for action in _ACCESS[access]))


@cache
def access_of(grants: frozenset[PlacedGrant]) -> int:
    """After how many edits a spec asks for this."""
    return next(access for access in _ACCESS if granted(access) == grants)


@cache
def desired(resource: Resource) -> Desired:
    return Desired(
        secret_name="ci",
        grants=granted(resource.access),
        lifetime_days=1,
        schedule=SCHEDULE,
        request=resource.request,
        revoke=resource.revoke,
        disabled=resource.disabled,
        strategy=RotationStrategy.REFRESH if resource.refreshes else RotationStrategy.REPLACE,
    )


@cache
def listed(account: Account) -> HarborRobot:
    return HarborRobot(
        id=account.id,
        name=full_name(account.n),
        description=mark(account.owner).text(),
        created_at=instant(account.created),
        expires_at=instant(account.created + LIFETIME),
        disabled=not account.enabled,
        grants=granted(account.access),
        lifetime_days=1,
    )
