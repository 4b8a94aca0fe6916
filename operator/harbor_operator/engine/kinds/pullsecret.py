"""HarborPullSecret: one robot's credential in many namespaces and their ServiceAccounts."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from harbor_operator.api.conditions import ConditionType
from harbor_operator.api.pullsecret import PullSecretSpec, PullSecretStatus
from harbor_operator.core.namespaces import Namespace
from harbor_operator.core.plan import Plan
from harbor_operator.core.pullsecret.actions import Hold, KeepChild, RemoveChild, TryCanary
from harbor_operator.core.pullsecret.audience import Audience, audience_of, contested
from harbor_operator.core.pullsecret.facts import Desired, Observed, RobotState
from harbor_operator.core.pullsecret.lanes import SideBySide, Step, places_of, steps_of
from harbor_operator.core.pullsecret.plan import plan
from harbor_operator.core.pullsecret.progress import progress
from harbor_operator.core.pullsecret.spec import desired_of, memory_of
from harbor_operator.core.pullsecret.welcome import welcome
from harbor_operator.engine.arrivals import PATIENCE_SECONDS
from harbor_operator.engine.context import Ports
from harbor_operator.engine.kinds.pull_accounts import Accounts
from harbor_operator.engine.kinds.pull_child import ChildRobot, RobotSeen
from harbor_operator.engine.kinds.pull_delivery import Delivery, Places
from harbor_operator.engine.kinds.pull_rounds import Rounds
from harbor_operator.engine.kinds.pull_source import Source, read_source
from harbor_operator.engine.objects import LiveObject


class PullSecretCase:
    """One reconcile of a pull secret."""

    def __init__(self, live: LiveObject[PullSecretSpec, PullSecretStatus], ports: Ports) -> None:
        self._live = live
        self._ports = ports
        self._child = ChildRobot(live, ports)
        self._delivery = Delivery(live, ports)
        self._accounts = Accounts(live, ports)
        self._rounds = Rounds(live, ports, self._delivery, self._accounts)
        self._desired: Desired | None = None if live.parsed.deleting else desired_of(live.parsed)
        self._robot = RobotSeen(None)
        self._source = Source(RobotState.MISSING)
        self._trial: bool | None = None
        self._seen: Observed | None = None
        self._audience: Audience | None = None
        self._begun: Mapping[str, Any] = {}
        """What the last plan with actions reported."""
        self._wanted: frozenset[str] = frozenset()
        """The namespaces in which it wanted something."""
        self._arrived = self._take_arrivals()
        """The namespaces to look at alone."""
        self._welcomed = False

    async def observe(self) -> Observed:
        """Read the robot and its ledger, what is delivered where, and the ServiceAccounts.

        When the turn is over nothing is read any more: the next turn looks anew.
        """
        if self._seen is not None and self._unfinished():
            return replace(self._seen, failures=self._rounds.failures())
        self._seen = await self._look(self._arrived or None)
        return self._seen

    async def _look(self, places: Places) -> Observed:
        if self._desired is not None and self._source.login is None:
            self._robot = await self._child.read(self._desired.child)
            self._source = await read_source(self._live.parsed.spec, self._robot.body, self._ports)
        if self._ports.looks is not None:
            await self._ports.looks.find(self._live.parsed)
        observed = self._observed(places)
        if self._desired is None:
            return self._with_accounts(observed, observed.delivered, everywhere=True)
        self._audience = audience_of(self._desired, observed)
        observed = replace(observed, taken=self._delivery.taken(self._audience.allowed))
        if places is None:
            self._delivery.stake(contested(self._audience, observed))
        concerned = observed.delivered.keys() | self._audience.allowed
        return self._with_accounts(observed, concerned, everywhere=places is None)

    def _with_accounts(
        self, observed: Observed, namespaces: Iterable[str], *, everywhere: bool
    ) -> Observed:
        accounts = self._accounts.seen(namespaces, everywhere=everywhere)
        return replace(observed, accounts=tuple(accounts))

    def decide(self, observed: Observed) -> Plan[Step]:
        """The core's plan, or how far it has come when others are to have their turn."""
        now = self._ports.now()
        if left := self._unfinished():
            return progress(observed, self._begun, left, now)
        if self._desired is not None and self._arrived:
            return self._welcome(self._desired, observed, now)
        decided = plan(self._desired, observed, now, self._audience)
        steps = steps_of(decided.actions)
        self._begun, self._wanted = decided.report, places_of(steps)
        self._rounds.done.clear()
        return Plan(steps, decided.verdicts, decided.recheck_at, decided.report)

    def _welcome(self, desired: Desired, observed: Observed, now: datetime) -> Plan[Step]:
        """Serve who has come, and look at all a moment later.

        That is at once if nothing was missing, or work on other namespaces goes on. Accounts of a
        new namespace may come while its Secret is made: they are looked for again.
        """
        steps = steps_of(welcome(desired, observed, now, self._audience))
        if steps:
            self._welcomed = True
            return Plan(steps)
        goes_on = self._live.parsed.status.condition(ConditionType.RECONCILING) is not None
        patient = self._welcomed and not goes_on
        pause = timedelta(seconds=PATIENCE_SECONDS if patient else 0)
        return Plan(recheck_at=now + pause, silent=True)

    def _take_arrivals(self) -> frozenset[str]:
        """Where something has come; none where more than that may be new."""
        parsed = self._live.parsed
        applied = parsed.status.observed_generation == parsed.metadata.generation
        arrived = self._ports.cluster.arrivals.take(self._live.id)
        return arrived if applied and not parsed.deleting else frozenset()

    def _unfinished(self) -> frozenset[str]:
        """What the end of the turn has left of the last plan."""
        return self._wanted - self._rounds.done if self._rounds.turn_is_over() else frozenset()

    def seconds_until(self, plan: Plan[Step]) -> float | None:
        """Seconds until the recheck, by the operator's clock."""
        if plan.recheck_at is None:
            return None
        return (plan.recheck_at - self._ports.now()).total_seconds()

    async def act(self, action: Step) -> None:
        """Carry out one action, or those of many namespaces side by side."""
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
            case SideBySide(lanes):
                await self._rounds.work_through(lanes, self._source)

    async def _try(self, namespace: str) -> bool:
        """Show Harbor what a canary namespace really holds."""
        login, trial = await self._delivery.read_back(namespace), self._source.trial
        if login is None or trial is None:
            return False
        works = await trial.works(*login, fresh=True)
        self._ports.meters.verified(works=works)
        return works

    def _observed(self, places: Places) -> Observed:
        source, connection = self._source, self._source.connection
        return Observed(
            namespace=self._live.namespace,
            held=self._live.held,
            robot=source.state,
            login=source.login,
            connected=connection is not None,
            known_hosts=connection.registry_hosts if connection else (),
            distribution=connection.distribution if connection else (),
            namespaces=self._namespaces(places),
            delivered=self._delivery.delivered(source, places),
            beyond=self._beyond(),
            failures=self._rounds.failures(),
            verified=source.verified,
            verified_at=self._verified_at(source),
            trial=self._trial,
            harbor_time=connection.client.clock.now() if connection else None,
            child=self._robot.child,
            connections=self._robot.connections,
            memory=memory_of(self._live.parsed.status),
        )

    def _namespaces(self, places: Places) -> Mapping[str, Namespace]:
        known = self._ports.cluster.namespaces
        if places is None:
            return MappingProxyType(known)
        return {place: known[place] for place in places if place in known}

    def _beyond(self) -> frozenset[str]:
        targets = self._desired.targets if self._desired else None
        return self._ports.scope.beyond(targets) if targets else frozenset()

    def _verified_at(self, source: Source) -> datetime | None:
        """When the credential was proven first: proving it once more is no news.

        Otherwise every restart of the operator would write the status of every pull secret.
        """
        status, login = self._live.parsed.status, source.login
        known = login is not None and status.robot_name == login.username
        return status.verified_at if known and status.verified_at else source.verified_at
