"""Robots as tests of decisions see them: a healthy one, of which a test changes what matters."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from harbor_operator.core.grants import Level, PlacedGrant
from harbor_operator.core.namespaces import Selection
from harbor_operator.core.ownership import Mark
from harbor_operator.core.robot.actions import Action, Mint, WriteLedger
from harbor_operator.core.robot.facts import (
    Answer,
    Desired,
    Handshake,
    HarborRobot,
    Observed,
    Previous,
    Recorded,
    RobotName,
    Target,
    TargetState,
)
from harbor_operator.core.robot.ledger import Attempt, Cause, Credential, Ledger
from harbor_operator.core.robot.protocol import View
from harbor_operator.core.robot.rights import NamedProject, ProjectState
from harbor_operator.core.robot.schedule import Schedule
from harbor_operator.core.secret import Secret
from harbor_operator.core.tenancy import AccessLevel, TenantRule

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OVERLAP = timedelta(hours=1)
OWN = Mark("cluster", "team", "ci", "uid-1")
STRANGER = Mark("cluster", "other", "ci", "uid-9")
NAME = RobotName("team", "ci-0a1b2")
PULL: frozenset[PlacedGrant] = frozenset({("team", "repository", "pull")})
PULL_PUSH: frozenset[PlacedGrant] = PULL | {("team", "repository", "push")}
RULE = TenantRule(
    namespaces=Selection(names=("team",)),
    projects=("{namespace}", "{namespace}.*"),
    max_access=AccessLevel.PULL_PUSH,
)
TEAM_PROJECT = NamedProject("team", ProjectState.READY, "team", AccessLevel.PULL_PUSH)
"""The one HarborProject that the spec names."""
WORKS = Handshake(Answer.WORKS)
UNCLEAR = Handshake(Answer.UNCLEAR)
REFUSED_LONG_AGO = Handshake(Answer.REFUSED, NOW - timedelta(minutes=5))
IN_LINE = Target(TargetState.IN_LINE, "robot$team+ci-0a1b2-1")
"""The user's Secret while it holds credential 1."""


def full_name(n: int) -> str:
    """Robot n's user name."""
    return f"robot$team+ci-0a1b2-{n}"


def robot(n: int = 1) -> HarborRobot:
    """Robot n of the object `OWN`: ten days old, of ninety, id 100 + n."""
    created = NOW - timedelta(days=10)
    return HarborRobot(
        id=100 + n,
        name=full_name(n),
        description=OWN.text(),
        created_at=created,
        expires_at=created + timedelta(days=90),
        disabled=False,
        grants=PULL,
        lifetime_days=90,
    )


def credential(n: int = 1) -> Credential:
    """The login of `robot` n."""
    return Credential(
        n=n,
        robot_id=100 + n,
        username=full_name(n),
        password=Secret(f"password-{n}"),
        minted_at=NOW - timedelta(days=10),
    )


DESIRED = Desired(
    secret_name="ci",
    grants=PULL,
    lifetime_days=90,
    schedule=Schedule(lifetime=timedelta(days=90), overlap=OVERLAP),
)
ENDLESS = replace(DESIRED, lifetime_days=-1, schedule=replace(DESIRED.schedule, lifetime=None))
"""A robot that never expires, and that nothing replaces by itself."""
"""A robot that may pull, lives ninety days and overlaps by an hour."""

AT_REST = Observed(
    own=OWN,
    held=True,
    rule=RULE,
    project=ProjectState.READY,
    projects=(TEAM_PROJECT,),
    name=NAME,
    recorded=Recorded(robot_id=101, numbers=(1,)),
    ledger=Ledger(live=credential(1)),
    target=IN_LINE,
    robots=(robot(1),),
    handshakes={101: WORKS, 102: WORKS},
)
"""Robot 1 is live, proven, in the user's Secret and in the status."""

UNMADE = replace(
    AT_REST,
    recorded=Recorded(),
    ledger=None,
    target=Target(TargetState.ABSENT),
    robots=(),
    handshakes={},
)
"""Nothing has been done for the robot yet."""

ROTATING = replace(
    AT_REST,
    ledger=Ledger(live=credential(1), pending=credential(2), attempt=Attempt(2)),
    robots=(robot(1), robot(2)),
)
"""Robot 1 is live, robot 2 is pending and proven."""

ROTATED = replace(
    AT_REST,
    ledger=Ledger(live=credential(2)),
    target=Target(TargetState.IN_LINE, full_name(2)),
    robots=(robot(1), robot(2)),
)
"""Robot 2 is live and everywhere, robot 1 still lives and is in no note yet."""


def attempting(n: int = 2, *, lost: tuple[int, ...] = ()) -> Observed:
    """Robot 1 is live, and an attempt to make robot n is open."""
    return replace(AT_REST, ledger=Ledger(live=credential(1), attempt=Attempt(n, lost=lost)))


def noted(since: datetime, n: int = 1) -> Recorded:
    """The status after robot n was replaced by robot 2."""
    previous = Previous(n, 100 + n, full_name(n), since)
    return Recorded(robot_id=102, previous=(previous,), numbers=(1,))


def view(seen: Observed, desired: Desired = DESIRED) -> View:
    """One look at noon of `NOW`."""
    return View(desired, seen, NAME, NOW)


def mint(ledger: Ledger, grants: frozenset[PlacedGrant] = PULL) -> Mint:
    """Make the robot of the ledger's attempt, as the spec wants it."""
    assert ledger.attempt is not None
    return Mint(
        attempt=ledger.attempt,
        ledger=ledger,
        local_name=NAME.local(ledger.attempt.n),
        level=Level.PROJECT,
        description=OWN.text(),
        grants=grants,
        lifetime_days=90,
    )


def beginning(ledger: Ledger, grants: frozenset[PlacedGrant] = PULL) -> tuple[Action, ...]:
    """Note the intent, and make the robot after it."""
    return (WriteLedger(ledger), mint(ledger, grants))


def begun(n: int, cause: Cause, token: str | None = None) -> Ledger:
    """Robot 1 stays live while robot n is made."""
    return Ledger(live=credential(1), attempt=Attempt(n, cause, token))
