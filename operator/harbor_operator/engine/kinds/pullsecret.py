"""HarborPullSecret: one robot's credential in many namespaces and their ServiceAccounts."""

from dataclasses import replace
from datetime import datetime

from harbor_operator.api.conditions import Reason
from harbor_operator.api.pullsecret import PullSecretSpec, PullSecretStatus
from harbor_operator.core.plan import Plan
from harbor_operator.core.pullsecret.actions import (
    Action,
    AddToAccount,
    Deliver,
    Hold,
    KeepChild,
    RemoveChild,
    RemoveFromAccount,
    TryCanary,
    Withdraw,
)
from harbor_operator.core.pullsecret.audience import contested
from harbor_operator.core.pullsecret.facts import Desired, Observed, RobotState
from harbor_operator.core.pullsecret.plan import plan
from harbor_operator.core.pullsecret.spec import desired_of, memory_of
from harbor_operator.engine.context import Ports
from harbor_operator.engine.kinds.pull_accounts import Accounts
from harbor_operator.engine.kinds.pull_child import ChildRobot, RobotSeen
from harbor_operator.engine.kinds.pull_delivery import Delivery
from harbor_operator.engine.kinds.pull_source import Source, read_source
from harbor_operator.engine.objects import LiveObject
from harbor_operator.kube.errors import Forbidden, Invalid, NamespaceTerminating, NotFound


class PullSecretCase:
    """One reconcile of a pull secret."""

    def __init__(self, live: LiveObject[PullSecretSpec, PullSecretStatus], ports: Ports) -> None:
        self._live = live
        self._ports = ports
        self._child = ChildRobot(live, ports)
        self._delivery = Delivery(live, ports)
        self._accounts = Accounts(live, ports)
        self._desired: Desired | None = None if live.parsed.deleting else desired_of(live.parsed)
        self._robot = RobotSeen(None)
        self._source = Source(RobotState.MISSING)
        self._failures: dict[str, Reason] = {}
        self._trial: bool | None = None

    async def observe(self) -> Observed:
        """Read the robot and its ledger, what is delivered where, and the ServiceAccounts."""
        if self._desired is not None and self._source.login is None:
            self._robot = await self._child.read(self._desired.child)
            self._source = await read_source(self._live.parsed.spec, self._robot.body, self._ports)
        observed = self._observed()
        if self._desired is not None:
            self._delivery.stake(contested(self._desired, observed))
        return observed

    def decide(self, observed: Observed) -> Plan[Action]:
        """The core's plan."""
        return plan(self._desired, observed, self._ports.now())

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
            case KeepChild():
                await self._child.keep(action)
            case RemoveChild(child):
                await self._child.remove(child)
                self._robot = replace(self._robot, child=None)
            case TryCanary(namespace):
                self._trial = await self._try(namespace)
            case _:
                await self._act_in_namespace(action)

    async def _act_in_namespace(
        self, action: Deliver | AddToAccount | RemoveFromAccount | Withdraw
    ) -> None:
        namespace = _place_of(action)
        if namespace in self._failures:
            return
        try:
            reason = await self._change(action)
        except (NamespaceTerminating, NotFound):
            reason = Reason.NAMESPACE_NOT_FOUND
        except (Forbidden, Invalid):
            reason = Reason.TARGET_FAILED
        if reason is not None:
            self._failures[namespace] = reason

    async def _change(
        self, action: Deliver | AddToAccount | RemoveFromAccount | Withdraw
    ) -> Reason | None:
        match action:
            case Deliver():
                return await self._delivery.deliver(action, self._source)
            case AddToAccount(account):
                await self._accounts.add(account)
            case RemoveFromAccount(account, inheritable):
                await self._accounts.remove(account, inheritable=inheritable)
            case Withdraw(namespace, _, inheritable):
                await self._delivery.withdraw(namespace, inheritable=inheritable)
        return None

    async def _try(self, namespace: str) -> bool:
        """Show Harbor what a canary namespace really holds."""
        login, trial = await self._delivery.read_back(namespace), self._source.trial
        return login is not None and trial is not None and await trial.works(*login, fresh=True)

    def _observed(self) -> Observed:
        source, connection = self._source, self._source.connection
        delivered = self._delivery.delivered(source)
        return Observed(
            namespace=self._live.namespace,
            held=self._live.held,
            robot=source.state,
            login=source.login,
            connected=connection is not None,
            known_hosts=connection.registry_hosts if connection else (),
            distribution=connection.distribution if connection else (),
            namespaces=dict(self._ports.cluster.namespaces),
            delivered=delivered,
            taken=self._delivery.taken(),
            accounts=tuple(self._accounts.seen(delivered)),
            failures=dict(self._failures),
            verified=source.verified,
            verified_at=self._verified_at(source),
            trial=self._trial,
            harbor_time=connection.client.clock.now() if connection else None,
            child=self._robot.child,
            connections=self._robot.connections,
            memory=memory_of(self._live.parsed.status),
        )

    def _verified_at(self, source: Source) -> datetime | None:
        """When the credential was proven first: proving it once more is no news.

        Otherwise every restart of the operator would write the status of every pull secret.
        """
        status, login = self._live.parsed.status, source.login
        known = login is not None and status.robot_name == login.username
        return status.verified_at if known and status.verified_at else source.verified_at


def _place_of(action: Deliver | AddToAccount | RemoveFromAccount | Withdraw) -> str:
    match action:
        case Deliver(namespace) | Withdraw(namespace):
            return namespace
        case AddToAccount(account) | RemoveFromAccount(account):
            return account.namespace
