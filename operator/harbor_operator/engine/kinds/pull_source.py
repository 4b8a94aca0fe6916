"""The robot that a pull secret delivers: its live credential, and whether that works."""

from dataclasses import dataclass
from datetime import datetime

from harbor_operator.api.base import LEDGER_SUFFIX
from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.pullsecret import PullSecretSpec, PullSecretStatus, VerificationMode
from harbor_operator.api.resources import Resource
from harbor_operator.api.robot import ROBOTS, RobotSpec, RobotStatus
from harbor_operator.core.grants import Level
from harbor_operator.core.permissions import (
    grants_of,
    is_pull_only,
    level_in_harbor,
    registry_access,
    registry_actions,
)
from harbor_operator.core.pullsecret.facts import Login, RobotState
from harbor_operator.core.robot import ledger as ledgers
from harbor_operator.core.robot.facts import Answer
from harbor_operator.core.robot.ledger import Credential, UnreadableLedgerError
from harbor_operator.core.specs import placed_grants, projects_of
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.context import Ports
from harbor_operator.engine.handshakes import Wanted
from harbor_operator.engine.kinds.robot_access import read_access
from harbor_operator.engine.kinds.tenancy import tenant_rule
from harbor_operator.engine.objects import LiveObject, ObjectId, kube_resource
from harbor_operator.engine.secrets import Ownership, decode
from harbor_operator.kube.errors import NotFound
from harbor_operator.kube.resources import SECRETS

Robot = Resource[RobotSpec, RobotStatus]


@dataclass(frozen=True, slots=True)
class Source:
    """A robot as the source of a pull secret, as far as it can be used now."""

    state: RobotState
    connection: Connection | None = None
    credential: Credential | None = None
    login: Login | None = None
    """None while the credential is not known to work."""
    verified: bool | None = None
    verified_at: datetime | None = None


async def read_source(live: LiveObject[PullSecretSpec, PullSecretStatus], ports: Ports) -> Source:
    """Read the robot and its ledger, and show the credential to Harbor.

    Raises:
        Waiting: The robot's connection cannot be used now.
    """
    spec = live.parsed.spec
    try:
        body = await ports.kube.get(
            kube_resource(ROBOTS), spec.robot_ref.name, namespace=live.namespace
        )
    except NotFound:
        return Source(RobotState.MISSING)
    robot = ROBOTS.parse(body)
    connection = ports.connections.require(robot.spec.connection_ref.name)
    credential = await _live_credential(ports, robot)
    if credential is None or robot.deleting:
        return Source(RobotState.UNPROVEN, connection)
    asked = await _ask_for(ports, connection, robot, credential)
    if asked.withdrawn:
        return Source(RobotState.UNPROVEN, connection, credential)
    if spec.verification.mode is VerificationMode.NONE:
        return _believed(asked)
    return await _proven(asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A robot's credential, what it should be able to do, and who may have it."""

    robot: Robot
    connection: Connection
    credential: Credential
    wanted: Wanted
    withdrawn: bool
    """Whether the robot may do more than its namespace is given: nobody gets it any more."""
    may_leave: bool
    """Whether its projects let it out of its namespace."""


async def _ask_for(
    ports: Ports, connection: Connection, robot: Robot, credential: Credential
) -> _Asked:
    """Find out by the user name where it can be used, and by the projects whatever it lacks."""
    namespace, spec = robot.metadata.namespace, robot.spec
    keys, withdrawn = projects_of(spec, namespace), _is_withdrawn(robot)
    level, project = level_in_harbor(spec), connection.project_of(credential.username)
    if project is not None and level is Level.PROJECT and keys[0][0] == namespace:
        wanted = {project: registry_actions(grants_of(spec.access[0]))}
        return _Asked(robot, connection, credential, wanted, withdrawn, may_leave=True)
    rule = await tenant_rule(ports, connection, namespace)
    access = await read_access(ports, connection, keys, namespace=namespace, rule=rule)
    return _Asked(
        robot,
        connection,
        credential,
        registry_access(placed_grants(spec, namespace, access.names), level),
        withdrawn=withdrawn or any(project.allowed is None for project in access.named),
        may_leave=all(project.distribute for project in access.named),
    )


async def _live_credential(ports: Ports, robot: Robot) -> Credential | None:
    metadata = robot.metadata
    name = robot.spec.secret_name_for(metadata.name) + LEDGER_SUFFIX
    try:
        body = await ports.kube.get(SECRETS, name, namespace=metadata.namespace)
    except NotFound:
        return None
    robot_id = ObjectId(ROBOTS.kind, metadata.namespace, metadata.name)
    if not Ownership(robot_id, metadata.uid, metadata.uid).owns(body):
        return None
    try:
        return ledgers.decode(decode(body, ledgers.KEY) or "").live
    except UnreadableLedgerError:
        return None


def _is_withdrawn(robot: Robot) -> bool:
    """Whether the robot's last look found that it may not have what it asks for.

    The status only takes away here: what it allows is asked of rules and sharing.
    """
    ready = robot.status.condition(ConditionType.READY)
    return (
        ready is not None
        and ready.status is ConditionStatus.FALSE
        and ready.reason in {Reason.NOT_ALLOWED_NAMESPACE, Reason.ACCESS_NOT_ALLOWED}
    )


def _believed(asked: _Asked) -> Source:
    """Without a verification of its own, the pull secret believes the robot's."""
    robot, credential = asked.robot, asked.credential
    valid = robot.status.condition(ConditionType.CREDENTIAL_VALID)
    if (
        valid is None
        or valid.status is not ConditionStatus.TRUE
        or robot.status.robot_id != credential.robot_id
    ):
        return Source(RobotState.UNPROVEN, asked.connection, credential)
    return Source(RobotState.SERVING, asked.connection, credential, _login(asked))


async def _proven(asked: _Asked) -> Source:
    connection, credential = asked.connection, asked.credential
    handshake = await connection.handshakes.show(
        credential.username, credential.password, wanted=asked.wanted
    )
    worked = handshake.answer is Answer.WORKS
    return Source(
        state=RobotState.SERVING if worked else RobotState.UNPROVEN,
        connection=connection,
        credential=credential,
        login=_login(asked) if worked else None,
        verified=worked,
        verified_at=connection.handshakes.worked_at(
            credential.username, credential.password, wanted=asked.wanted
        ),
    )


def _login(asked: _Asked) -> Login:
    return Login(
        robot_uid=asked.robot.metadata.uid,
        username=asked.credential.username,
        revision=str(asked.credential.n),
        pull_only=is_pull_only(asked.robot.spec),
        may_leave=asked.may_leave,
    )
