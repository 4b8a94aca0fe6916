"""The robot that a pull secret delivers: its live credential, and whether that works."""

from dataclasses import dataclass
from datetime import datetime

from harbor_operator.api.base import LEDGER_SUFFIX
from harbor_operator.api.conditions import ConditionStatus, ConditionType, Reason
from harbor_operator.api.pullsecret import PullSecretSpec, Verification, VerificationMode
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
from harbor_operator.core.robot.ledger import Cause, Credential, UnreadableLedgerError
from harbor_operator.core.secret import Secret
from harbor_operator.core.specs import placed_grants, projects_of
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.context import Ports
from harbor_operator.engine.handshakes import Wanted
from harbor_operator.engine.kinds.robot_access import read_access
from harbor_operator.engine.kinds.tenancy import tenant_rule
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.secrets import Ownership
from harbor_operator.kube.errors import NotFound
from harbor_operator.kube.resources import SECRETS, JsonObject
from harbor_operator.kube.secret_data import decode

Robot = Resource[RobotSpec, RobotStatus]

_EMERGENCIES = {Cause.INVALID, Cause.REVOKED}
"""Why a credential is made whose predecessor nobody is to use any more."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How credentials of one robot are tried."""

    connection: Connection
    wanted: Wanted
    verification: Verification

    async def works(self, username: str, password: Secret, *, fresh: bool = False) -> bool:
        """Whether Harbor gives a credential what a pull needs."""
        handshakes = self.connection.handshakes
        if self.verification.mode is not VerificationMode.NONE:
            handshake = await handshakes.show(username, password, wanted=self.wanted, fresh=fresh)
            if handshake.answer is not Answer.WORKS:
                return False
        manifest = self.verification.manifest
        if manifest is None:
            return True
        image = (manifest.repository, manifest.reference)
        return await handshakes.pulls(username, password, image, fresh=fresh)


@dataclass(frozen=True, slots=True)
class Source:
    """A robot as the source of a pull secret, as far as it can be used now."""

    state: RobotState
    connection: Connection | None = None
    credential: Credential | None = None
    login: Login | None = None
    """None while the credential is not known to work."""
    trial: Trial | None = None
    verified: bool | None = None
    verified_at: datetime | None = None


async def read_source(spec: PullSecretSpec, body: JsonObject | None, ports: Ports) -> Source:
    """Read a robot's ledger, and show the credential to Harbor.

    Args:
        spec: The pull secret.
        body: The HarborRobot; None where there is none.
        ports: The world.

    Raises:
        Waiting: The robot's connection cannot be used now.
    """
    if body is None:
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
    source = await _proven(asked, Trial(connection, asked.wanted, spec.verification))
    ports.meters.verified(works=bool(source.verified))
    return source


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


async def _proven(asked: _Asked, trial: Trial) -> Source:
    """A credential that the token service takes; whether it gets the image, too, is told."""
    handshakes, credential = asked.connection.handshakes, asked.credential
    username, password = credential.username, credential.password
    handshake = await handshakes.show(username, password, wanted=asked.wanted)
    if handshake.answer is not Answer.WORKS:
        return Source(RobotState.UNPROVEN, asked.connection, credential, verified=False)
    verified = await trial.works(username, password)
    proven_at = handshakes.worked_at(username, password, wanted=asked.wanted)
    return Source(
        state=RobotState.SERVING,
        connection=asked.connection,
        credential=credential,
        login=_login(asked),
        trial=trial,
        verified=verified,
        verified_at=proven_at if verified else None,
    )


def _login(asked: _Asked) -> Login:
    robot, credential = asked.robot, asked.credential
    told = robot.status.username == credential.username
    return Login(
        robot_uid=robot.metadata.uid,
        username=credential.username,
        revision=credential.revision,
        pull_only=is_pull_only(robot.spec),
        may_leave=asked.may_leave,
        minted_at=credential.minted_at,
        expires_at=robot.status.expires_at if told else None,
        urgent=credential.cause in _EMERGENCIES,
    )
