"""What the operator sees of the cluster: namespaces, managed Secrets, ServiceAccounts.

Own informers keep only what decisions need. What the operator writes itself is noted here from
the API server's answer, so that the next look does not wait for the watch.
"""

import asyncio
from collections.abc import Callable, Container, Iterable, Iterator
from functools import partial
from typing import Any, Protocol, TypeVar

from harbor_operator.api.base import (
    LABEL_MANAGED,
    LABEL_WEBHOOK_AUTH,
)
from harbor_operator.bridge.namespaces import summarize_namespace
from harbor_operator.core.namespaces import Namespace
from harbor_operator.core.pullsecret.entries import ServiceAccount, summarize_account
from harbor_operator.engine.arrivals import Arrivals
from harbor_operator.engine.heirs import Heirs
from harbor_operator.engine.mirrors import AccountIndex, SecretIndex, Versioned
from harbor_operator.engine.scope import EVERYWHERE, Scope
from harbor_operator.engine.secrets import Digester, ManagedSecret, summarize
from harbor_operator.engine.setbacks import Setbacks
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.informer import Informer
from harbor_operator.kube.resources import (
    NAMESPACES,
    SECRETS,
    SERVICE_ACCOUNTS,
    JsonObject,
    ObjectKey,
    key_of,
)
from harbor_operator.kube.selection import Selection

T = TypeVar("T")

ECHO_SECONDS = 0.2
"""The watch may show an own write before its answer is taken in: so long it is no news."""


class Listener(Protocol):
    """Who wants to know that something in the cluster changed."""

    def namespace_changed(self, states: Iterable[Namespace]) -> None:
        """A namespace appeared, left, or changed: what it was before, and what it is now."""

    def secret_changed(self, key: ObjectKey, secret: ManagedSecret) -> None:
        """A managed Secret was written or deleted by somebody."""

    def account_changed(self, key: ObjectKey) -> None:
        """A ServiceAccount appeared or has other pull secrets."""

    def header_changed(self, key: ObjectKey) -> None:
        """A Secret for webhooks appeared, was written or was deleted."""


