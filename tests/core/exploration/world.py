"""A small Harbor, a small Kubernetes, and a look at both as the operator takes it.

Time counts in minutes. A robot lives for a day, is due after half a day and overlaps by half an
hour, so that every deadline of the protocol lies within a few steps.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from harbor_operator.core.namespaces import Selection
from harbor_operator.core.ownership import Mark
from harbor_operator.core.plan import Plan
from harbor_operator.core.robot.actions import Action
from harbor_operator.core.robot.facts import (
    Answer,
    Desired,
    Handshake,
    HarborRobot,
    Observed,
    ProjectState,
    Recorded,
    RobotName,
    Target,
    TargetState,
)
from harbor_operator.core.robot.ledger import Credential, Ledger
from harbor_operator.core.robot.plan import plan
from harbor_operator.core.robot.schedule import Schedule
from harbor_operator.core.tenancy import Grant, TenantRule

LIFETIME, DUE, OVERLAP = 1440, 720, 30

OWN = Mark("cluster", "team", "ci", "uid-1")
STRANGER = Mark("cluster", "other", "ci", "uid-2")
NAME = RobotName("team", "ci")
GRANTS: frozenset[Grant] = frozenset({("repository", "pull")})
RULE = TenantRule(Selection(names=("team",)), ("team",))
DESIRED = Desired(
    secret_name="ci",
    grants=GRANTS,
    lifetime_days=1,
    schedule=Schedule(
        every=timedelta(minutes=DUE),
        lifetime=timedelta(minutes=LIFETIME),
        overlap=timedelta(minutes=OVERLAP),
    ),
)
_UNREPORTED = Recorded()
_START = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def instant(minute: int) -> datetime:
    """A minute of the model on the calendar."""
    return _START + timedelta(minutes=minute)


def minute_of(moment: datetime) -> int:
    """The first minute of the model at which a moment has come."""
    return -((_START - moment) // timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Login:
    """What a Secret holds: whose password, and which one of the robot's passwords."""

    robot_id: int
    n: int
    version: str

    @property
    def username(self) -> str:
        """Whom it logs in as."""
        return full_name(self.n)


@dataclass(frozen=True, slots=True)
class Account:
    """One robot account in Harbor."""

    id: int
    n: int
    created: int
    ours: bool = True
    version: str = "first"
    """Which password works; a person can set another one."""
    enabled: bool = True
    left: int | None = None
    """When a Secret last held it, as far as none does now."""

    def accepts(self, login: Login, now: int) -> bool:
        """Whether Harbor lets the login in."""
        same = (login.robot_id, login.n, login.version) == (self.id, self.n, self.version)
        return same and self.usable(now)

    def usable(self, now: int) -> bool:
        """Whether it is switched on and has not expired."""
        return self.enabled and now < self.created + LIFETIME


@dataclass(frozen=True, slots=True)
class Scene:
    """Harbor, Kubernetes, and what the serving operator remembers."""

    now: int = 0
    accounts: tuple[Account, ...] = ()
    made: int = 0
    """How many accounts there have ever been; Harbor never uses an id twice."""
    ledger: Ledger | None = None
    target: Login | None = None
    follower: Login | None = None
    """The one pull secret."""
    status: Recorded = _UNREPORTED
    request: str | None = None
    refused: tuple[tuple[str, int], ...] = ()
    """The operator's memory: since when Harbor refuses a user name."""

    def account(self, robot_id: int) -> Account | None:
        """The account of an id."""
        return next((account for account in self.accounts if account.id == robot_id), None)

    def ours(self) -> list[Account]:
        """The accounts that carry our mark."""
        return [account for account in self.accounts if account.ours]

    def logins(self) -> list[Login]:
        """What the Secrets hold."""
        return [login for login in (self.target, self.follower) if login is not None]

    def works(self, credential: Credential | None) -> bool:
        """Whether Harbor would let a credential in, as only the model can know."""
        if credential is None:
            return False
        account = self.account(credential.robot_id)
        return account is not None and account.accepts(login_of(credential), self.now)

    def is_sound(self, credential: Credential) -> bool:
        """Whether a credential is ours and works, or would if nobody had switched it off."""
        account = self.account(credential.robot_id)
        if account is None or not account.ours:
            return False
        return replace(account, enabled=True).accepts(login_of(credential), self.now)

    def put(self, changed: Account) -> "Scene":
        """The scene with one account changed."""
        accounts = tuple(changed if a.id == changed.id else a for a in self.accounts)
        return replace(self, accounts=accounts)

    def without(self, robot_id: int) -> "Scene":
        """The scene without one account."""
        return replace(self, accounts=tuple(a for a in self.accounts if a.id != robot_id))

    def add(self, n: int, *, ours: bool) -> "Scene":
        """The scene with a new account."""
        made = self.made + 1
        account = Account(made, n, self.now, ours=ours)
        return replace(self, made=made, accounts=(*self.accounts, account))


