"""HarborRobot: the ledger, the user's Secret, and the robots in Harbor."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from harbor_operator.api.robot import (
    ROBOTS,
    RobotDeletionPolicy,
    RobotSpec,
    RobotStatus,
    RotationRecord,
    RotationResult,
)
from harbor_operator.api.values import format_time
from harbor_operator.core.conditions import is_ready
from harbor_operator.core.grants import SYSTEM, Level
from harbor_operator.core.ownership import Mark
from harbor_operator.core.permissions import level_in_harbor, registry_access
from harbor_operator.core.plan import Plan
from harbor_operator.core.robot.actions import (
    Action,
    DeleteRobot,
    Hold,
    JoinLine,
    Mint,
    NewSecret,
    NotePrevious,
    NoteWithdrawal,
    ReleaseRobot,
    ReleaseSecret,
    RemoveLedger,
    RemoveSecret,
    SetSecret,
    SwitchRobot,
    UpdateRobot,
    WriteLedger,
    WriteSecret,
)
from harbor_operator.core.robot.facts import (
    Desired,
    Handshake,
    HarborRobot,
    Observed,
    Previous,
    Recorded,
    RobotName,
)
from harbor_operator.core.robot.ledger import Cause, Credential, Ledger, Revokes
from harbor_operator.core.robot.plan import plan
from harbor_operator.core.robot.report import failure_of, with_record
from harbor_operator.core.robot.rights import ProjectState
from harbor_operator.core.specs import desired_robot, projects_of, robot_base
from harbor_operator.core.tenancy import TenantRule
from harbor_operator.engine.catch_up import turn_of
from harbor_operator.engine.context import Ports
from harbor_operator.engine.events import EventReason
from harbor_operator.engine.kinds.robot_access import Access, read_access
from harbor_operator.engine.kinds.robot_accounts import RobotAccounts, known_ids
from harbor_operator.engine.kinds.robot_renewal import Renewal
from harbor_operator.engine.kinds.robot_secrets import RobotSecrets
from harbor_operator.engine.kinds.tenancy import tenant_rule
from harbor_operator.engine.objects import LiveObject

_ACCOUNT, _DISABLED = "account", "disabled"
"""What stands for a robot's permissions and mark, and for its switch, among the blocks that
drift."""


class RobotCase:
    """One reconcile of a robot."""

    def __init__(self, live: LiveObject[RobotSpec, RobotStatus], ports: Ports) -> None:
        self._live = live
        self._ports = ports
        self._connection = ports.connections.require(
            live.parsed.spec.connection_ref.name, deleting=live.parsed.deleting
        )
        self._harbor = self._connection.client
        self._own = Mark(ports.cluster_id, live.namespace, live.name, live.uid)
        self._secrets = RobotSecrets(live, ports, self._connection)
        self._renewal = Renewal(live.uid, self._connection, self._secrets)
        self._base = robot_base(live.parsed, ports.cluster_id)
        self._accounts = RobotAccounts(self._connection, self._own, self._base)
        self._rule: TenantRule | None = None
        self._access: Access | None = None
        self._minted: HarborRobot | None = None
        """The first robot of the object, made by this reconcile, as Harbor answered."""

    async def observe(self) -> Observed:
        """Read in the protocol's order: the object and its Secrets, then Harbor, then handshakes.

        Harbor before Kubernetes would act on a torn picture.
        """
        if self._live.parsed.status.observed_generation >= 0:
            await self._live.refresh()
        self._rule = await tenant_rule(self._ports, self._connection, self._live.namespace)
        access = await self._read_access()
        secrets = await self._secrets.read(fresh=self._must_be_fresh())
        name = self._name_by(access)
        robots = await self._robots(name, access, secrets.ledger)
        handshakes = await self._handshakes(robots, secrets.ledger)
        recorded = self._recorded()
        return Observed(
            own=self._own,
            held=self._live.held,
            rule=self._rule,
            project=access.state,
            projects=access.named,
            name=name,
            recorded=recorded,
            ledger=secrets.ledger,
            ledger_lost=secrets.ledger_lost,
            ledger_foreign=secrets.ledger_foreign,
            target=secrets.target,
            followers=secrets.followers,
            robots=robots,
            handshakes=handshakes,
            refreshed=self._renewal.heard(secrets.ledger, handshakes),
            secret_set=self._renewal.secret_set,
            place=self._renewal.place(secrets.ledger, recorded),
            fleet=self._renewal.fleet(),
            can_update=self._connection.can_update_robots,
            catalogue=self._connection.catalogue,
            retain=self._live.parsed.spec.deletion_policy is RobotDeletionPolicy.RETAIN,
            token_lifetime=self._connection.token_lifetime,
            turn=await self._turn(),
        )

    def decide(self, observed: Observed) -> Plan[Action]:
        """The core's plan."""
        desired = None if self._live.parsed.deleting else self._desired()
        return plan(desired, observed, self._harbor.clock.now())

    def seconds_until(self, plan: Plan[Action]) -> float | None:
        """Seconds until the recheck, by Harbor's clock, and a second more for its resolution."""
        if plan.recheck_at is None:
            return None
        return (plan.recheck_at - self._harbor.clock.now() + timedelta(seconds=1)).total_seconds()

    async def act(self, action: Action) -> None:
        """Carry out one action."""
        match action:
            case Hold():
                await self._live.hold()
            case Mint():
                await self._mint(action)
            case WriteLedger() | WriteSecret() | ReleaseSecret() | RemoveSecret() | RemoveLedger():
                await self._write_secret(action)
            case JoinLine() | NewSecret() | SetSecret() | SwitchRobot():
                await self._renew(action)
            case DeleteRobot() | UpdateRobot() | ReleaseRobot():
                await self._change_account(action)
            case NotePrevious():
                await self._note_previous(action)
            case NoteWithdrawal(since):
                await self._live.report({"withdrawnAt": format_time(since)})

    async def _write_secret(
        self, action: WriteLedger | WriteSecret | ReleaseSecret | RemoveSecret | RemoveLedger
    ) -> None:
        match action:
            case WriteLedger(ledger):
                await self._write_ledger(ledger)
            case WriteSecret(credential):
                await self._secrets.write_target(credential)
            case ReleaseSecret():
                await self._secrets.release_target()
            case RemoveSecret():
                await self._secrets.remove_target()
            case RemoveLedger():
                await self._secrets.remove_ledger()

    async def _renew(self, action: JoinLine | NewSecret | SetSecret | SwitchRobot) -> None:
        match action:
            case JoinLine(subject):
                self._renewal.join_line(subject)
            case NewSecret(attempt):
                await self._renewal.make_secret(action)
                self._announce_start(f"A new secret is made: {attempt.cause.value}.")
            case SetSecret(robot):
                await self._renewal.set_secret(action, await self._accounts.reread(robot))
            case SwitchRobot(robot):
                with self._repairing(_DISABLED):
                    await self._renewal.switch(action, await self._accounts.reread(robot))

    async def _change_account(self, action: DeleteRobot | UpdateRobot | ReleaseRobot) -> None:
        match action:
            case DeleteRobot(robot):
                if await self._accounts.delete(robot):
                    note = f"{robot.name} was deleted from Harbor."
                    self._announce(EventReason.ROBOT_DELETED, note)
            case UpdateRobot(robot, grants, description):
                with self._repairing(_ACCOUNT):
                    await self._accounts.update(robot, grants, description)
            case ReleaseRobot(robot):
                await self._accounts.release(robot)

    @contextmanager
    def _repairing(self, block: str) -> Iterator[None]:
        """Count what is put right in Harbor as drift, unless the spec has just been changed."""
        parsed = self._live.parsed
        applied = is_ready(parsed.status.conditions, parsed.metadata.generation)
        blocks = (block,) if applied else ()
        self._ports.meters.drifted(ROBOTS.kind, blocks)
        yield
        self._ports.meters.corrected(ROBOTS.kind, blocks)

    async def _turn(self) -> datetime | None:
        now = self._harbor.clock.now()
        return await turn_of(self._ports, self._connection, self._live.parsed, now)

    def _desired(self) -> Desired:
        names = self._access.names if self._access else {}
        lifetime = self._connection.token_lifetime
        return desired_robot(self._live.parsed, self._rule, lifetime, names)

    def _must_be_fresh(self) -> bool:
        """Whether followers are to be read from the API server: a robot may be deleted for it."""
        return self._live.parsed.deleting or bool(self._live.parsed.status.previous)

    async def _read_access(self) -> Access:
        """What the spec names and may use, read again as long as something of it is not Ready."""
        if self._access is None or self._access.state is not ProjectState.READY:
            self._access = await read_access(
                self._ports,
                self._connection,
                projects_of(self._live.parsed.spec, self._live.namespace),
                namespace=self._live.namespace,
                rule=self._rule,
            )
        return self._access

    def _name_by(self, access: Access) -> RobotName | None:
        """How the robots are called, None while a project is not known by its name in Harbor."""
        if not access.is_complete:
            return None
        if level_in_harbor(self._live.parsed.spec) is Level.SYSTEM:
            return RobotName(None, self._base)
        return RobotName(next(iter(access.names.values())), self._base)

    def _recorded(self) -> Recorded:
        status = self._live.parsed.status
        number = RobotName(None, self._base).number(status.username or "")
        return Recorded(
            robot_id=status.robot_id,
            previous=tuple(
                Previous(entry.n, entry.robot_id, entry.username, entry.since)
                for entry in status.previous
            ),
            numbers=() if number is None else (number,),
            history=status.history,
            withdrawn_at=status.withdrawn_at,
            revoked=Revokes(
                status.last_handled_revoke_at, status.last_handled_connection_revoke_at
            ),
        )

    async def _robots(
        self, name: RobotName | None, access: Access, ledger: Ledger | None
    ) -> tuple[HarborRobot, ...]:
        """Every robot of the base where the spec wants it, and ours wherever they are known."""
        if self._minted is not None and self._only_minted(ledger, self._minted):
            return (self._minted,)
        begun = access.state is ProjectState.READY or ledger or self._live.parsed.deleting
        home = (name.project or SYSTEM) if name and begun else None
        return await self._accounts.read(home, self._known(ledger), ids=access.ids)

    def _known(self, ledger: Ledger | None) -> Iterator[int]:
        """The ids of robots that are or were the object's, by ledger, status and drift pass."""
        yield from (c.robot_id for c in ledger.credentials()) if ledger else ()
        yield from known_ids(self._live.parsed.status)
        yield from self._connection.strays.get(self._live.uid, ())

    def _only_minted(self, ledger: Ledger | None, minted: HarborRobot) -> bool:
        """Whether Harbor need not be read again for the robot that it has just answered.

        The list was read in this reconcile and had nothing of ours, the ledger holds what this
        reconcile has stored, and the handshake that follows asks Harbor about this very robot.
        """
        live = ledger.live if ledger else None
        return live is not None and live.robot_id == minted.id

    async def _handshakes(
        self, robots: tuple[HarborRobot, ...], ledger: Ledger | None
    ) -> Mapping[int, Handshake]:
        shown: dict[int, Handshake] = {}
        by_id = {robot.id: robot for robot in robots}
        for credential in self._renewal.to_show(ledger):
            robot = by_id.get(credential.robot_id)
            if robot is None or robot.disabled:
                continue
            if robot.name == credential.username and not robot.expired(self._harbor.clock.now()):
                shown[robot.id] = await self._connection.handshakes.show(
                    credential.username,
                    credential.password,
                    wanted=registry_access(robot.grants, robot.level),
                )
        return shown

    async def _write_ledger(self, ledger: Ledger) -> None:
        before = self._secrets.ledger
        await self._secrets.write_ledger(ledger)
        failure = failure_of(before, ledger, self._harbor.clock.now())
        if failure is not None:
            await self._note_failure(failure)
        if ledger.attempt is not None and ledger.live is not None and ledger.pending is None:
            self._announce_start(f"A new robot is made: {ledger.attempt.cause.value}.")
        elif before.pending is not None and ledger.live == before.pending:
            self._announce(EventReason.ROTATION_SUCCEEDED, _success(before.pending))

    async def _note_failure(self, failure: RotationRecord) -> None:
        """Tell at once what no later look could know of."""
        history = with_record(self._live.parsed.status.history, failure)
        await self._live.report({"history": [entry.to_wire() for entry in history]})
        if failure.result is RotationResult.FAILED:
            note = f"What was made ({failure.reason}) did not work, and the one before stays."
            self._announce(EventReason.ROTATION_FAILED, note, warning=True)

    async def _mint(self, action: Mint) -> None:
        """Create the robot and store its secret; on any failure the secret is forgotten."""
        robot, credential = await self._accounts.create(action)
        await self._secrets.write_ledger(action.ledger.store(credential))
        if action.ledger.live is None and not action.attempt.lost:
            self._minted = robot

    async def _note_previous(self, action: NotePrevious) -> None:
        entries = [
            {
                "n": previous.n,
                "robotID": previous.robot_id,
                "username": previous.username,
                "since": format_time(previous.since),
                "removeAfter": format_time(previous.remove_after or previous.since),
            }
            for previous in action.previous
        ]
        await self._live.report({"robotID": action.robot_id, "previous": entries})

    def _announce_start(self, note: str) -> None:
        self._announce(EventReason.ROTATION_STARTED, note)

    def _announce(self, reason: EventReason, note: str, *, warning: bool = False) -> None:
        self._ports.recorder.record(self._live.id, self._live.uid, reason, note, warning=warning)


def _success(credential: Credential) -> str:
    if credential.edition > 1:
        return f"{credential.username} has a new secret, and the old one is refused."
    end = "is deleted" if credential.cause is Cause.REVOKED else "works until the overlap ends"
    return f"{credential.username} serves now; the one before {end}."
