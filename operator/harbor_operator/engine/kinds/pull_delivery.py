"""The Secrets of one pull secret: what they should be, and how they get there."""

from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from harbor_operator.api.base import LABEL_INJECT
from harbor_operator.api.conditions import Reason
from harbor_operator.api.pullsecret import PullSecretSpec, PullSecretStatus
from harbor_operator.bridge.namespaces import summarize_namespace
from harbor_operator.core import dockerconfig
from harbor_operator.core.pullsecret.actions import Deliver
from harbor_operator.core.pullsecret.facts import Delivered
from harbor_operator.core.secret import Secret
from harbor_operator.engine.context import Ports
from harbor_operator.engine.faults import Outdated, Waiting
from harbor_operator.engine.handover import take_away
from harbor_operator.engine.heirs import Heir
from harbor_operator.engine.kinds.pull_source import Source
from harbor_operator.engine.objects import LiveObject
from harbor_operator.engine.secrets import (
    DOCKER_CONFIG,
    ManagedSecret,
    Ownership,
    change,
    compose,
    over,
)
from harbor_operator.kube.errors import AlreadyExists, Conflict, Invalid, NotFound
from harbor_operator.kube.resources import NAMESPACES, SECRETS, JsonObject, ObjectKey
from harbor_operator.kube.secret_data import decode

Places: TypeAlias = Collection[str] | None
"""Namespaces; None for all of them."""


