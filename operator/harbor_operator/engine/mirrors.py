"""What is remembered of Secrets and ServiceAccounts, found by what decisions ask for."""

from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from harbor_operator.core.pullsecret.entries import ServiceAccount
from harbor_operator.engine.secrets import ManagedSecret
from harbor_operator.kube.resources import ObjectKey


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


class Index:
    """Which objects a term leads to.

    Most terms lead to one object only, which is kept without a set around it: of ten thousand
    Secrets the sets would take more memory than what is remembered of them.
    """

    def __init__(self) -> None:
        self._keys: dict[str, ObjectKey | set[ObjectKey]] = {}

    def add(self, term: str, key: ObjectKey) -> None:
        """Let a term lead to an object, too."""
        known = self._keys.setdefault(term, key)
        if isinstance(known, set):
            known.add(key)
        elif known != key:
            self._keys[term] = {known, key}

    def discard(self, term: str, key: ObjectKey) -> None:
        """Let a term no longer lead to an object."""
        known = self._keys.get(term)
        if known == key:
            del self._keys[term]
        elif isinstance(known, set):
            known.discard(key)
            if len(known) == 1:
                [self._keys[term]] = known

    def get(self, term: str) -> set[ObjectKey]:
        """A copy of what a term leads to."""
        known = self._keys.get(term)
        if known is None:
            return set()
        return set(known) if isinstance(known, set) else {known}


class SecretIndex:
    """The managed Secrets, found by their owner or by the robot whose credential they hold."""

    def __init__(self) -> None:
        self._mirror: Mirror[ManagedSecret] = Mirror()
        self._by_owner = Index()
        self._by_robot = Index()
        self._by_namespace = Index()

    def note(self, key: ObjectKey, secret: ManagedSecret) -> bool:
        """Take in a state; False when it, or a newer one, is known."""
        before = self._mirror.get(key)
        if not self._mirror.note(key, secret):
            return False
        if before is not None:
            self._unindex(key, before)
        for index, term in self._indices(key, secret):
            index.add(term, key)
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
        return self._pick(self._by_owner.get(uid))

    def of_robot(self, uid: str) -> dict[ObjectKey, ManagedSecret]:
        """The Secrets that hold a credential of one robot."""
        return self._pick(self._by_robot.get(uid))

    def in_namespace(self, name: str) -> dict[ObjectKey, ManagedSecret]:
        """The managed Secrets of one namespace."""
        return self._pick(self._by_namespace.get(name))

    def items(self) -> Iterator[tuple[ObjectKey, ManagedSecret]]:
        """All managed Secrets."""
        return self._mirror.items()

    def _indices(self, key: ObjectKey, secret: ManagedSecret) -> tuple[tuple[Index, str], ...]:
        return (
            (self._by_owner, secret.owner_uid),
            (self._by_robot, secret.robot_uid),
            (self._by_namespace, key.namespace),
        )

    def _pick(self, keys: set[ObjectKey]) -> dict[ObjectKey, ManagedSecret]:
        found = {key: self._mirror.get(key) for key in keys}
        return {key: secret for key, secret in found.items() if secret is not None}

    def _unindex(self, key: ObjectKey, secret: ManagedSecret) -> None:
        for index, term in self._indices(key, secret):
            index.discard(term, key)


class AccountIndex:
    """The ServiceAccounts, found by their namespace or by the object whose entry they hold."""

    def __init__(self) -> None:
        self._mirror: Mirror[ServiceAccount] = Mirror()
        self._by_namespace = Index()
        self._by_owner = Index()

    def items(self) -> Iterator[tuple[ObjectKey, ServiceAccount]]:
        """All ServiceAccounts."""
        return self._mirror.items()

    def get(self, key: ObjectKey) -> ServiceAccount | None:
        """The newest known state, None when there is no such ServiceAccount."""
        return self._mirror.get(key)

    def note(self, key: ObjectKey, account: ServiceAccount) -> bool:
        """Take in a state; False when it, or a newer one, is known."""
        before = self._mirror.get(key)
        if not self._mirror.note(key, account):
            return False
        for uid in before.noted.values() if before else ():
            self._by_owner.discard(uid, key)
        for uid in account.noted.values():
            self._by_owner.add(uid, key)
        self._by_namespace.add(key.namespace, key)
        return True

    def drop(self, key: ObjectKey) -> None:
        """Take in that a ServiceAccount is gone."""
        before = self._mirror.get(key)
        for uid in before.noted.values() if before else ():
            self._by_owner.discard(uid, key)
        self._by_namespace.discard(key.namespace, key)
        self._mirror.drop(key)

    def concerning(
        self, owner_uid: str | None, namespaces: Iterable[str]
    ) -> Iterator[tuple[ObjectKey, ServiceAccount]]:
        """The ServiceAccounts of these namespaces, and those that hold an entry of this owner."""
        keys = self._by_owner.get(owner_uid) if owner_uid else set()
        for namespace in namespaces:
            keys |= self._by_namespace.get(namespace)
        for key in sorted(keys):
            account = self._mirror.get(key)
            if account is not None:
                yield key, account
