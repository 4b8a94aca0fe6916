"""Managed Secrets that are read by their names, where the operator may not list or watch them.

What nobody has told of is found only where it is looked for: an object looks wherever its Secrets
may be, once in the life of a process and when a person asks for it. From then on own writes say
where they are, and each of these is read once in a while, as people edit and delete them.
"""

import asyncio
import logging
import math
from collections.abc import Collection

from harbor_operator.api.base import ANNOTATION_RECONCILE
from harbor_operator.api.pullsecret import PULL_SECRETS, PullSecretSpec, PullSecretStatus
from harbor_operator.api.resources import Resource
from harbor_operator.core.pullsecret.spec import desired_of
from harbor_operator.core.specs import request_token
from harbor_operator.engine.cluster import Cluster
from harbor_operator.engine.fanout import Turn, fan_out
from harbor_operator.engine.objects import kube_resource
from harbor_operator.engine.ports import Kube
from harbor_operator.kube.errors import KubeError, NotFound
from harbor_operator.kube.resources import SECRETS, JsonObject, ObjectKey

_LOG = logging.getLogger(__name__)

PullSecret = Resource[PullSecretSpec, PullSecretStatus]


class SecretLooks:
    """Reads managed Secrets into what is remembered of the cluster."""

    def __init__(self, kube: Kube, cluster: Cluster, *, period: float) -> None:
        """Prepare to look.

        Args:
            kube: How to reach the API server.
            cluster: What remembers them.
            period: Seconds in which each known Secret is read once, unless there are more of them
                than can be read one after the other in that time.
        """
        self._kube = kube
        self._cluster = cluster
        self._period = period
        self._looked_for: dict[str, str | None] = {}
        """The pull secrets that were looked for everywhere, by uid, with the request of then."""

    async def run(self) -> None:
        """Read one known Secret after the other and tell of changes, until cancelled."""
        while True:
            keys = [key for key, _ in self._cluster.secrets.items()]
            for key in keys:
                await asyncio.sleep(self._period / len(keys))
                try:
                    await self._read(key, telling=True)
                except KubeError as error:
                    _LOG.info("A look at Secret %s/%s failed: %s", *key, error)
            if not keys:
                await asyncio.sleep(self._period)

    def take_in(self, key: ObjectKey, body: JsonObject | None) -> None:
        """Remember what the owner of a Secret has read of it, which needs no telling."""
        before = self._cluster.secrets.get(key)
        self._cluster.see_secret(key, body, before=before, telling=False)

    def forget(self, uid: str) -> None:
        """Take in that an object is gone."""
        self._looked_for.pop(uid, None)

    async def find(self, pull_secret: PullSecret) -> None:
        """Look for the Secrets of a pull secret, if that has not been done.

        Raises:
            KubeError: One of them could not be read.
        """
        uid, request = pull_secret.metadata.uid, request_token(pull_secret, ANNOTATION_RECONCILE)
        if self._looked_for.get(uid, "") != request:
            await self._read_all(self._places(pull_secret))
            self._looked_for[uid] = request

    async def refresh(self, namespace: str) -> None:
        """Read the Secrets of all pull secrets of a namespace, as they are now.

        Raises:
            KubeError: One of them could not be read.
        """
        listed = await self._kube.list(kube_resource(PULL_SECRETS), namespace=namespace)
        for body in listed.items:
            await self.find(PULL_SECRETS.parse(body))
            await self._read_all(self._cluster.secrets.of_owner(body["metadata"]["uid"]))

    def _places(self, pull_secret: PullSecret) -> Collection[ObjectKey]:
        """Where its Secrets may be: its own namespace, or any if it reaches, or reached, others."""
        spec, status, own = pull_secret.spec, pull_secret.status, pull_secret.metadata.namespace
        followed = {None, desired_of(pull_secret).selection}
        reaches = spec.targets is not None or status.selection not in followed
        namespaces = {own, *(self._cluster.namespaces if reaches else ())}
        name = spec.secret_name_for(pull_secret.metadata.name)
        return [ObjectKey(namespace, name) for namespace in sorted(namespaces)]

    async def _read_all(self, keys: Collection[ObjectKey]) -> None:
        async def read(key: ObjectKey) -> None:
            await self._read(key, telling=False)

        await fan_out([*keys], read, Turn(math.inf))

    async def _read(self, key: ObjectKey, *, telling: bool) -> None:
        before = self._cluster.secrets.get(key)
        body: JsonObject | None
        try:
            body = await self._kube.get(SECRETS, key.name, namespace=key.namespace)
        except NotFound:
            body = None
        self._cluster.see_secret(key, body, before=before, telling=telling)