class Cluster:
    """The informers and what they see."""

    def __init__(
        self,
        client: KubeClient,
        *,
        digester: Digester,
        jitter: Callable[[], float],
        scope: Scope = EVERYWHERE,
        watch_secrets: bool = True,
    ) -> None:
        """Prepare to watch.

        Args:
            client: How to reach the API server.
            digester: Compares the content of Secrets.
            jitter: Returns a random number from 0 up to 1.
            scope: The namespaces to look at.
            watch_secrets: Whether Secrets are watched; `see_secret` is told of them else.
        """
        self._watch_secrets = watch_secrets
        self.digester = digester
        self.secrets = SecretIndex()
        self.accounts = AccountIndex()
        self.heirs = Heirs()
        self.setbacks = Setbacks()
        self.arrivals = Arrivals()
        self.namespaces: dict[str, Namespace] = {}
        self.listener: Listener | None = None
        """Is told of what happens from then on; the first lists are no news to anybody."""
        self._own_secrets: dict[ObjectKey, int] = {}
        self._own_accounts: dict[ObjectKey, int] = {}
        self._client, self._jitter = client, jitter
        self.scope = scope
        self._informers: tuple[Informer[Any], ...] = ()
        self.narrow(scope)

    def narrow(self, scope: Scope) -> None:
        """Look at these namespaces alone; called before `run`."""
        self.scope = scope
        self._informers = tuple(
            informer for place in scope.places() for informer in self._informers_of(place)
        )

    def _informers_of(self, place: str | None) -> Iterator[Informer[Any]]:
        """What watches one namespace, or all of them where it is None."""
        yield self._informer(_namespace_at(place), summarize_namespace, self._on_namespace)
        accounts = self._informer(
            Selection(SERVICE_ACCOUNTS, place), self._account_shown, self._on_account
        )
        accounts.on_listed = partial(self._on_accounts_listed, place)
        yield accounts
        if self._watch_secrets:
            yield from self._secret_informers_of(place)

    def _secret_informers_of(self, place: str | None) -> Iterator[Informer[Any]]:
        managed = Selection(SECRETS, place, label_selector=f"{LABEL_MANAGED}=true")
        secrets = self._informer(managed, self._secret_shown, self._on_secret)
        secrets.on_listed = partial(self._on_secrets_listed, place)
        yield secrets
        headers = Selection(
            SECRETS, place, label_selector=f"{LABEL_WEBHOOK_AUTH}=true", metadata_only=True
        )
        yield self._informer(headers, version_of, self._on_header)

    def _informer(
        self,
        selection: Selection,
        project: Callable[[JsonObject], T],
        on_change: Callable[[ObjectKey, T | None, T | None], None],
    ) -> Informer[T]:
        return Informer(self._client, selection, project, on_change, jitter=self._jitter)

    async def run(self) -> None:
        """Keep all informers going until cancelled."""
        async with asyncio.TaskGroup() as group:
            for informer in self._informers:
                group.create_task(informer.run())

    async def synced(self) -> None:
        """Wait until every first list is complete."""
        for informer in self._informers:
            await informer.synced.wait()

    def age_seconds(self) -> float:
        """Seconds since the most silent watch gave a sign of life."""
        return max((informer.age_seconds() for informer in self._informers), default=0.0)

    def note_secret(self, body: JsonObject) -> None:
        """Take in the answer to a write of a managed Secret."""
        secret = self._summarize(body)
        self._own_secrets[key_of(body)] = secret.version
        self.secrets.note(key_of(body), secret)

    def see_secret(
        self,
        key: ObjectKey,
        body: JsonObject | None,
        *,
        before: ManagedSecret | None,
        telling: bool,
    ) -> None:
        """Take in a Secret that was read, where no watch tells of it.

        Args:
            key: Which one.
            body: As it is; None where there is none.
            before: What was known of it when it was asked for. What was noted since then counts.
            telling: Whether the listener is to know of a change.
        """
        labels = (body["metadata"].get("labels") or {}) if body else {}
        new = self._secret_shown(body) if body and labels.get(LABEL_MANAGED) == "true" else None
        if telling:
            if new is not None or self.secrets.get(key) is before:
                self._on_secret(key, before, new)
        elif new is not None:
            self.secrets.note(key, new)
        elif self.secrets.get(key) is before:
            self.secrets.drop(key)

    def note_taken_away(self, key: ObjectKey) -> None:
        """Take in that a Secret was taken from its owner; who waits for that is told of it.

        The watch, where there is one, tells of it later, and of what has become of it.
        """
        known = self.secrets.get(key)
        if self._watch_secrets:
            self.secrets.drop(key)
        else:
            self._on_secret(key, known, None)

    def note_handed_over(self, body: JsonObject) -> None:
        """Take in the answer to a write that gave a Secret to another object, which is told.

        The watch may be silent for a while. An owner that did not know of the Secret by then could
        be given other targets, and would take it for one that the labels of its namespace left.
        """
        key, secret = key_of(body), self._summarize(body)
        if self.secrets.note(key, secret):
            self._tell_secret(key, secret)

    def note_account(self, body: JsonObject) -> None:
        """Take in the answer to a write of a ServiceAccount."""
        account = summarize_account(body)
        self._own_accounts[key_of(body)] = account.version
        self.accounts.note(key_of(body), account)

    def see_account(self, body: JsonObject) -> None:
        """Take in a ServiceAccount that was read, ahead of the watch."""
        key, account = key_of(body), summarize_account(body)
        if self.accounts.note(key, account):
            self._tell_account(key, account)

    def _summarize(self, body: JsonObject) -> ManagedSecret:
        return summarize(body, self.digester)

    def _secret_shown(self, body: JsonObject) -> ManagedSecret:
        """A Secret that the watch shows; half of them are known from the answer to an own write."""
        known = self.secrets.get(key_of(body))
        return known if known and _is_version(body, known) else self._summarize(body)

    def _account_shown(self, body: JsonObject) -> ServiceAccount:
        """The same of a ServiceAccount."""
        known = self.accounts.get(key_of(body))
        return known if known and _is_version(body, known) else summarize_account(body)

    def _on_namespace(self, key: ObjectKey, old: Namespace | None, new: Namespace | None) -> None:
        if new is None:
            self.namespaces.pop(key.name, None)
        else:
            self.namespaces[key.name] = new
        self.setbacks.lift(key.name)
        if self.listener is not None:
            self.listener.namespace_changed([state for state in (old, new) if state is not None])

    def _on_secret(
        self, key: ObjectKey, old: ManagedSecret | None, new: ManagedSecret | None
    ) -> None:
        if new is None or _went_back(old, new):
            self.secrets.drop(key)
            self._own_secrets.pop(key, None)
        if new is None and old is not None:
            self._tell_secret(key, old)
        elif new is not None and self.secrets.note(key, new) and self.listener is not None:
            asyncio.get_running_loop().call_later(ECHO_SECONDS, self._tell_secret, key, new)

    def _on_secrets_listed(
        self, place: str | None, present: Container[ObjectKey], version: int
    ) -> None:
        """Forget own writes that a gap of the watch has hidden the end of."""
        for key, secret in self.secrets.items():
            if _is_in(place, key) and key not in present and secret.version <= version:
                self._on_secret(key, secret, None)

    def _tell_secret(self, key: ObjectKey, secret: ManagedSecret) -> None:
        """Tell of a change, unless an own write has been made in its place or on top of it."""
        if self.listener is not None and self._own_secrets.get(key, 0) < secret.version:
            self.listener.secret_changed(key, secret)

    def _on_account(
        self, key: ObjectKey, old: ServiceAccount | None, new: ServiceAccount | None
    ) -> None:
        if new is None or _went_back(old, new):
            self.accounts.drop(key)
            self._own_accounts.pop(key, None)
        if new is not None and self.accounts.note(key, new):
            self._tell_account(key, new)

    def _on_accounts_listed(
        self, place: str | None, present: Container[ObjectKey], version: int
    ) -> None:
        """The same as of Secrets."""
        for key, account in self.accounts.items():
            if _is_in(place, key) and key not in present and account.version <= version:
                self._on_account(key, account, None)

    def _on_header(self, key: ObjectKey, _old: str | None, _new: str | None) -> None:
        if self.listener is not None:
            self.listener.header_changed(key)

    def _tell_account(self, key: ObjectKey, account: ServiceAccount) -> None:
        if self.listener is not None and self._own_accounts.get(key, 0) < account.version:
            self.listener.account_changed(key)


def _namespace_at(place: str | None) -> Selection:
    """One namespace by its name, which roles can grant to watch, or all."""
    by_name = None if place is None else f"metadata.name={place}"
    return Selection(NAMESPACES, field_selector=by_name, metadata_only=True)


def _is_in(place: str | None, key: ObjectKey) -> bool:
    return place is None or key.namespace == place


def _went_back(old: Versioned | None, new: Versioned) -> bool:
    """Whether the cluster was restored to an earlier state: what is newer is no longer true."""
    return old is not None and new.version < old.version


def _is_version(body: JsonObject, known: Versioned) -> bool:
    return bool(body["metadata"]["resourceVersion"] == str(known.version))


def version_of(body: JsonObject) -> str:
    """What is remembered of an object of which only a change is news."""
    return str(body["metadata"]["resourceVersion"])
