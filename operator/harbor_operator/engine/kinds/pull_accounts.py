"""The entries of one pull secret among the imagePullSecrets of ServiceAccounts."""

from collections.abc import Iterable

from harbor_operator.api.pullsecret import PullSecretSpec, PullSecretStatus
from harbor_operator.core.pullsecret.facts import Account
from harbor_operator.engine.account_entries import add_entry, take_entry_away
from harbor_operator.engine.context import Ports
from harbor_operator.engine.objects import LiveObject
from harbor_operator.kube.resources import ObjectKey


class Accounts:
    """Reads and changes the ServiceAccounts that concern one pull secret."""

    def __init__(self, live: LiveObject[PullSecretSpec, PullSecretStatus], ports: Ports) -> None:
        self._live = live
        self._ports = ports
        self._name = live.parsed.spec.secret_name_for(live.name)

    def seen(self, namespaces: Iterable[str], *, everywhere: bool) -> list[Account]:
        """The ServiceAccounts of these namespaces, and those that still hold our entry.

        Args:
            namespaces: Where a Secret is delivered.
            everywhere: Whether the others that hold our entry are looked for.
        """
        owner = self._live.uid if everywhere else None
        return [
            Account(
                namespace=key.namespace,
                name=key.name,
                listed=self._name in account.pull_secrets,
                noted=account.noted.get(self._name) == self._live.uid,
                labels=account.labels,
            )
            for key, account in self._ports.cluster.accounts.concerning(owner, namespaces)
        ]

    async def add(self, account: Account) -> None:
        """Put in our entry, and note that we did."""
        await add_entry(self._ports, _key(account), self._name, self._live.uid)

    async def remove(self, account: Account, *, inheritable: bool) -> None:
        """Take out the entry that we noted, or leave it to the Secret's next owner."""
        await take_entry_away(
            self._ports, _key(account), self._name, self._live.uid, inheritable=inheritable
        )


def _key(account: Account) -> ObjectKey:
    return ObjectKey(account.namespace, account.name)
