"""Sweeping: what carries this cluster's mark and belongs to nobody any more."""

import asyncio
import logging
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import NamedTuple

from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.ownership import Mark, parse_mark
from harbor_operator.engine.account_entries import take_entry_away
from harbor_operator.engine.connections import Connection
from harbor_operator.engine.context import Ports
from harbor_operator.engine.control import Control
from harbor_operator.engine.faults import Outdated
from harbor_operator.engine.handover import take_away
from harbor_operator.engine.objects import ObjectId, kube_resource
from harbor_operator.engine.secrets import ManagedSecret
from harbor_operator.engine.telemetry.work import working_on
from harbor_operator.harbor.errors import NotFound
from harbor_operator.harbor.models import Robot
from harbor_operator.kube.errors import KubeError
from harbor_operator.kube.resources import ObjectKey

_LOG = logging.getLogger(__name__)


class _Entry(NamedTuple):
    """One of a ServiceAccount's imagePullSecrets that was noted for an object."""

    account: ObjectKey
    secret: str
    owner_uid: str


class Sweep:
    """Takes away robots, Secrets and entries of ServiceAccounts whose object is gone.

    That an object is not in the directory is a hint; that it is gone is asked of the API server.
    """

    def __init__(self, ports: Ports, control: Control) -> None:
        self._ports = ports
        self._control = control
        self._gone: asyncio.Queue[tuple[ObjectId, str]] = asyncio.Queue()
        control.on_gone = lambda owner, uid: self._gone.put_nowait((owner, uid))

    async def run(self) -> None:
        """Take away Secrets and entries of objects as they go, until cancelled.

        The garbage collector does that too, but later, and late where the kinds are new to it.
        """
        while True:
            owner, uid = await self._gone.get()
            try:
                await self._delete_unowned(self._ports.cluster.secrets.of_owner(uid).items())
                entries = self._entries_of({uid})
                if entries and not await self._exists(owner, uid):
                    await self._take_out(entries)
            except KubeError as error:
                _LOG.info("What an object that is gone has left waits for the next pass: %s", error)

    async def robots(self, connection: Connection, listed: Iterable[Robot]) -> None:
        """Delete the robots among these whose mark names an object that is gone.

        Raises:
            HarborError: One could not be deleted; the next pass tries all again.
        """
        marked = [(robot, mark) for robot in listed if (mark := self._own_mark(robot))]
        orphans = [(robot, mark) for robot, mark in marked if await self._is_orphan(mark)]
        connection.orphans.update(robot.id for robot, _ in orphans)
        for robot, mark in orphans:
            with self._ports.serving.at_work(mark.namespace) as is_ours:
                if is_ours:
                    await self._delete_robot(connection, robot)
            connection.orphans.discard(robot.id)

    def _own_mark(self, robot: Robot) -> Mark | None:
        """A robot's mark, if it is of this cluster and of a namespace that is served here."""
        mark = parse_mark(robot.description.strip())
        if mark is None or mark.cluster != self._ports.cluster_id:
            return None
        return mark if self._ports.serving.serves(mark.namespace) else None

    async def _is_orphan(self, mark: Mark) -> bool:
        """Whether the object of a mark is gone."""
        if self._control.directory.find(mark.uid) is not None:
            return False
        return not await self._exists(ObjectId(ROBOTS.kind, mark.namespace, mark.name), mark.uid)

    async def secrets(self) -> None:
        """Delete the managed Secrets whose object is gone, as after one that was let go."""
        known = self._control.directory.uids()
        secrets = self._ports.cluster.secrets.items()
        await self._delete_unowned(
            (key, secret) for key, secret in secrets if secret.owner_uid not in known
        )

    async def entries(self) -> None:
        """Take out the entries of ServiceAccounts whose object is gone.

        A note says only a uid. So nothing is concluded where the object may be in a namespace that
        is not served.
        """
        if self._ports.scope.namespaces is not None:
            return
        known = self._control.directory.uids()
        accounts = self._ports.cluster.accounts.items()
        noted = {uid for _, account in accounts for uid in account.noted.values()}
        if entries := self._entries_of(noted - known):
            listed = await self._ports.kube.list(kube_resource(PULL_SECRETS))
            present = {body["metadata"]["uid"] for body in listed.items}
            await self._take_out(entry for entry in entries if entry.owner_uid not in present)

    def _entries_of(self, uids: Collection[str]) -> list[_Entry]:
        """The entries that are noted for these."""
        return [
            _Entry(key, secret, uid)
            for uid in uids
            for key, account in self._ports.cluster.accounts.concerning(uid, ())
            for secret, owner_uid in account.noted.items()
            if owner_uid == uid
        ]

    async def _take_out(self, entries: Iterable[_Entry]) -> None:
        for entry in entries:
            # Where the object was is not always known; whose the account's namespace is, is.
            with self._ports.serving.at_work(entry.account.namespace) as is_ours:
                if is_ours:
                    await self._take_out_one(entry)

    async def _take_out_one(self, entry: _Entry) -> None:
        with suppress(Outdated):  # it is looked at again in the next pass
            await take_entry_away(self._ports, entry.account, entry.secret, entry.owner_uid)
        place, name = entry.account
        _LOG.info("Took entry %s out of ServiceAccount %s/%s", entry.secret, place, name)

    async def _delete_unowned(self, secrets: Iterable[tuple[ObjectKey, ManagedSecret]]) -> None:
        for key, secret in list(secrets):
            with self._ports.serving.at_work(secret.owner.namespace) as is_ours:
                if is_ours and secret.owner.name:
                    await self._delete_if_unowned(key, secret)

    async def _delete_if_unowned(self, key: ObjectKey, secret: ManagedSecret) -> None:
        if await self._exists(secret.owner, secret.owner_uid):
            return
        with suppress(Outdated):  # it is looked at again in the next pass
            await take_away(self._ports, key, secret.owner_uid)
        with working_on(secret.owner):
            _LOG.info("Took away Secret %s/%s of what is gone", key.namespace, key.name)

    async def _exists(self, owner: ObjectId, uid: str) -> bool:
        """Whether the object is there by a fresh look.

        One that cannot be looked at counts as there: of an unknown kind, or of a namespace that is
        not served. Asked by a list: a 404 to that means that the kind itself is gone, which proves
        nothing.
        """
        kinds = {kind.definition.kind: kind.definition for kind in self._control.kinds}
        definition = kinds.get(owner.kind)
        if definition is None or not self._serves(owner):
            return True
        listed = await self._ports.kube.list(
            kube_resource(definition),
            namespace=owner.namespace or None,
            field_selector=f"metadata.name={owner.name}",
        )
        return any(body["metadata"]["uid"] == uid for body in listed.items)

    def _serves(self, owner: ObjectId) -> bool:
        return not owner.namespace or self._ports.scope.holds(owner.namespace)

    async def _delete_robot(self, connection: Connection, robot: Robot) -> None:
        again = await connection.client.robots.get(robot.id)
        if again is None or (again.name, again.description) != (robot.name, robot.description):
            return
        with suppress(NotFound):
            await connection.client.robots.delete(robot.id)
            _LOG.info("Swept robot %s, whose object is gone", robot.name)
