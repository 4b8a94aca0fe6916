"""A robot's Secrets in Kubernetes: the ledger, the user's Secret, and who follows them."""

from dataclasses import dataclass

from harbor_operator.api.base import LABEL_ROBOT_UID, LEDGER_SUFFIX, LEDGER_TYPE
from harbor_operator.api.robot import ROBOTS, RobotDeletionPolicy, RobotSpec, RobotStatus
from harbor_operator.core.robot import ledger as ledgers
from harbor_operator.core.robot.facts import Target, TargetState
from harbor_operator.core.robot.ledger import Credential, Ledger, UnreadableLedgerError
from harbor_operator.core.secret import Secret
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.context import Ports
from harbor_operator.engine.events import EventReason
from harbor_operator.engine.faults import Outdated
from harbor_operator.engine.objects import LiveObject
from harbor_operator.engine.secrets import (
    BASIC_AUTH,
    Ownership,
    compose,
    over,
    summarize,
    without_ownership,
)
from harbor_operator.kube.errors import AlreadyExists, Conflict, NotFound
from harbor_operator.kube.resources import SECRETS, JsonObject, ObjectKey
from harbor_operator.kube.secret_data import decode

_SECRET = "secret"  # noqa: S105 -- the part of a robot that has changed, not a password
"""What stands for the content of the user's Secret among the blocks that drift."""


@dataclass(frozen=True, slots=True)
class SecretsSeen:
    """What one look at the Secrets saw."""

    ledger: Ledger | None
    ledger_lost: bool
    ledger_foreign: bool
    target: Target
    followers: tuple[str | None, ...]


