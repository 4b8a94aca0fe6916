"""The entries of one pull secret among the imagePullSecrets of ServiceAccounts."""

from collections.abc import Iterable

from harbor_operator.api.pullsecret import PullSecretSpec, PullSecretStatus
from harbor_operator.core.pullsecret.facts import Account
from harbor_operator.engine.accounts import account_patch
from harbor_operator.engine.context import Ports
from harbor_operator.engine.faults import Outdated
from harbor_operator.engine.handover import heir_of
from harbor_operator.engine.objects import LiveObject
from harbor_operator.kube.errors import Conflict, Invalid, NotFound
from harbor_operator.kube.resources import SERVICE_ACCOUNTS, ObjectKey


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
        await self._change(account, add=True)

    async def remove(self, account: Account, *, inheritable: bool) -> None:
        """Take out the entry that we noted, or note that it is now the Secret's next owner's."""
        key = ObjectKey(account.namespace, self._name)
        heir = await heir_of(self._ports, key) if inheritable else None
        await self._change(account, add=False, heir_uid=heir.uid if heir else None)

    async def _change(self, account: Account, *, add: bool, heir_uid: str | None = None) -> None:
        """Change our one entry and our note of it, in one patch tested against the version seen.

        The list of entries is atomic for Kubernetes, so it is never sent as a whole.
        """
        key = ObjectKey(account.namespace, account.name)
        seen = self._ports.cluster.accounts.get(key)
        if seen is None:
            return
        operations = account_patch(seen, self._name, self._live.uid, add=add, heir_uid=heir_uid)
        if not operations:
            return
        try:
            body = await self._ports.kube.patch_json(
                SERVICE_ACCOUNTS, account.name, operations, namespace=account.namespace
            )
        except NotFound:
            self._ports.cluster.accounts.drop(key)
            return
        except (Invalid, Conflict):
            await self._read_again(key)
            raise Outdated from None
        self._ports.cluster.note_account(body)

    async def _read_again(self, key: ObjectKey) -> None:
        """See a ServiceAccount as it is now: the watch has not told of it yet.

        It is listed, as the watch lists it: nothing else asks for the right to get one.
        """
        listed = await self._ports.kube.list(
            SERVICE_ACCOUNTS, namespace=key.namespace, field_selector=f"metadata.name={key.name}"
        )
        if not listed.items:
            self._ports.cluster.accounts.drop(key)
        for body in listed.items:
            self._ports.cluster.see_account(body)
