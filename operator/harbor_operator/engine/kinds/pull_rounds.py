"""The namespaces of one pull secret, worked through; those that refuse hold up no other."""

from collections import Counter
from collections.abc import Mapping

from harbor_operator.api.base import ANNOTATION_RECONCILE
from harbor_operator.api.conditions import Reason
from harbor_operator.api.pullsecret import PullSecretSpec, PullSecretStatus
from harbor_operator.core.pullsecret.actions import (
    AddToAccount,
    Deliver,
    RemoveFromAccount,
    Withdraw,
)
from harbor_operator.core.pullsecret.lanes import Lane, LocalAction, place_of
from harbor_operator.core.pullsecret.plan import RETRY_PAUSE
from harbor_operator.engine.context import Ports
from harbor_operator.engine.fanout import AT_ONCE, Turn, fan_out
from harbor_operator.engine.faults import Outdated
from harbor_operator.engine.kinds.pull_accounts import Accounts
from harbor_operator.engine.kinds.pull_delivery import Delivery
from harbor_operator.engine.kinds.pull_source import Source
from harbor_operator.engine.objects import LiveObject
from harbor_operator.kube.errors import (
    Forbidden,
    Invalid,
    NamespaceTerminating,
    NotFound,
    Transient,
)

MAX_CHANGES_UNDER_WAY = 3
"""How often something may change under our hands in one namespace before somebody else is taken
to be at work there."""


class Rounds:
    """Carries out actions in namespaces, and remembers which refused."""

    def __init__(
        self,
        live: LiveObject[PullSecretSpec, PullSecretStatus],
        ports: Ports,
        delivery: Delivery,
        accounts: Accounts,
    ) -> None:
        self._ports = ports
        self._delivery = delivery
        self._accounts = accounts
        self._turn = Turn()
        wish = (live.parsed.metadata.generation, live.parsed.annotation(ANNOTATION_RECONCILE))
        self._setbacks = ports.cluster.setbacks.of(live.uid, wish)
        self._outdated: Counter[str] = Counter()
        self.done: set[str] = set()
        """The namespaces in which all was done that was wanted, or that have refused."""

    def turn_is_over(self) -> bool:
        """Whether other objects are to have their turn."""
        return self._turn.is_over()

    def failures(self) -> Mapping[str, Reason]:
        """The namespaces that have refused, and are left alone for now."""
        return self._setbacks.at(self._ports.now())

    async def work_through(self, lanes: tuple[Lane, ...], source: Source) -> None:
        """Do what is to be done in each namespace, until the turn is over.

        Raises:
            Transient: It is the API server that fails, and no namespace.
        """
        troubles = Troubles()

        async def work(lane: Lane) -> None:
            namespace = place_of(lane[0])
            try:
                await self._work(namespace, lane, source)
            except Transient as error:
                troubles.count(namespace, error)
            else:
                troubles.end()

        await fan_out(lanes, work, self._turn)
        for namespace in troubles.local():
            self._leave_alone(namespace, Reason.TARGET_FAILED)

    async def _work(self, namespace: str, lane: Lane, source: Source) -> None:
        """What is to be done in one namespace, up to what it refuses."""
        try:
            for action in lane:
                if reason := await self._act(action, source):
                    self._leave_alone(namespace, reason)
                    return
            self.done.add(namespace)
        except Outdated:
            self._outdated[namespace] += 1
            if self._outdated[namespace] >= MAX_CHANGES_UNDER_WAY:
                self._leave_alone(namespace, Reason.TARGET_FAILED)
        except (NamespaceTerminating, NotFound):
            self._leave_alone(namespace, Reason.NAMESPACE_NOT_FOUND)
        except (Forbidden, Invalid):
            self._leave_alone(namespace, Reason.TARGET_FAILED)

    async def _act(self, action: LocalAction, source: Source) -> Reason | None:
        match action:
            case Deliver():
                return await self._delivery.deliver(action, source)
            case AddToAccount(account):
                await self._accounts.add(account)
            case RemoveFromAccount(account, inheritable):
                await self._accounts.remove(account, inheritable=inheritable)
            case Withdraw(namespace, _, inheritable):
                await self._delivery.withdraw(namespace, inheritable=inheritable)
        return None

    def _leave_alone(self, namespace: str, reason: Reason) -> None:
        self.done.add(namespace)
        self._setbacks.note(namespace, reason, until=self._ports.now() + RETRY_PAUSE)


class Troubles:
    """Tells a namespace whose admission webhook is away from an API server that is."""

    def __init__(self) -> None:
        self._places: list[str] = []
        self._in_a_row = 0
        self._anything_worked = False
        self._error: Transient | None = None

    def count(self, namespace: str, error: Transient) -> None:
        """Something failed that works at other times.

        Raises:
            Transient: It fails everywhere.
        """
        self._places.append(namespace)
        self._in_a_row += 1
        self._error = error
        if self._in_a_row >= AT_ONCE:
            raise error

    def end(self) -> None:
        """Something worked: the API server is there."""
        self._in_a_row = 0
        self._anything_worked = True

    def local(self) -> list[str]:
        """The namespaces that failed while others worked.

        Raises:
            Transient: Nothing worked anywhere.
        """
        if self._error is not None and not self._anything_worked:
            raise self._error
        return self._places
