"""The rotation protocol: which effect comes next, the first rule that applies.

These rules were model-checked against crashes around every effect, lost answers, a frozen
operator that later finishes an old effect, people who delete or edit what they can, restored
backups and stepping clocks. Change one only together with the exploration in ``tests/core``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from harbor_operator.core.robot.actions import (
    Action,
    DeleteRobot,
    Mint,
    NotePrevious,
    UpdateRobot,
    WriteLedger,
    WriteSecret,
)
from harbor_operator.core.robot.facts import (
    Desired,
    HarborRobot,
    Observed,
    Previous,
    RobotName,
    TargetState,
)
from harbor_operator.core.robot.ledger import Attempt, Cause, Credential, Ledger
from harbor_operator.core.robot.proof import Proof, prove
from harbor_operator.core.robot.schedule import begins_at

REPAIR_PAUSE = timedelta(seconds=60)
"""A credential that was proven bad is replaced no sooner after it was made: a Harbor that loses
every robot at once must not be answered with robots in a row."""

HOLDER_PATIENCE = timedelta(hours=24)
"""A target that cannot be written keeps the old robot alive for this long, then it goes."""

_WAIT: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """One look at a robot whose name in Harbor is known."""

    desired: Desired
    observed: Observed
    name: RobotName
    now: datetime

    @property
    def ledger(self) -> Ledger:
        """The ledger, an empty one where there is none yet."""
        return self.observed.ledger or Ledger()

    def proof(self, credential: Credential | None) -> Proof | None:
        """What is known of a credential of the ledger."""
        if credential is None:
            return None
        return prove(
            credential,
            self.observed.robot(credential.robot_id),
            self.observed.handshakes.get(credential.robot_id),
            own=self.observed.own,
            name=self.name,
            now=self.now,
        )

    @property
    def live_robot(self) -> HarborRobot | None:
        """The robot that serves, None while none is proven to."""
        live = self.ledger.live
        return self.observed.robot(live.robot_id) if live else None

    def old_robots(self) -> list[HarborRobot]:
        """Ours that are neither live nor pending nor the attempt's."""
        ledger = self.ledger
        kept = {credential.robot_id for credential in ledger.credentials()}
        attempted = ledger.attempt.n if ledger.attempt else None
        return [
            robot
            for robot in self.observed.ours()
            if robot.id not in kept and self.name.number(robot.name) != attempted
        ]

    def everywhere_live(self) -> bool:
        """Whether every managed Secret holds the live credential, or its time to do so is over."""
        live = self.ledger.live
        if live is None or self.observed.target.state is not TargetState.IN_LINE:
            return False
        delivered = all(name == live.username for name in self.observed.followers)
        return delivered or self.now - live.minted_at >= HOLDER_PATIENCE

    def cause(self) -> Cause | None:
        """Why the live credential should be replaced, None when it should not."""
        live, robot = self.ledger.live, self.live_robot
        proof = self.proof(live)
        if proof is not None and proof.proven_bad:
            return Cause.INVALID
        if proof is not Proof.WORKS or robot is None:
            return None
        if self.desired.request not in {None, self.ledger.handled}:
            return Cause.REQUESTED
        if needs_replacement(self.desired, robot, can_update=self.observed.can_update):
            return Cause.CHANGED
        due = self.due(robot)
        return Cause.DUE if due is not None and due <= self.now else None

    def due(self, robot: HarborRobot) -> datetime | None:
        """When the robot is replaced by itself, None for never."""
        key = self.observed.own.uid
        begins = begins_at(self.desired.schedule, robot.created_at, key, self.now)
        if begins is None or self.observed.turn is None:
            return begins
        return max(begins, self.observed.turn)


def next_actions(view: View) -> tuple[Action, ...]:
    """The next effects, none when the robot is at rest."""
    for rule in RULES:
        actions = rule(view)
        if actions is not None:
            return actions
    return _WAIT


def needs_replacement(desired: Desired, robot: HarborRobot, *, can_update: bool) -> bool:
    """Whether the spec changed in a way that no update of this robot can follow.

    Harbor counts an expiry from creation, so another lifetime always means another robot.
    """
    if robot.lifetime_days != desired.lifetime_days:
        return True
    return robot.grants != desired.grants and not can_update


def _open_ledger(view: View) -> tuple[Action, ...] | None:
    if view.ledger.live or view.ledger.pending or view.ledger.attempt:
        return None
    lost = view.observed.ledger_lost or any(view.observed.ours())
    return _begin(view, Cause.LEDGER_LOST if lost else Cause.CREATED)


def _settle_pending(view: View) -> tuple[Action, ...] | None:
    pending = view.ledger.pending
    match view.proof(pending):
        case None:
            return None
        case Proof.WORKS:
            return (WriteLedger(view.ledger.promote()),)
        case Proof.MISSING | Proof.EXPIRED | Proof.REFUSED | Proof.RENAMED:
            attempt = view.ledger.attempt
            return _begin(view, attempt.cause if attempt else Cause.INVALID)
        case Proof.DISABLED | Proof.UNCLEAR:
            # It waits, and the live credential is served meanwhile; `_rotate` begins nothing.
            return None


