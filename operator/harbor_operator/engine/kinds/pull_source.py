"""The robot that a pull secret delivers: its live credential, and whether that works."""

from dataclasses import dataclass
from datetime import datetime

from harbor_operator.api.base import LEDGER_SUFFIX
from harbor_operator.api.conditions import ConditionStatus, ConditionType
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PullSecretSpec, PullSecretStatus, VerificationMode
from harbor_operator.api.resources import Resource
from harbor_operator.api.robot import ROBOTS, RobotSpec, RobotStatus
from harbor_operator.core.permissions import grants_of, registry_actions
from harbor_operator.core.pullsecret.facts import Login, RobotState
from harbor_operator.core.robot import ledger as ledgers
from harbor_operator.core.robot.facts import Answer
from harbor_operator.core.robot.ledger import Credential, UnreadableLedgerError
from harbor_operator.core.tenancy import AccessLevel, level_of
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.context import Ports
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
    if spec.verification.mode is VerificationMode.NONE:
        return _believed(robot, connection, credential)
    project = connection.project_of(credential.username) or await _project_name(ports, robot)
    if project is None:
        return Source(RobotState.UNPROVEN, connection, credential)
    return await _proven(robot, connection, credential, project)


async def _project_name(ports: Ports, robot: Robot) -> str | None:
    """The robot's project in Harbor, by its HarborProject."""
    name = robot.spec.access[0].project_ref.name
    try:
        body = await ports.kube.get(
            kube_resource(PROJECTS), name, namespace=robot.metadata.namespace
        )
    except NotFound:
        return None
    return PROJECTS.parse(body).spec.name_in_harbor(name)


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


def _believed(robot: Robot, connection: Connection, credential: Credential) -> Source:
    """Without a verification of its own, the pull secret believes the robot's."""
    valid = robot.status.condition(ConditionType.CREDENTIAL_VALID)
    if (
        valid is None
        or valid.status is not ConditionStatus.TRUE
        or robot.status.robot_id != credential.robot_id
    ):
        return Source(RobotState.UNPROVEN, connection, credential)
    return Source(RobotState.SERVING, connection, credential, _login(robot, credential))


async def _proven(
    robot: Robot, connection: Connection, credential: Credential, project: str
) -> Source:
    actions = registry_actions(grants_of(robot.spec.access[0]))
    handshake = await connection.handshakes.show(
        credential.username,
        credential.password,
        project=project,
        actions=actions,
    )
    worked = handshake.answer is Answer.WORKS
    return Source(
        state=RobotState.SERVING if worked else RobotState.UNPROVEN,
        connection=connection,
        credential=credential,
        login=_login(robot, credential) if worked else None,
        verified=worked,
        verified_at=connection.handshakes.worked_at(
            credential.username, credential.password, actions
        ),
    )


def _login(robot: Robot, credential: Credential) -> Login:
    return Login(
        robot_uid=robot.metadata.uid,
        username=credential.username,
        revision=str(credential.n),
        pull_only=level_of(grants_of(robot.spec.access[0])) is AccessLevel.PULL,
    )