@dataclass(frozen=True, slots=True)
class KubeView:
    """The half of a look that comes first: what Kubernetes holds."""

    ledger: Ledger | None
    target: Login | None
    follower: Login | None
    status: Recorded
    request: str | None


def read_kubernetes(scene: Scene) -> KubeView:
    """Read the object, the ledger and the Secrets."""
    return KubeView(scene.ledger, scene.target, scene.follower, scene.status, scene.request)


def full_name(n: int) -> str:
    """Robot n's user name."""
    return f"robot$team+ci-{n}"


def login_of(credential: Credential) -> Login:
    """What a Secret holds that was written from a credential."""
    return Login(credential.robot_id, credential.n, credential.password.reveal())


@cache
def _listed(account: Account) -> HarborRobot:
    return HarborRobot(
        id=account.id,
        name=full_name(account.n),
        description=(OWN if account.ours else STRANGER).text(),
        created_at=instant(account.created),
        expires_at=instant(account.created + LIFETIME),
        disabled=not account.enabled,
        grants=GRANTS,
        lifetime_days=1,
    )


def _shake_hands(
    scene: Scene, ledger: Ledger | None
) -> tuple[dict[int, Handshake], tuple[tuple[str, int], ...]]:
    """Show the ledger's credentials to Harbor; the handshakes, and what is remembered of them."""
    shown: dict[int, Handshake] = {}
    memory = dict(scene.refused)
    for credential in (ledger.live, ledger.pending) if ledger else ():
        account = scene.account(credential.robot_id) if credential else None
        if credential is None or account is None or not account.usable(scene.now):
            continue
        if scene.works(credential):
            memory.pop(credential.username, None)
            shown[account.id] = Handshake(Answer.WORKS)
        else:
            since = memory.setdefault(credential.username, scene.now)
            shown[account.id] = Handshake(Answer.REFUSED, instant(since))
    return shown, tuple(sorted(memory.items()))


def _target(login: Login | None, ledger: Ledger | None) -> Target:
    if login is None:
        return Target(TargetState.ABSENT)
    live = ledger.live if ledger else None
    same = live is not None and login_of(live) == login
    return Target(TargetState.IN_LINE if same else TargetState.BEHIND, login.username)


def decide(scene: Scene, kube: KubeView) -> tuple[Plan[Action], tuple[tuple[str, int], ...]]:
    """Read Harbor after Kubernetes and let the shipped plan decide; also the new memory."""
    handshakes, memory = _shake_hands(scene, kube.ledger)
    observed = Observed(
        own=OWN,
        held=True,
        rule=RULE,
        project=ProjectState.READY,
        name=NAME,
        recorded=kube.status,
        ledger=kube.ledger,
        ledger_lost=kube.ledger is None and kube.status.robot_id is not None,
        target=_target(kube.target, kube.ledger),
        followers=() if kube.follower is None else (kube.follower.username,),
        robots=tuple(_listed(account) for account in scene.accounts),
        handshakes=handshakes,
    )
    return plan(replace(DESIRED, request=kube.request), observed, instant(scene.now)), memory
