"""The one reconcile, for all kinds, deletion included."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from harbor_operator.api.base import ANNOTATION_ABANDON, ANNOTATION_RECONCILE, Status
from harbor_operator.api.conditions import Reason
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.resources import Metadata
from harbor_operator.api.values import MAX_TOKEN_LENGTH
from harbor_operator.core.conditions import is_ready, merge, suspended
from harbor_operator.core.plan import READY, RECONCILING, STALLED, Plan, Verdict
from harbor_operator.engine.context import Ports
from harbor_operator.engine.events import EventReason
from harbor_operator.engine.faults import NotConverging, Outdated
from harbor_operator.engine.kinds.case import Case, ManagedKind
from harbor_operator.engine.objects import LiveObject, ObjectId, id_of
from harbor_operator.engine.outcome import (
    LONGEST_PAUSE,
    Course,
    Diagnosis,
    diagnose,
    is_about_harbor,
    pause,
)
from harbor_operator.engine.telemetry.journal import Failure, Journal
from harbor_operator.engine.telemetry.work import Work, working_on

SUCCESS = "success"
"""The result of a look after which an object is as its spec says."""

MAX_ROUNDS = 8
"""The longest honest path, a robot's repair, takes five looks."""

MAX_RESTARTS = 5
"""How often a reconcile begins again at once because something changed under its hands."""

A = TypeVar("A")
O = TypeVar("O")  # noqa: E741 -- the design's letter for what was observed
AnyKind = ManagedKind[Any, Any]
AnyObject = LiveObject[Any, Any]


