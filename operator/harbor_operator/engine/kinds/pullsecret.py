"""HarborPullSecret: one robot's credential in many namespaces and their ServiceAccounts."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from harbor_operator.api.conditions import Reason
from harbor_operator.api.pullsecret import PullSecretSpec, PullSecretStatus
from harbor_operator.core import dockerconfig
from harbor_operator.core.plan import Plan
from harbor_operator.core.pullsecret.actions import (
    Action,
    AddToAccount,
    Deliver,
    Hold,
    RemoveFromAccount,
    Withdraw,
)
from harbor_operator.core.pullsecret.facts import Account, Delivered, Observed, RobotState
from harbor_operator.core.pullsecret.plan import plan
from harbor_operator.core.specs import desired_pull_secret
from harbor_operator.engine.accounts import account_patch
from harbor_operator.engine.context import Ports
from harbor_operator.engine.faults import Outdated, Waiting
from harbor_operator.engine.kinds.pull_source import Source, read_source
from harbor_operator.engine.objects import LiveObject
from harbor_operator.engine.secrets import DOCKER_CONFIG, Ownership, compose
from harbor_operator.kube.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    Invalid,
    NamespaceTerminating,
    NotFound,
)
from harbor_operator.kube.resources import SECRETS, SERVICE_ACCOUNTS, JsonObject, ObjectKey


class PullSecretCase:
    """One reconcile of a pull secret."""

    def __init__(self, live: LiveObject[PullSecretSpec, PullSecretStatus], ports: Ports) -> None:
        self._live = live
        self._ports = ports
        self._name = live.parsed.spec.secret_name_for(live.name)
        self._source = Source(RobotState.MISSING)
        self._failures: dict[str, Reason] = {}

    async def observe(self) -> Observed:
        """Read the robot and its ledger, what is delivered where, and the ServiceAccounts."""
        if not self._live.parsed.deleting and self._source.login is None:
            self._source = await read_source(self._live, self._ports)
        source = self._source
        connection = source.connection
        delivered = self._delivered(source)
        return Observed(
            namespace=self._live.namespace,
            held=self._live.held,
            robot=source.state,
            login=source.login,
            known_hosts=connection.registry_hosts if connection else (),
            distribution=connection.distribution if connection else (),
            namespaces=dict(self._ports.cluster.namespaces),
            delivered=delivered,
            accounts=tuple(self._accounts()),
            failures=dict(self._failures),
            verified=source.verified,
            verified_at=self._verified_at(source),
        )

    def decide(self, observed: Observed) -> Plan[Action]:
        """The core's plan."""
        desired = None if self._live.parsed.deleting else desired_pull_secret(self._live.parsed)
        return plan(desired, observed, self._ports.now())

    def seconds_until(self, plan: Plan[Action]) -> float | None:
        """Seconds until the recheck, by the operator's clock."""
        if plan.recheck_at is None:
            return None
        return (plan.recheck_at - self._ports.now()).total_seconds()

    async def act(self, action: Action) -> None:
        """Carry out one action; a namespace that refuses is noted and holds up no other."""
        match action:
            case Hold():
                await self._live.hold()
            case Deliver(namespace):
                reason = await self._deliver(namespace, action)
                if reason is not None:
                    self._failures[namespace] = reason
            case AddToAccount(account):
                await self._change_account(account, add=True)
            case RemoveFromAccount(account):
                await self._change_account(account, add=False)
            case Withdraw(namespace, delivered):
                await self._withdraw(namespace, delivered)

    def _delivered(self, source: Source) -> Mapping[str, Delivered]:
        """Every namespace that holds a Secret of this object, and whether it is in line."""
        digester = self._ports.cluster.digester
        delivered = {}
        for key, secret in self._ports.cluster.secrets.of_owner(self._live.uid).items():
            in_line = False
            if source.login is not None and key.name == self._name:
                wanted = self._wanted(key.namespace, source)
                in_line = secret.digest == digester.digest(wanted)
            delivered[key.namespace] = Delivered(secret.uid, in_line)
        return delivered

    def _verified_at(self, source: Source) -> datetime | None:
        """When the credential was proven first: proving it once more is no news.

        Otherwise every restart of the operator would write the status of every pull secret.
        """
        status, login = self._live.parsed.status, source.login
        known = login is not None and status.robot_name == login.username
        return status.verified_at if known and status.verified_at else source.verified_at

    def _accounts(self) -> list[Account]:
        """The ServiceAccounts that are named, and those that still hold our entry."""
        accounts = self._live.parsed.spec.service_accounts
        names = frozenset(accounts.names if accounts else ())
        found = []
        for key, account in self._ports.cluster.accounts.items():
            noted = account.noted.get(self._name) == self._live.uid
            if key.name in names or noted:
                listed = self._name in account.pull_secrets
                found.append(Account(key.namespace, key.name, listed, noted))
        return found

    def _ownership(self, owner_uid: str, robot_uid: str) -> Ownership:
        return Ownership(self._live.id, owner_uid, robot_uid)

    def _wanted(self, namespace: str, source: Source) -> JsonObject:
        credential, login, connection = source.credential, source.login, source.connection
        if credential is None or login is None or connection is None:
            raise Waiting(Reason.WAITING_FOR_ROBOT, "The robot has no working credential.")
        hosts = self._live.parsed.spec.registry_hosts or connection.registry_hosts
        document = dockerconfig.render(hosts, credential.username, credential.password)
        wanted = compose(
            self._name,
            namespace,
            type_=DOCKER_CONFIG,
            data={dockerconfig.KEY: document},
            ownership=self._ownership(self._live.uid, login.robot_uid),
            template=self._live.parsed.spec.secret_template,
        )
        if namespace == self._live.namespace:
            wanted["metadata"]["ownerReferences"] = [self._live.owner_reference()]
        return wanted

    async def _deliver(self, namespace: str, action: Deliver) -> Reason | None:
        """Create or replace the Secret; the reason where the namespace refuses it."""
        wanted = self._wanted(namespace, self._source)
        try:
            if action.delivered is None:
                await self._create(wanted, namespace)
            else:
                await self._replace(wanted, namespace)
        except (NamespaceTerminating, NotFound):
            return Reason.NAMESPACE_NOT_FOUND
        except (Forbidden, Invalid):
            return Reason.TARGET_FAILED
        except AlreadyExists:
            return Reason.SECRET_NOT_OWNED
        return None

    async def _create(self, wanted: JsonObject, namespace: str) -> None:
        """Create only: who is first has the name."""
        try:
            body = await self._ports.kube.create(SECRETS, wanted, namespace=namespace)
        except AlreadyExists:
            body = await self._ports.kube.get(SECRETS, self._name, namespace=namespace)
            if not self._owned(body):
                raise
        self._ports.cluster.note_secret(body)

    async def _replace(self, wanted: JsonObject, namespace: str) -> None:
        """Swap in place, so that the uid stays and nodes need not ask the registry again."""
        before = await self._ports.kube.get(SECRETS, self._name, namespace=namespace)
        if not self._owned(before):
            self._ports.cluster.secrets.drop(ObjectKey(namespace, self._name))
            raise Outdated
        present = before["metadata"]
        wanted["metadata"]["uid"] = present["uid"]
        wanted["metadata"]["resourceVersion"] = present["resourceVersion"]
        try:
            body = await self._ports.kube.replace(SECRETS, wanted, namespace=namespace)
        except Conflict:
            raise Outdated from None
        self._ports.cluster.note_secret(body)

    def _owned(self, body: JsonObject) -> bool:
        return self._ownership(self._live.uid, "").owns(body)

    async def _withdraw(self, namespace: str, delivered: Delivered) -> None:
        with suppress(NotFound, Conflict):
            await self._ports.kube.delete(
                SECRETS, self._name, namespace=namespace, uid=delivered.uid
            )
        self._ports.cluster.secrets.drop(ObjectKey(namespace, self._name))

    async def _change_account(self, account: Account, *, add: bool) -> None:
        """Change our one entry and our note of it, in one patch tested against the version read.

        The list of entries is atomic for Kubernetes, so it is never sent as a whole.
        """
        try:
            body = await self._ports.kube.get(
                SERVICE_ACCOUNTS, account.name, namespace=account.namespace
            )
            operations = account_patch(body, self._name, self._live.uid, add=add)
            if operations:
                body = await self._ports.kube.patch_json(
                    SERVICE_ACCOUNTS, account.name, operations, namespace=account.namespace
                )
        except NotFound:
            self._ports.cluster.accounts.drop(ObjectKey(account.namespace, account.name))
            return
        except (Invalid, Conflict):
            raise Outdated from None
        self._ports.cluster.note_account(body)
