"""A small Harbor and a small Kubernetes."""

from dataclasses import dataclass
from typing import NamedTuple

from harbor_operator.core.robot.facts import Recorded
from harbor_operator.core.robot.ledger import Credential, Ledger
from tests.core.exploration.logins import STRANGER, Account, Login, login_of, password_of

_UNREPORTED = Recorded()


class Resource(NamedTuple):
    """The HarborRobot."""

    uid: int = 1
    held: bool = False
    """Whether the finalizer is on it."""
    deleting: bool = False
    access: int = 1
    """What its spec asks for; every edit asks for something else."""
    request: str | None = None
    revoke: str | None = None
    refreshes: bool = False
    """Whether its strategy is Refresh."""
    disabled: bool | None = None
    status: Recorded = _UNREPORTED


@dataclass(frozen=True, slots=True)
class Garbled:
    """A ledger's Secret that a person has written something else into."""


Sheet = Ledger | Garbled
"""What the Secret of the ledger holds."""


class Scene(NamedTuple):
    """Harbor, Kubernetes, and what the serving operator remembers."""

    now: int = 0
    """Harbor's clock."""
    skew: int = 0
    """By how much the local clock of whoever serves is ahead of it."""
    accounts: tuple[Account, ...] = ()
    ids: int = 0
    """The last id that Harbor has given."""
    stamps: int = 0
    """How many accounts and passwords there have ever been."""
    has_user: bool = False
    """Whether the connection logs in as a user, who may change robots."""
    resource: Resource | None = Resource()
    uids: int = 1
    """How many objects of this name there have ever been."""
    sheet: Sheet | None = None
    target: Login | None = None
    is_ours: bool = True
    """Whether the user's Secret carries our label, as far as it is there."""
    follower: Login | None = None
    """The one pull secret."""
    refused: tuple[tuple[Login, int], ...] = ()
    """The operator's memory: since when Harbor refuses a login."""

    @property
    def ledger(self) -> Ledger | None:
        """The ledger, as far as it can be read."""
        return self.sheet if isinstance(self.sheet, Ledger) else None

    @property
    def live(self) -> Credential | None:
        """The credential that serves."""
        return self.sheet.live if isinstance(self.sheet, Ledger) else None

    def account(self, robot_id: int) -> Account | None:
        """The account of an id."""
        for account in self.accounts:
            if account.id == robot_id:
                return account
        return None

    def ours(self) -> list[Account]:
        """The accounts that carry our object's mark."""
        uid = self.resource.uid if self.resource else None
        return [account for account in self.accounts if account.owner == uid]

    def orphans(self) -> list[Account]:
        """The accounts whose mark names an object that is gone."""
        uid = self.resource.uid if self.resource else None
        return [account for account in self.accounts if account.owner not in {STRANGER, uid}]

    def logins(self) -> list[Login]:
        """What the Secrets hold that are ours."""
        target = self.target if self.is_ours else None
        return [login for login in (target, self.follower) if login is not None]

    def holds(self, account: Account) -> bool:
        """Whether a Secret logs in as this account."""
        return (account.id, account.n) in self._held()

    def _held(self) -> set[tuple[int, int]]:
        """Whom the Secrets log in as; after Harbor was restored an id may be another robot's."""
        return {(login.robot_id, login.n) for login in self.logins()}

    def works(self, credential: Credential | None) -> bool:
        """Whether Harbor would let a credential in, as only the model can know."""
        if credential is None:
            return False
        account = self.account(credential.robot_id)
        return account is not None and account.accepts(login_of(credential), self.now)

    def is_sound(self, credential: Credential, now: int) -> bool:
        """Whether a credential is ours and works, or would if nobody had switched it off."""
        account = self.account(credential.robot_id)
        if account is None or self.resource is None or account.owner != self.resource.uid:
            return False
        return account._replace(enabled=True).accepts(login_of(credential), now)

    def put(self, changed: Account) -> "Scene":
        """The scene with one account changed."""
        accounts = tuple(changed if a.id == changed.id else a for a in self.accounts)
        return self._replace(accounts=accounts)

    def without(self, robot_id: int) -> "Scene":
        """The scene without one account."""
        return self._replace(accounts=tuple(a for a in self.accounts if a.id != robot_id))

    def add(self, n: int, owner: int, access: int = 1) -> "Scene":
        """The scene with a new account."""
        stamp = self.stamps + 1
        password = password_of(stamp, stamp)
        account = Account(self.ids + 1, stamp, n, self.now, owner, password, access)
        accounts = (*self.accounts, account)
        return self._replace(accounts=accounts, ids=account.id, stamps=stamp)

    def with_resource(self, resource: Resource) -> "Scene":
        """The scene with another object."""
        return self._replace(resource=resource)

    def with_logins(self, *, target: Login | None, follower: Login | None) -> "Scene":
        """The scene with other Secrets; the accounts note that they were left."""
        changed = self._replace(target=target, follower=follower)
        if self._held() == changed._held():
            return changed
        accounts = (
            a._replace(left=_left(a, held=self.holds(a), now_held=changed.holds(a), now=self.now))
            for a in self.accounts
        )
        return changed._replace(accounts=tuple(accounts))


def _left(account: Account, *, held: bool, now_held: bool, now: int) -> int | None:
    if now_held:
        return None
    return now if held else account.left
