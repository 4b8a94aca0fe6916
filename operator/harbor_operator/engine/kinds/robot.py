"""HarborRobot: the ledger, the user's Secret, and the robots in Harbor."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from harbor_operator.api.project import PROJECTS
from harbor_operator.api.robot import RobotSpec, RobotStatus
from harbor_operator.api.values import format_time
from harbor_operator.core.ownership import Mark
from harbor_operator.core.permissions import registry_actions
from harbor_operator.core.plan import Plan
from harbor_operator.core.project.usable import is_usable
from harbor_operator.core.robot.actions import (
    Action,
    DeleteRobot,
    Hold,
    Mint,
    NotePrevious,
    RemoveLedger,
    RemoveSecret,
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
    ProjectState,
    Recorded,
    RobotName,
)
from harbor_operator.core.robot.ledger import Credential, Ledger
from harbor_operator.core.robot.plan import plan
from harbor_operator.core.secret import Secret
from harbor_operator.core.specs import desired_robot, robot_base
from harbor_operator.core.tenancy import TenantRule
from harbor_operator.engine.catch_up import turn_of
from harbor_operator.engine.context import Ports
from harbor_operator.engine.events import EventReason
from harbor_operator.engine.faults import Outdated
from harbor_operator.engine.kinds.robot_secrets import RobotSecrets
from harbor_operator.engine.kinds.tenancy import tenant_rule
from harbor_operator.engine.objects import LiveObject, kube_resource
from harbor_operator.harbor.errors import Conflict, NotFound
from harbor_operator.harbor.models import Access, Permission, Robot, RobotLevel
from harbor_operator.harbor.robots import NewRobot
from harbor_operator.kube.errors import NotFound as KubeNotFound


class ProjectSeen(NamedTuple):
    """The HarborProject's state, and its project's name and id in Harbor as far as known."""

    state: ProjectState
    name: str | None
    id: int | None


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
        self._rule: TenantRule | None = None
        self._project: ProjectSeen | None = None
        self._minted: HarborRobot | None = None
        """The first robot of the object, made by this reconcile, as Harbor answered."""

    async def observe(self) -> Observed:
        """Read in the protocol's order: the object and its Secrets, then Harbor, then handshakes.

        Harbor before Kubernetes would act on a torn picture.
        """
        if self._live.parsed.status.observed_generation >= 0:
            await self._live.refresh()
        self._rule = await tenant_rule(self._ports, self._connection, self._live.namespace)
        if self._project is None or self._project.state is not ProjectState.READY:
            self._project = await self._read_project()
        state, project, project_id = self._project
        secrets = await self._secrets.read(fresh=self._must_be_fresh())
        name = RobotName(project, self._base()) if project else None
        begun = state is ProjectState.READY or secrets.ledger or self._live.parsed.deleting
        robots = await self._robots(name, project_id, secrets.ledger) if name and begun else ()
        handshakes = await self._handshakes(name, robots, secrets.ledger) if name else {}
        return Observed(
            own=self._own,
            held=self._live.held,
            rule=self._rule,
            project=state,
            name=name,
            recorded=self._recorded(name),
            ledger=secrets.ledger,
            ledger_lost=secrets.ledger_lost,
            ledger_foreign=secrets.ledger_foreign,
            target=secrets.target,
            followers=secrets.followers,
            robots=robots,
            handshakes=handshakes,
            can_update=self._connection.can_update_robots,
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
            case WriteLedger(ledger):
                await self._write_ledger(ledger)
            case Mint():
                await self._mint(action)
            case WriteSecret(credential):
                await self._secrets.write_target(credential)
            case NotePrevious():
                await self._note_previous(action)
            case DeleteRobot(robot):
                await self._delete(robot)
            case UpdateRobot(robot, project, grants):
                await self._update(robot, _permission(project, grants))
            case RemoveSecret():
                await self._secrets.remove_target()
            case RemoveLedger():
                await self._secrets.remove_ledger()

    async def _turn(self) -> datetime | None:
        now = self._harbor.clock.now()
        return await turn_of(self._ports, self._connection, self._live.parsed, now)

    def _desired(self) -> Desired:
        return desired_robot(self._live.parsed, self._rule, self._connection.token_lifetime)

    def _base(self) -> str:
        return robot_base(self._live.parsed, self._ports.cluster_id)

    def _must_be_fresh(self) -> bool:
        """Whether followers are to be read from the API server: a robot may be deleted for it."""
        return self._live.parsed.deleting or bool(self._live.parsed.status.previous)

    async def _read_project(self) -> ProjectSeen:
        """Read the HarborProject."""
        ref = self._live.parsed.spec.access[0].project_ref.name
        try:
            body = await self._ports.kube.get(
                kube_resource(PROJECTS), ref, namespace=self._live.namespace
            )
        except KubeNotFound:
            return ProjectSeen(ProjectState.MISSING, await self._remembered_project(), None)
        project = PROJECTS.parse(body)
        usable = is_usable(project.status, project.metadata.generation)
        state = ProjectState.READY if usable else ProjectState.NOT_READY
        name = project.spec.name_in_harbor(ref)
        return ProjectSeen(state, name, project.status.project_id)

    async def _remembered_project(self) -> str | None:
        """The project of the robot that the status reports; marks decide what is ours."""
        status = self._live.parsed.status
        known = self._connection.project_of(status.username or "")
        if known is not None or status.robot_id is None:
            return known
        robot = await self._harbor.robots.get(status.robot_id)
        return next((p.namespace for p in robot.permissions), None) if robot else None

    def _recorded(self, name: RobotName | None) -> Recorded:
        status = self._live.parsed.status
        number = name.number(status.username) if name and status.username else None
        return Recorded(
            robot_id=status.robot_id,
            previous=tuple(
                Previous(entry.n, entry.robot_id, entry.username, entry.since)
                for entry in status.previous
            ),
            numbers=() if number is None else (number,),
            history=status.history,
        )

    async def _robots(
        self, name: RobotName, project_id: int | None, ledger: Ledger | None
    ) -> tuple[HarborRobot, ...]:
        """Every robot of the base; those of the ledger by their id where the list lacks them."""
        if self._minted is not None and self._only_minted(ledger, self._minted):
            return (self._minted,)
        id_ = project_id if project_id is not None else await self._project_id(name.project)
        listed = [] if id_ is None else await self._list(id_, name)
        robots = {robot.id: robot for robot in map(_seen, listed)}
        for credential in ledger.credentials() if ledger else ():
            if credential.robot_id not in robots:
                robot = await self._harbor.robots.get(credential.robot_id)
                if robot is not None:
                    robots[robot.id] = _seen(robot)
        return tuple(robots.values())

    async def _list(self, project_id: int, name: RobotName) -> list[Robot]:
        listed = await self._harbor.robots.list_project(
            project_id, name_contains=f"{name.project}+{name.base}-"
        )
        ours = [robot for robot in listed if name.number(robot.name) is not None]
        for robot in ours:
            self._learn_prefix(name, robot.name)
        return ours

    def _learn_prefix(self, name: RobotName, username: str) -> None:
        """Take in what Harbor puts before names: its configuration is for administrators only."""
        number = name.number(username)
        if number is not None:
            suffix = f"{name.project}+{name.local(number)}"
            self._connection.robot_prefix = username.removesuffix(suffix)

    def _only_minted(self, ledger: Ledger | None, minted: HarborRobot) -> bool:
        """Whether Harbor need not be read again for the robot that it has just answered.

        The list was read in this reconcile and had nothing of ours, the ledger holds what this
        reconcile has stored, and the handshake that follows asks Harbor about this very robot.
        """
        live = ledger.live if ledger else None
        return live is not None and live.robot_id == minted.id

    async def _project_id(self, name: str) -> int | None:
        project = await self._connection.finder.find(name)
        return project.id if project else None

    async def _handshakes(
        self, name: RobotName, robots: tuple[HarborRobot, ...], ledger: Ledger | None
    ) -> Mapping[int, Handshake]:
        shown: dict[int, Handshake] = {}
        by_id = {robot.id: robot for robot in robots}
        for credential in ledger.credentials() if ledger else ():
            robot = by_id.get(credential.robot_id)
            if robot is None or robot.disabled:
                continue
            if robot.name == credential.username and not robot.expired(self._harbor.clock.now()):
                shown[robot.id] = await self._connection.handshakes.show(
                    credential.username,
                    credential.password,
                    project=name.project,
                    actions=registry_actions(robot.grants),
                )
        return shown

    async def _write_ledger(self, ledger: Ledger) -> None:
        started = ledger.attempt is not None and ledger.live is not None
        succeeded = self._secrets.has_pending and ledger.pending is None and ledger.live is not None
        await self._secrets.write_ledger(ledger)
        if started and ledger.pending is None and ledger.attempt is not None:
            cause = ledger.attempt.cause.value
            self._announce(EventReason.ROTATION_STARTED, f"A new robot is made: {cause}.")
        elif succeeded and ledger.live is not None:
            note = (
                f"{ledger.live.username} serves now; the one before works until the overlap ends."
            )
            self._announce(EventReason.ROTATION_SUCCEEDED, note)

    async def _mint(self, action: Mint) -> None:
        """Create the robot and store its secret; on any failure the secret is forgotten."""
        robot = NewRobot(
            name=action.local_name,
            level=RobotLevel.PROJECT,
            duration=action.lifetime_days,
            description=action.description,
            permissions=(_permission(action.project, action.grants),),
        )
        try:
            created = await self._harbor.robots.create(robot)
        except Conflict:
            raise Outdated from None
        minted_at = created.creation_time or created.answered_at
        credential = Credential(
            n=action.attempt.n,
            robot_id=created.id,
            username=created.name,
            password=Secret(created.secret.get_secret_value()),
            minted_at=minted_at,
            cause=action.attempt.cause,
        )
        self._learn_prefix(RobotName(action.project, self._base()), created.name)
        await self._secrets.write_ledger(action.ledger.store(credential))
        if action.ledger.live is not None or action.attempt.lost:
            return
        self._minted = HarborRobot(
            id=created.id,
            name=created.name,
            description=action.description,
            created_at=minted_at,
            expires_at=created.expires_at,
            disabled=False,
            grants=action.grants,
            lifetime_days=action.lifetime_days,
        )

    async def _note_previous(self, action: NotePrevious) -> None:
        overlap = self._desired().overlap
        entries = [
            {
                "n": previous.n,
                "robotID": previous.robot_id,
                "username": previous.username,
                "since": format_time(previous.since),
                "removeAfter": format_time(previous.since + overlap),
            }
            for previous in action.previous
        ]
        await self._live.report({"robotID": action.robot_id, "previous": entries})

    async def _delete(self, robot: HarborRobot) -> None:
        await self._reread(robot)
        try:
            await self._harbor.robots.delete(robot.id)
        except NotFound:
            return
        self._announce(EventReason.ROBOT_DELETED, f"{robot.name} was deleted from Harbor.")

    async def _update(self, robot: HarborRobot, permission: Permission) -> None:
        await self._harbor.robots.update(await self._reread(robot), permissions=(permission,))

    async def _reread(self, robot: HarborRobot) -> Robot:
        """The robot, if id, name and the whole mark are still those of the plan."""
        seen = await self._harbor.robots.get(robot.id)
        if seen is None or (seen.name, seen.description) != (robot.name, self._own.text()):
            raise Outdated
        return seen

    def _announce(self, reason: EventReason, note: str) -> None:
        self._ports.recorder.record(self._live.id, self._live.uid, reason, note)


def _seen(robot: Robot) -> HarborRobot:
    created = robot.creation_time
    if created is None:
        raise Outdated
    return HarborRobot(
        id=robot.id,
        name=robot.name,
        description=robot.description,
        created_at=created,
        expires_at=robot.expiry,
        disabled=robot.disable,
        grants=robot.grants,
        lifetime_days=robot.duration,
    )


def _permission(project: str, grants: frozenset[tuple[str, str]]) -> Permission:
    access = frozenset(Access(resource=resource, action=action) for resource, action in grants)
    return Permission(kind="project", namespace=project, access=access)
