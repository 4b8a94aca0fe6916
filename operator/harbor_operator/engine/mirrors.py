"""What is remembered of Secrets and ServiceAccounts, found by what decisions ask for."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from harbor_operator.engine.secrets import ManagedSecret
from harbor_operator.kube.resources import ObjectKey


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """What decisions need of a ServiceAccount."""

    version: int
    pull_secrets: tuple[str, ...]
    """Names of its imagePullSecrets, in order."""
    noted: Mapping[str, str] = field(default_factory=dict)
    """Those of them that the operator added, with the uid of the object it was for."""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotated: bool = False
    """Whether it has annotations at all, ours or others'."""


class Versioned(Protocol):
    """Something with a version that grows."""

    @property
    def version(self) -> int:
        """The resourceVersion as a number."""


V = TypeVar("V", bound=Versioned)
T = TypeVar("T")


class Mirror(Generic[V]):
    """Objects by key, from the watch and from our own writes, whichever is newer."""

    def __init__(self) -> None:
        self._objects: dict[ObjectKey, V] = {}

    def get(self, key: ObjectKey) -> V | None:
        """The newest known state, None when there is no such object."""
        return self._objects.get(key)

    def items(self) -> Iterator[tuple[ObjectKey, V]]:
        """All objects."""
        return iter(list(self._objects.items()))

    def note(self, key: ObjectKey, value: V) -> bool:
        """Take in a state; False when it, or a newer one, is known."""
        known = self._objects.get(key)
        if known is not None and known.version >= value.version:
            return False
        self._objects[key] = value
        return True

    def drop(self, key: ObjectKey) -> None:
        """Take in that an object is gone."""
        self._objects.pop(key, None)


class SecretIndex:
    """The managed Secrets, found by their owner or by the robot whose credential they hold."""

    def __init__(self) -> None:
        self._mirror: Mirror[ManagedSecret] = Mirror()
        self._by_owner: defaultdict[str, set[ObjectKey]] = defaultdict(set)
        self._by_robot: defaultdict[str, set[ObjectKey]] = defaultdict(set)
        self._by_namespace: defaultdict[str, set[ObjectKey]] = defaultdict(set)
        self._by_name: defaultdict[str, set[ObjectKey]] = defaultdict(set)

    def note(self, key: ObjectKey, secret: ManagedSecret) -> bool:
        """Take in a state; False when it, or a newer one, is known."""
        before = self._mirror.get(key)
        if not self._mirror.note(key, secret):
            return False
        if before is not None:
            self._unindex(key, before)
        for index, term in self._indices(key, secret):
            index[term].add(key)
        return True

    def drop(self, key: ObjectKey) -> None:
        """Take in that a Secret is gone."""
        before = self._mirror.get(key)
        if before is not None:
            self._unindex(key, before)
        self._mirror.drop(key)

    def get(self, key: ObjectKey) -> ManagedSecret | None:
        """The newest known state, None when there is no such managed Secret."""
        return self._mirror.get(key)

    def of_owner(self, uid: str) -> dict[ObjectKey, ManagedSecret]:
        """The Secrets of one object."""
        return self._pick(self._by_owner.get(uid, set()))

    def of_robot(self, uid: str) -> dict[ObjectKey, ManagedSecret]:
        """The Secrets that hold a credential of one robot."""
        return self._pick(self._by_robot.get(uid, set()))

    def in_namespace(self, name: str) -> dict[ObjectKey, ManagedSecret]:
        """The managed Secrets of one namespace."""
        return self._pick(self._by_namespace.get(name, set()))

    def named(self, name: str) -> dict[ObjectKey, ManagedSecret]:
        """The managed Secrets of that name, in any namespace."""
        return self._pick(self._by_name.get(name, set()))

    def items(self) -> Iterator[tuple[ObjectKey, ManagedSecret]]:
        """All managed Secrets."""
        return self._mirror.items()

    def _indices(
        self, key: ObjectKey, secret: ManagedSecret
    ) -> tuple[tuple[defaultdict[str, set[ObjectKey]], str], ...]:
        return (
            (self._by_owner, secret.owner_uid),
            (self._by_robot, secret.robot_uid),
            (self._by_namespace, key.namespace),
            (self._by_name, key.name),
        )

    def _pick(self, keys: set[ObjectKey]) -> dict[ObjectKey, ManagedSecret]:
        found = {key: self._mirror.get(key) for key in keys}
        return {key: secret for key, secret in found.items() if secret is not None}

    def _unindex(self, key: ObjectKey, secret: ManagedSecret) -> None:
        for index, term in self._indices(key, secret):
            _discard(index, term, key)


class AccountIndex:
    """The ServiceAccounts, found by their namespace or by the object whose entry they hold."""

    def __init__(self) -> None:
        self._mirror: Mirror[ServiceAccount] = Mirror()
        self._by_namespace: defaultdict[str, set[ObjectKey]] = defaultdict(set)
        self._by_owner: defaultdict[str, set[ObjectKey]] = defaultdict(set)

    def get(self, key: ObjectKey) -> ServiceAccount | None:
        """The newest known state, None when there is no such ServiceAccount."""
        return self._mirror.get(key)

    def note(self, key: ObjectKey, account: ServiceAccount) -> bool:
        """Take in a state; False when it, or a newer one, is known."""
        before = self._mirror.get(key)
        if not self._mirror.note(key, account):
            return False
        for uid in before.noted.values() if before else ():
            _discard(self._by_owner, uid, key)
        for uid in account.noted.values():
            self._by_owner[uid].add(key)
        self._by_namespace[key.namespace].add(key)
        return True

    def drop(self, key: ObjectKey) -> None:
        """Take in that a ServiceAccount is gone."""
        before = self._mirror.get(key)
        for uid in before.noted.values() if before else ():
            _discard(self._by_owner, uid, key)
        _discard(self._by_namespace, key.namespace, key)
        self._mirror.drop(key)

    def concerning(
        self, owner_uid: str, namespaces: Iterable[str]
    ) -> Iterator[tuple[ObjectKey, ServiceAccount]]:
        """The ServiceAccounts of these namespaces, and those that hold an entry of this owner."""
        keys = set(self._by_owner.get(owner_uid, ()))
        for namespace in namespaces:
            keys |= self._by_namespace.get(namespace, set())
        for key in sorted(keys):
            account = self._mirror.get(key)
            if account is not None:
                yield key, account


def _discard(index: defaultdict[str, set[ObjectKey]], term: str, key: ObjectKey) -> None:
    if term in index:
        index[term].discard(key)
        if not index[term]:
            del index[term]