class Delivery:
    """Reads and writes the Secrets that one pull secret delivers."""

    def __init__(self, live: LiveObject[PullSecretSpec, PullSecretStatus], ports: Ports) -> None:
        self._live = live
        self._ports = ports
        self._name = live.parsed.spec.secret_name_for(live.name)

    def delivered(self, source: Source, places: Places = None) -> Mapping[str, Delivered]:
        """The namespaces that hold a Secret of this object, and what is in it.

        Args:
            source: What they should hold.
            places: Where to look; None for everywhere.
        """
        wanted = self._wanted_digest(source)
        return {
            key.namespace: Delivered(
                secret.uid,
                in_line=key.name == self._name and secret.digest == wanted,
                username=secret.username,
                robot_uid=secret.robot_uid,
            )
            for key, secret in self._held(places)
        }

    def _held(self, places: Places) -> Iterable[tuple[ObjectKey, ManagedSecret]]:
        secrets = self._ports.cluster.secrets
        if places is None:
            return secrets.of_owner(self._live.uid).items()
        keys = (ObjectKey(place, self._name) for place in places)
        known = ((key, secrets.get(key)) for key in keys)
        return [(k, secret) for k, secret in known if secret and secret.owner_uid == self._live.uid]

    def _wanted_digest(self, source: Source) -> bytes | None:
        """The digest of a Secret in line, which is the same in every namespace."""
        if source.login is None:
            return None
        return self._ports.cluster.digester.digest(self._wanted(self._live.namespace, source))

    def taken(self, namespaces: Iterable[str]) -> frozenset[str]:
        """The namespaces among these where a managed Secret of another object has the name."""
        return frozenset(filter(self._is_taken, namespaces))

    def _is_taken(self, namespace: str) -> bool:
        secret = self._ports.cluster.secrets.get(ObjectKey(namespace, self._name))
        return secret is not None and secret.owner_uid != self._live.uid

    def stake(self, namespaces: frozenset[str]) -> None:
        """Let it be known where this object waits for another one's Secret."""
        keys = frozenset(ObjectKey(namespace, self._name) for namespace in namespaces)
        self._ports.cluster.heirs.want(Heir(self._live.id, self._live.uid), keys)

    async def deliver(self, action: Deliver, source: Source) -> Reason | None:
        """Create or replace the Secret; the reason where another object's is in its place."""
        wanted = self._wanted(action.namespace, source)
        if action.delivered is not None:
            await self._change(wanted, action.namespace)
            return None
        try:
            await self._create(wanted, action.namespace)
        except AlreadyExists:
            return Reason.SECRET_NOT_OWNED
        return None

    async def withdraw(self, namespace: str, *, inheritable: bool) -> None:
        """Take the Secret away from a namespace that is, read now, as the plan has seen it.

        Raises:
            Outdated: Namespace or Secret have changed.
        """
        if not self._live.parsed.deleting:
            await self._confirm(namespace)
        key = ObjectKey(namespace, self._name)
        await take_away(self._ports, key, self._live.uid, inheritable=inheritable)

    async def read_back(self, namespace: str) -> tuple[str, Secret] | None:
        """The login in a delivered Secret, as a node reads it; None where there is none."""
        try:
            body = await self._ports.kube.get(SECRETS, self._name, namespace=namespace)
        except NotFound:
            return None
        return dockerconfig.login_in(decode(body, dockerconfig.KEY) or "")

    async def _confirm(self, namespace: str) -> None:
        seen = self._ports.cluster.namespaces.get(namespace)
        try:
            now = summarize_namespace(await self._ports.kube.get(NAMESPACES, namespace))
        except NotFound:
            return
        if now != seen:
            self._ports.cluster.namespaces[namespace] = now
            raise Outdated

    def _wanted(self, namespace: str, source: Source) -> JsonObject:
        credential, login, connection = source.credential, source.login, source.connection
        if credential is None or login is None or connection is None:
            raise Waiting(Reason.WAITING_FOR_ROBOT, "The robot has no working credential.")
        spec = self._live.parsed.spec
        hosts = spec.registry_hosts or connection.registry_hosts
        document = dockerconfig.render(hosts, credential.username, credential.password)
        wanted = compose(
            self._name,
            namespace,
            type_=DOCKER_CONFIG,
            data={dockerconfig.KEY: document},
            ownership=self._ownership(login.robot_uid),
            template=spec.secret_template,
        )
        if spec.admission_injection:
            wanted["metadata"]["labels"][LABEL_INJECT] = "true"
        if namespace == self._live.namespace:
            wanted["metadata"]["ownerReferences"] = [self._live.owner_reference()]
        return wanted

    async def _create(self, wanted: JsonObject, namespace: str) -> None:
        """Create only: who is first has the name."""
        try:
            body = await self._ports.kube.create(SECRETS, wanted, namespace=namespace)
        except AlreadyExists:
            body = await self._ports.kube.get(SECRETS, self._name, namespace=namespace)
            if not self._owned(body):
                raise
        self._ports.cluster.note_secret(body)

    async def _change(self, wanted: JsonObject, namespace: str) -> None:
        """Change it in place, so that the uid stays and nodes need not ask the registry again."""
        key = ObjectKey(namespace, self._name)
        seen = self._ports.cluster.secrets.get(key)
        if seen is None or seen.owner_uid != self._live.uid:
            raise Outdated
        try:
            body = await self._ports.kube.patch_json(
                SECRETS, self._name, change(wanted, seen), namespace=namespace
            )
        except (Conflict, Invalid):
            body = await self._change_afresh(wanted, key)
        except NotFound:
            self._ports.cluster.secrets.drop(key)
            raise Outdated from None
        self._ports.cluster.note_secret(body)

    async def _change_afresh(self, wanted: JsonObject, key: ObjectKey) -> JsonObject:
        """Change a Secret that is not as the watch has shown it so far."""
        present = await self._ports.kube.get(SECRETS, key.name, namespace=key.namespace)
        if not self._owned(present):
            self._ports.cluster.secrets.drop(key)
            raise Outdated
        try:
            return await self._ports.kube.replace(
                SECRETS, over(wanted, present), namespace=key.namespace
            )
        except Conflict:
            raise Outdated from None

    def _ownership(self, robot_uid: str) -> Ownership:
        return Ownership(self._live.id, self._live.uid, robot_uid)

    def _owned(self, body: JsonObject) -> bool:
        return self._ownership("").owns(body)