async def converge(case: Case[O, A], work: Work) -> Plan[A]:
    """Look, decide and act until nothing is left to do.

    It looks again after acting: success is seen, not assumed.

    Raises:
        NotConverging: The plan still wants actions after `MAX_ROUNDS` looks.
    """
    plan: Plan[A] = Plan()
    for _ in range(MAX_ROUNDS):
        plan = case.decide(await case.observe())
        if not plan.actions:
            return plan
        for action in plan.actions:
            with work.acting(action):
                await case.act(action)
    wanted = ", ".join(type(action).__name__ for action in plan.actions)
    raise NotConverging(f"still wanted after {MAX_ROUNDS} rounds: {wanted}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one reconcile leaves behind."""

    status: Mapping[str, Any] = field(default_factory=dict)
    """The merge patch for the status; empty when it is right already."""
    delay: float | None = None
    """Seconds until the next look; None: when something wakes it."""
    waiting: bool = False
    """Whether it waits for another object, which may be about to appear."""
    finished: bool = False
    """For a deletion: nothing is left to clean up."""
    summary: str = ""
    """For a deletion that has to wait: why."""
    course: Course | None = None
    """What keeps the object from being as its spec says; None: nothing."""
    failure: Failure | None = field(default=None, compare=False)
    """What went wrong on the way."""


class Reconciler:
    """Reconciles one object at a time per object, and turns outcomes into status."""

    def __init__(self, ports: Ports, *, jitter: Callable[[], float]) -> None:
        self._ports = ports
        self._jitter = jitter
        self._flights: dict[ObjectId, asyncio.Lock] = {}
        self._failures: dict[ObjectId, int] = {}
        self._journal = Journal()
        self.on_harbor_trouble: Callable[[ObjectId], None] = lambda _: None

    async def reconcile(self, kind: AnyKind, body: Mapping[str, Any]) -> Outcome:
        """Bring one object in line, or say why not; never raises for what the outside does."""
        object_id = id_of(kind.definition.kind, body)
        generation = body["metadata"].get("generation")
        async with self._flights.setdefault(object_id, asyncio.Lock()):
            clock = asyncio.get_running_loop().time
            begun = clock()
            with working_on(object_id, generation) as work, self._ports.tracing.look(work):
                outcome = await self._look(kind, body, work)
                if outcome.finished:
                    self._journal.finished(work)
                else:
                    self._journal.note(work, body, outcome.status, outcome.failure)
            result = outcome.course.name.lower() if outcome.course else SUCCESS
            self._ports.meters.reconciled(kind.definition.kind, result, clock() - begun)
            return outcome

    def forget(self, object_id: ObjectId) -> None:
        """Drop what is remembered of an object that is gone."""
        self._failures.pop(object_id, None)
        self._journal.forget(object_id)
        flight = self._flights.get(object_id)
        if flight is not None and not flight.locked():
            del self._flights[object_id]

    async def _look(self, kind: AnyKind, body: Mapping[str, Any], work: Work) -> Outcome:
        try:
            live = kind.load(self._ports, body)
        except Exception as error:  # noqa: BLE001 -- diagnosed below, nothing is swallowed
            return self._unreadable(kind, body, error)
        return await self._settle(kind, live, work)

    async def _settle(self, kind: AnyKind, live: AnyObject, work: Work) -> Outcome:
        parsed = live.parsed
        if parsed.spec.suspend and not parsed.deleting and kind.definition.kind != CONNECTIONS.kind:
            return self._outcome(live, Plan(verdicts=suspended(parsed.status.conditions)), None)
        try:
            case = kind.open(live, self._ports)
            plan = await self._converge_afresh(kind, live, case, work)
        except Exception as error:  # noqa: BLE001 -- diagnosed, logged where it is ours
            return self._failed(kind, live, error)
        self._failures.pop(live.id, None)
        return self._outcome(live, plan, case.seconds_until(plan))

    async def _converge_afresh(
        self, kind: AnyKind, live: AnyObject, case: Case[Any, Any], work: Work
    ) -> Plan[Any]:
        """Converge, beginning again at once with what is true now when that changed."""
        for _ in range(MAX_RESTARTS):
            try:
                return await converge(case, work)
            except Outdated:
                before = live.parsed.metadata
                await live.reread()
                if live.parsed.metadata.uid != before.uid:
                    raise
                case = kind.open(live, self._ports)
        raise Outdated

    def _outcome(self, live: AnyObject, plan: Plan[Any], delay: float | None) -> Outcome:
        if plan.silent:
            return Outcome(delay=delay)
        summary = next((v.message for v in plan.verdicts if v.type is READY), "")
        metadata = live.parsed.metadata
        if live.parsed.deleting and (
            not plan.verdicts or self._abandoned(live.id, metadata, summary)
        ):
            return Outcome(finished=True)
        status = self._status(live, plan.verdicts, plan.report)
        waiting = any(verdict.reason in _FOR_OTHERS for verdict in plan.verdicts)
        pause = _unwoken_pause(plan) if delay is None else delay
        return Outcome(status, pause, waiting=waiting, summary=summary, course=_course(plan))

    def _abandoned(self, object_id: ObjectId, metadata: Metadata, left: str) -> bool:
        """Whether a person lets the object go although something is left to clean up."""
        if metadata.annotations.get(ANNOTATION_ABANDON) != "true":
            return False
        note = f"Let go, with this left behind: {left}"
        reason = EventReason.ABANDONED
        self._ports.recorder.record(object_id, metadata.uid, reason, note, warning=True)
        return True

    def _failed(self, kind: AnyKind, live: AnyObject, error: Exception) -> Outcome:
        diagnosis = diagnose(error)
        failures = self._failures.get(live.id, 0) + 1
        self._failures[live.id] = failures
        failure = Failure(diagnosis, error, failures)
        if is_about_harbor(error) and kind.definition.kind != CONNECTIONS.kind:
            self.on_harbor_trouble(live.id)
        delay = pause(diagnosis, failures, self._jitter())
        parsed = live.parsed
        if parsed.deleting:
            return self._held_up(live, failure, delay)
        applied = is_ready(parsed.status.conditions, parsed.metadata.generation)
        passing = diagnosis.course in {Course.WAITING, Course.TRANSIENT}
        if passing and applied and kind.definition.kind != CONNECTIONS.kind:
            return Outcome(delay=delay, course=diagnosis.course, failure=failure)
        status = self._status(live, diagnosis.verdicts(), {})
        waiting = diagnosis.course is Course.WAITING
        return Outcome(status, delay, waiting=waiting, course=diagnosis.course, failure=failure)

    def _held_up(self, live: AnyObject, failure: Failure, delay: float) -> Outcome:
        """A deletion that failed: it waits, unless a person lets the object go."""
        diagnosis = failure.diagnosis
        if self._abandoned(live.id, live.parsed.metadata, diagnosis.message):
            return Outcome(finished=True)
        course, reason = diagnosis.course, diagnosis.reason
        if course is Course.TRANSIENT or reason is Reason.WAITING_FOR_CONNECTION:
            reason = Reason.WAITING_FOR_HARBOR
        told = Diagnosis(course, reason, diagnosis.message)
        status = self._status(live, told.verdicts(), {})
        summary = diagnosis.message
        return Outcome(status, delay, summary=summary, course=course, failure=failure)

    def _status(
        self, live: AnyObject, verdicts: tuple[Verdict, ...], report: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The difference between the status as it is and as it should be."""
        parsed, generation = live.parsed, live.parsed.metadata.generation
        wanted = {
            **report,
            "observedGeneration": generation,
            "lastHandledReconcileAt": self._handled_request(live),
            "conditions": self._conditions(parsed.status, verdicts, generation),
        }
        return _difference(parsed.status, wanted)

    def _conditions(
        self, old: Status, verdicts: tuple[Verdict, ...], generation: int
    ) -> list[dict[str, Any]]:
        now = self._ports.now()
        conditions = merge(old.conditions, verdicts, generation=generation, now=now)
        return [condition.model_dump(mode="json", by_alias=True) for condition in conditions]

    def _handled_request(self, live: AnyObject) -> str | None:
        """The request that this reconcile has answered; a suspended object answers none."""
        parsed = live.parsed
        if parsed.spec.suspend and not parsed.deleting:
            handled: str | None = parsed.status.last_handled_reconcile_at
            return handled
        return (parsed.annotation(ANNOTATION_RECONCILE) or "")[:MAX_TOKEN_LENGTH] or None

    def _unreadable(self, kind: AnyKind, body: Mapping[str, Any], error: Exception) -> Outcome:
        """An object whose spec does not fit our models: say so, it cannot be reconciled."""
        object_id, diagnosis = id_of(kind.definition.kind, body), diagnose(error)
        self._failures[object_id] = self._failures.get(object_id, 0) + 1
        failure = Failure(diagnosis, error, self._failures[object_id])
        metadata = Metadata.model_validate(body["metadata"])
        leaving = metadata.deletion_timestamp is not None
        if leaving and self._abandoned(object_id, metadata, diagnosis.message):
            return Outcome(finished=True)
        old, generation = kind.definition.parse_status(body), metadata.generation
        wanted = {
            "observedGeneration": generation,
            "conditions": self._conditions(old, diagnosis.verdicts(), generation),
        }
        delay = pause(diagnosis, 1, self._jitter())
        status = _difference(old, wanted)
        summary, course = diagnosis.message, diagnosis.course
        return Outcome(status, delay, summary=summary, course=course, failure=failure)


def _difference(present: Status, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a status that are not yet as they should be."""
    wire = present.to_wire()
    return {key: value for key, value in wanted.items() if not _same(wire.get(key), value)}


def _same(present: object, wanted: object) -> bool:
    """Whether a field is as it should be; an empty list is as good as none."""
    return present == wanted or (present in _NOTHING and wanted in _NOTHING)


_NOTHING: tuple[object, ...] = (None, [])


def _unwoken_pause(plan: Plan[Any]) -> float | None:
    """Seconds until the next look at an object that nothing may wake, None for one at rest."""
    course = _course(plan)
    return LONGEST_PAUSE[course] if course else None


def _course(plan: Plan[Any]) -> Course | None:
    """What keeps an object from being as its spec says, by the verdicts on it."""
    types = {verdict.type for verdict in plan.verdicts}
    if STALLED in types:
        return Course.BLOCKED
    return Course.WAITING if RECONCILING in types else None


_FOR_OTHERS = frozenset({Reason.IN_USE, Reason.WAITING_FOR_PROJECT, Reason.WAITING_FOR_ROBOT})
"""Reasons that another object can end at any moment."""
