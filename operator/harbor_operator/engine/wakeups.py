"""Whom a change concerns: who refers to what changed, and what waits for those that refer to it."""

from collections.abc import Callable, Iterable

from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.core.namespaces import Namespace
from harbor_operator.engine.cluster import Cluster
from harbor_operator.engine.directory import Directory
from harbor_operator.engine.first_looks import FirstLooks
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.secrets import ManagedSecret
from harbor_operator.kube.resources import SECRETS, ObjectKey

_RULING = {CONNECTIONS.kind, PROJECTS.kind}
"""Who says into which namespaces a robot's credential may be delivered."""

_OWNING = {PULL_SECRETS.kind, ROBOTS.kind}
"""Whose Secrets are managed."""


class Wakeups:
    """Has looked at again whomever a change concerns."""

    def __init__(
        self,
        directory: Directory,
        cluster: Cluster,
        wake: Callable[[ObjectId], None],
        *,
        at_rest: FirstLooks,
    ) -> None:
        """Prepare to wake.

        Args:
            directory: Who refers to whom.
            cluster: Which Secrets there are, and who would have one.
            wake: Has an object looked at.
            at_rest: Objects whose first look is still to come in its turn.
        """
        self._directory = directory
        self._cluster = cluster
        self._wake = wake
        self._at_rest = at_rest

    def connection_came_up(self, name: str) -> None:
        """A connection can be used again: whoever waited for it looks again.

        Objects at rest have not asked for it yet; all want it anew at each start.
        """
        for referrer in self._directory.referrers(ObjectId(CONNECTIONS.kind, "", name)):
            if referrer not in self._at_rest:
                self._wake(referrer)

    def registry_appeared(self, connection: str) -> None:
        """A Harbor has got an upstream registry: projects that may wait for it look again."""
        for referrer in self._directory.referrers(ObjectId(CONNECTIONS.kind, "", connection)):
            entry = self._directory.get(referrer)
            if referrer.kind == PROJECTS.kind and entry and entry.ready != "True":
                self._wake(referrer)

    def object_changed(self, object_id: ObjectId) -> None:
        """An object is Ready or not any more, or is gone: who refers to it looks again.

        So does what it refers to, where that waits for it.
        """
        for referrer in self._directory.referrers(object_id):
            self._wake(referrer)
            if object_id.kind in _RULING and referrer.kind == ROBOTS.kind:
                self._wake_pull_secrets(referrer)
        entry = self._directory.get(object_id)
        for reference in entry.references if entry else ():
            self._wake_waiting(reference)

    def turn_came(self, uids: Iterable[str]) -> None:
        """It is these robots' turn to be replaced."""
        for uid in uids:
            robot = self._directory.find(uid)
            if robot is not None:
                self._wake(robot)

    def trouble_met(self, object_id: ObjectId) -> None:
        """Harbor failed an object: its connection looks whether that is Harbor's trouble."""
        entry = self._directory.get(object_id)
        for reference in entry.references if entry else ():
            if reference.kind == CONNECTIONS.kind:
                self._wake(reference)

    def namespace_changed(self, states: Iterable[Namespace]) -> None:
        """A namespace appeared, left, or has other labels: whoever means it looks again.

        So does who has delivered into it, whatever that means now.
        """
        for state in states:
            for object_id in self._directory.selecting(state):
                self._cluster.arrivals.note(object_id, state.name)
                self._wake(object_id)
            for secret in self._cluster.secrets.in_namespace(state.name).values():
                if secret.owner.kind == PULL_SECRETS.kind and secret.owner.name:
                    self._wake(secret.owner)

    def secret_changed(self, key: ObjectKey, secret: ManagedSecret) -> None:
        """Somebody else wrote or deleted a managed Secret: its owner looks again.

        So does the robot whose credential it held, where that waits for its Secrets to go, and
        who would have the Secret itself.
        """
        for heir in self._cluster.heirs.of(key):
            self._wake(heir.object_id)
        if secret.owner.kind in _OWNING and secret.owner.name:
            self._wake(secret.owner)
        robot = self._directory.find(secret.robot_uid)
        if robot is not None:
            self._wake_waiting(robot)

    def account_changed(self, key: ObjectKey) -> None:
        """A ServiceAccount appeared or changed: whoever delivers into its namespace looks."""
        secrets = self._cluster.secrets.in_namespace(key.namespace).values()
        for owner in {secret.owner for secret in secrets}:
            if owner.kind == PULL_SECRETS.kind and owner.name:
                self._cluster.arrivals.note(owner, key.namespace)
                self._wake(owner)

    def header_changed(self, key: ObjectKey) -> None:
        """A Secret for webhooks changed: the projects whose webhooks name it look again."""
        for project in self._directory.referrers(ObjectId(SECRETS.kind, key.namespace, key.name)):
            self._wake(project)

    def _wake_pull_secrets(self, robot: ObjectId) -> None:
        """Wake who delivers a robot: its connection and projects say whom to."""
        for referrer in self._directory.referrers(robot):
            self._wake(referrer)

    def _wake_waiting(self, object_id: ObjectId) -> None:
        """Wake an object that is held up by those that refer to it."""
        entry = self._directory.get(object_id)
        if entry is not None and entry.waits_for_referrers:
            self._wake(object_id)