def _carry_out_attempt(view: View) -> tuple[Action, ...] | None:
    attempt = view.ledger.attempt
    if attempt is None or view.ledger.pending is not None:
        return None
    if any(view.name.number(robot.name) == attempt.n for robot in view.observed.robots):
        n = view.observed.next_number(view.name)
        return (WriteLedger(view.ledger.fence(n, view.desired.request)),)
    lost = _lost_robots(view, attempt)
    if lost:
        return tuple(DeleteRobot(robot) for robot in lost)
    return (_mint(view, attempt, view.ledger),)


def _lost_robots(view: View, attempt: Attempt) -> list[HarborRobot]:
    """Ours whose answer nobody can store any more.

    A robot that a Secret holds, or that has a successor, is none of them: it has served, by a
    ledger that is gone, and keeps its overlap as an old robot.
    """
    numbered = {robot.id: view.name.number(robot.name) or 0 for robot in view.observed.ours()}
    newest = max((n for n in numbered.values() if n not in attempt.lost), default=0)
    held = frozenset(view.observed.usernames())
    return [
        robot
        for robot in view.observed.ours()
        if numbered[robot.id] in attempt.lost
        and numbered[robot.id] > newest
        and robot.name not in held
    ]


def _serve_live(view: View) -> tuple[Action, ...] | None:
    live, robot = view.ledger.live, view.live_robot
    if live is None or robot is None:
        return None
    match view.proof(live):
        case Proof.RENAMED:
            return (WriteLedger(view.ledger.renamed(robot.name)),)
        case Proof.WORKS if view.observed.target.state is not TargetState.IN_LINE:
            return (WriteSecret(live),)
        case Proof.WORKS if robot.grants != view.desired.grants and view.observed.can_update:
            if robot.lifetime_days == view.desired.lifetime_days:
                return (UpdateRobot(robot, view.name.project, view.desired.grants),)
            return None
        case _:
            return None


def _clean_up(view: View) -> tuple[Action, ...] | None:
    live = view.ledger.live
    if live is None or view.proof(live) is not Proof.WORKS or not view.everywhere_live():
        return None
    held = frozenset(view.observed.usernames())
    patient = view.now - live.minted_at < HOLDER_PATIENCE
    free = [r for r in view.old_robots() if not (patient and r.name in held)]
    entries = {robot.id: _entry(view, live, robot) for robot in free}
    recorded = view.observed.recorded
    noted = set(entries.values()) <= set(recorded.previous)
    if entries and (not noted or recorded.robot_id != live.robot_id):
        return (NotePrevious(live.robot_id, tuple(entries.values())),)
    over = [r for r in free if entries[r.id].since + view.desired.overlap <= view.now]
    return tuple(DeleteRobot(robot) for robot in over) or None


def _entry(view: View, live: Credential, robot: HarborRobot) -> Previous:
    recorded = view.observed.recorded
    for previous in recorded.previous:
        trusted = previous.since <= view.now and recorded.robot_id == live.robot_id
        if previous.robot_id == robot.id and trusted:
            return previous
    n = view.name.number(robot.name) or 0
    return Previous(n, robot.id, robot.name, view.now.replace(microsecond=0))


def _rotate(view: View) -> tuple[Action, ...] | None:
    live, cause = view.ledger.live, view.cause()
    if live is None or cause is None or view.ledger.pending is not None:
        return None
    if cause is Cause.INVALID:
        paused = view.now - live.minted_at < REPAIR_PAUSE
        return None if paused else _begin(view, cause)
    return None if view.old_robots() else _begin(view, cause)


def _begin(view: View, cause: Cause) -> tuple[Action, ...]:
    """Write the attempt, and carry it out at once.

    Harbor was read before the ledger's swap: nobody else can have begun in between without
    making the swap fail, and a robot of that name made meanwhile makes the POST fail.
    """
    n = view.observed.next_number(view.name)
    ledger = view.ledger.begin(n, cause, view.desired.request)
    return (WriteLedger(ledger), _mint(view, Attempt(n, cause, view.desired.request), ledger))


def _mint(view: View, attempt: Attempt, ledger: Ledger) -> Mint:
    return Mint(
        attempt=attempt,
        ledger=ledger,
        local_name=view.name.local(attempt.n),
        project=view.name.project,
        description=view.observed.own.text(),
        grants=view.desired.grants,
        lifetime_days=view.desired.lifetime_days,
    )


RULES: tuple[Callable[[View], tuple[Action, ...] | None], ...] = (
    _open_ledger,
    _settle_pending,
    _carry_out_attempt,
    _serve_live,
    _clean_up,
    _rotate,
)
"""In order; each gives the effects, nothing to wait, or None when it does not apply."""
