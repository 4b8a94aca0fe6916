"""Events about Ready: one when it changes its mind, none when nothing is news."""

from collections.abc import Mapping
from typing import Any

from harbor_operator.api.conditions import ConditionStatus, ConditionType
from harbor_operator.engine.events import Recorder
from harbor_operator.engine.objects import ObjectId

_Summary = tuple[str, str]


class Transitions:
    """Remembers what Ready last said of each object, and posts an Event when that changes.

    The first success speaks for itself in the object's columns; an object that was never Ready
    is news only once a person has to act.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._last: dict[ObjectId, _Summary] = {}

    def forget(self, object_id: ObjectId) -> None:
        """Drop what is remembered of an object that is gone."""
        self._last.pop(object_id, None)

    def written(
        self, object_id: ObjectId, body: Mapping[str, Any], status: Mapping[str, Any]
    ) -> None:
        """Take in a status that is being written over the one in the body."""
        now = _find(status.get("conditions") or (), ConditionType.READY)
        if now is None:
            return
        old = _find((body.get("status") or {}).get("conditions") or (), ConditionType.READY)
        before = self._last.get(object_id) or (_summary(old) if old else None)
        self._last[object_id] = _summary(now)
        stalled = _find(status["conditions"], ConditionType.STALLED) is not None
        if _is_news(before, _summary(now), stalled=stalled):
            self._recorder.record(
                object_id,
                body["metadata"]["uid"],
                now["reason"],
                now["message"],
                warning=now["status"] != ConditionStatus.TRUE,
            )


def _is_news(before: _Summary | None, now: _Summary, *, stalled: bool) -> bool:
    if before == now:
        return False
    ready = now[0] == ConditionStatus.TRUE
    if before is None:
        return stalled
    was_ready = before[0] == ConditionStatus.TRUE
    return stalled or was_ready or (ready and before[1] not in _ON_THE_WAY)


_ON_THE_WAY = frozenset(
    {"Progressing", "WaitingForConnection", "WaitingForProject", "WaitingForRobot"}
)
"""Reasons of an object that is only being made for the first time."""


def _find(conditions: Any, type_: ConditionType) -> Mapping[str, Any] | None:  # noqa: ANN401 -- raw JSON
    return next((c for c in conditions if c["type"] == type_), None)


def _summary(condition: Mapping[str, Any]) -> _Summary:
    return condition["status"], condition["reason"]