class RobotSecrets:
    """Reads and writes the Secrets of one robot; every write is a creation or a swap."""

    def __init__(
        self, live: LiveObject[RobotSpec, RobotStatus], ports: Ports, connection: Connection
    ) -> None:
        self._live = live
        self._ports = ports
        self._connection = connection
        self._name = live.parsed.spec.secret_name_for(live.name)
        self._ownership = Ownership(live.id, live.uid, live.uid)
        self._ledger_body: JsonObject | None = None
        self._target_body: JsonObject | None = None
        self._ledger: Ledger | None = None
        self._read_once = False

    @property
    def ledger(self) -> Ledger:
        """The ledger as it was read or written last, an empty one where there is none."""
        return self._ledger or Ledger()

    async def read(self, *, fresh: bool) -> SecretsSeen:
        """Read the ledger, the user's Secret, and whom the followers log in as.

        The two Secrets are read once in a reconcile. After that the API server's answers to the
        own writes say what is in them; whoever else writes one makes the next swap fail.

        Args:
            fresh: Whether followers are listed from the API server instead of the watch.
        """
        if not self._read_once:
            self._ledger_body = await self._get(self._name + LEDGER_SUFFIX)
            self._target_body = await self._get(self._name)
            self._read_once = True
        ledger, lost, foreign = self._read_ledger()
        self._ledger = ledger
        self._ports.rotations.read(self._live.id, ledger)
        return SecretsSeen(
            ledger=ledger,
            ledger_lost=lost,
            ledger_foreign=foreign,
            target=self._read_target(ledger.live if ledger else None),
            followers=await self._followers(fresh=fresh),
        )

    async def write_ledger(self, ledger: Ledger) -> None:
        """Create the ledger, or swap it against the version that was read or written last.

        Raises:
            Outdated: Somebody else wrote it meanwhile.
        """
        wanted = compose(
            self._name + LEDGER_SUFFIX,
            self._live.namespace,
            type_=LEDGER_TYPE,
            data={ledgers.KEY: ledgers.encode(ledger)},
            ownership=self._ownership,
        )
        wanted["metadata"]["ownerReferences"] = [self._live.owner_reference()]
        self._ledger_body = await self._swap(wanted, self._ledger_body)
        now = self._connection.client.clock.now()
        self._ports.rotations.written(self._live.id, self.ledger, ledger, now)
        self._ledger = ledger

    async def write_target(self, credential: Credential) -> None:
        """Bring the user's Secret in line with a credential, in place."""
        wanted = self._wanted_target(credential)
        before = self._target_body
        if before is not None and _holds_other_data(before, wanted, credential):
            self._announce_repair()
            self._ports.meters.drifted(ROBOTS.kind, (_SECRET,))
            self._target_body = await self._swap(wanted, before)
            self._ports.meters.corrected(ROBOTS.kind, (_SECRET,))
            return
        self._target_body = await self._swap(wanted, before)

    async def release_target(self) -> None:
        """Leave the user's Secret to whoever uses it: nothing says any more that it is ours."""
        if self._target_body is None:
            return
        released = without_ownership(self._target_body)
        namespace = self._live.namespace
        try:
            self._target_body = await self._ports.kube.replace(
                SECRETS, released, namespace=namespace
            )
        except (Conflict, NotFound):
            raise Outdated from None
        self._ports.cluster.secrets.drop(ObjectKey(namespace, self._name))

    async def remove_target(self) -> None:
        """Delete the user's Secret."""
        await self._remove(self._target_body)
        self._target_body = None

    async def remove_ledger(self) -> None:
        """Delete the ledger."""
        await self._remove(self._ledger_body)
        self._ledger_body = None

    async def _get(self, name: str) -> JsonObject | None:
        body: JsonObject | None
        try:
            body = await self._ports.kube.get(SECRETS, name, namespace=self._live.namespace)
        except NotFound:
            body = None
        if self._ports.looks is not None:
            self._ports.looks.take_in(ObjectKey(self._live.namespace, name), body)
        return body

    def _read_ledger(self) -> tuple[Ledger | None, bool, bool]:
        """The ledger, whether it was lost, and whether somebody else's Secret has its name."""
        body = self._ledger_body
        if body is None:
            return None, self._live.parsed.status.robot_id is not None, False
        if not self._ownership.owns(body):
            return None, False, True
        try:
            return ledgers.decode(decode(body, ledgers.KEY) or ""), False, False
        except UnreadableLedgerError:
            return None, True, False

    def _read_target(self, live: Credential | None) -> Target:
        body = self._target_body
        if body is None:
            return Target(TargetState.ABSENT)
        username = decode(body, "username")
        if not self._ownership.owns(body):
            return Target(TargetState.FOREIGN)
        if live is None:
            return Target(TargetState.BEHIND, username)
        wanted = self._wanted_target(live)
        digester = self._ports.cluster.digester
        same = digester.digest(body) == digester.digest(wanted)
        same = same and self._goes_with_its_object(body) is not self._is_retained
        return Target(TargetState.IN_LINE if same else TargetState.BEHIND, username)

    async def _followers(self, *, fresh: bool) -> tuple[str | None, ...]:
        """Whom the managed pull secrets of this robot log in as."""
        if fresh and self._ports.looks is not None:
            await self._ports.looks.refresh(self._live.namespace)
        if not fresh or self._ports.looks is not None:
            seen = list(self._ports.cluster.secrets.of_robot(self._live.uid).values())
        else:
            listed = await self._ports.kube.list(
                SECRETS, label_selector=f"{LABEL_ROBOT_UID}={self._live.uid}"
            )
            seen = [summarize(body, self._ports.cluster.digester) for body in listed.items]
        return tuple(secret.username for secret in seen if secret.owner_uid != self._live.uid)

    def _wanted_target(self, credential: Credential) -> JsonObject:
        hosts = self._connection.registry_hosts
        wanted = compose(
            self._name,
            self._live.namespace,
            type_=BASIC_AUTH,
            data={
                "username": Secret(credential.username),
                "password": credential.password,
                "registry": Secret(hosts[0] if hosts else ""),
                "url": Secret(self._connection.url),
            },
            ownership=self._ownership,
            template=self._live.parsed.spec.secret_template,
        )
        if not self._is_retained:
            wanted["metadata"]["ownerReferences"] = [self._live.owner_reference()]
        return wanted

    @property
    def _is_retained(self) -> bool:
        """Whether the user's Secret outlives the object, which an owner's reference forbids."""
        return self._live.parsed.spec.deletion_policy is RobotDeletionPolicy.RETAIN

    def _goes_with_its_object(self, body: JsonObject) -> bool:
        owners = body["metadata"].get("ownerReferences") or ()
        return any(owner.get("uid") == self._live.uid for owner in owners)

    async def _swap(self, wanted: JsonObject, before: JsonObject | None) -> JsonObject:
        namespace = self._live.namespace
        try:
            if before is None:
                body = await self._ports.kube.create(SECRETS, wanted, namespace=namespace)
            else:
                body = await self._ports.kube.replace(
                    SECRETS, over(wanted, before), namespace=namespace
                )
        except (AlreadyExists, Conflict, NotFound):
            raise Outdated from None
        self._ports.cluster.note_secret(body)
        return body

    async def _remove(self, body: JsonObject | None) -> None:
        if body is None:
            return
        metadata = body["metadata"]
        try:
            await self._ports.kube.delete(
                SECRETS, metadata["name"], namespace=metadata["namespace"], uid=metadata["uid"]
            )
        except NotFound:
            return
        except Conflict:
            raise Outdated from None

    def _announce_repair(self) -> None:
        note = f"Secret {self._name} had been changed and was put right."
        self._ports.recorder.record(
            self._live.id, self._live.uid, EventReason.SECRET_REPAIRED, note
        )


def _holds_other_data(before: JsonObject, wanted: JsonObject, credential: Credential) -> bool:
    """Whether a person edited the Secret, as opposed to a rotation that moves on."""
    same_login = decode(before, "username") == credential.username
    return same_login and before.get("data") != wanted["data"]
