"""One log line for each look at an object that changed something, none for those that did not."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harbor_operator.api.conditions import ConditionStatus, ConditionType
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.outcome import Course, Diagnosis
from harbor_operator.engine.telemetry.logs import ACTION, REQUEST_ID
from harbor_operator.engine.telemetry.work import Work
from harbor_operator.harbor.errors import HarborError

_LOG = logging.getLogger(__name__)

_GONE = ("", "")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a look could not be finished."""

    diagnosis: Diagnosis
    error: Exception
    failures: int
    """How many looks at the object have failed one after the other, this one included."""


class Journal:
    """Remembers what Ready was last said to be of each object that changed its mind."""

    def __init__(self) -> None:
        self._told: dict[ObjectId, tuple[str, str]] = {}

    def forget(self, object_id: ObjectId) -> None:
        """Drop what is remembered of an object that is gone."""
        self._told.pop(object_id, None)

    def note(
        self,
        work: Work,
        body: Mapping[str, Any],
        status: Mapping[str, Any],
        failure: Failure | None,
    ) -> None:
        """Write the line of a look, if it was worth one.

        Args:
            work: The look.
            body: The object as it was before.
            status: What is being written over its status.
            failure: What went wrong.
        """
        now = _conditions(status)
        ready, stalled = now.get(ConditionType.READY), ConditionType.STALLED in now
        news = ready is not None and self._is_news(work.object_id, body, ready)
        extra = {ACTION: ", ".join(work.done), REQUEST_ID: work.request_id if work.done else None}
        if failure is not None:
            self._note_failure(failure, extra, news=news, stalled=stalled)
        elif ready is not None and news:
            level = logging.WARNING if stalled else logging.INFO
            words = f"Ready is {ready['status']}, {ready['reason']}: {ready['message']}"
            _LOG.log(level, "%s", words, extra=extra)
        elif work.done:
            _LOG.info("Done: %s", extra[ACTION], extra=extra)

    def finished(self, work: Work) -> None:
        """Write the line of the look that ended a deletion."""
        if self._told.get(work.object_id) == _GONE:
            return
        self._told[work.object_id] = _GONE
        extra = {ACTION: ", ".join(work.done), REQUEST_ID: work.request_id if work.done else None}
        _LOG.info("Nothing is left to clean up, the object may go.", extra=extra)

    def _is_news(
        self, object_id: ObjectId, body: Mapping[str, Any], ready: Mapping[str, Any]
    ) -> bool:
        """Whether Ready says other than before; the body may be older than what was told."""
        old = _conditions(body.get("status") or {}).get(ConditionType.READY)
        before = self._told.get(object_id) or (_summary(old) if old else None)
        self._told[object_id] = _summary(ready)
        return before != _summary(ready)

    def _note_failure(
        self, failure: Failure, extra: dict[str, Any], *, news: bool, stalled: bool
    ) -> None:
        diagnosis, error = failure.diagnosis, failure.error
        if isinstance(error, HarborError):
            extra[REQUEST_ID] = error.request_id
        if diagnosis.course is Course.BUG:
            _LOG.error("%s", type(error).__name__, exc_info=error, extra=extra)
        elif failure.failures == 1 or news or extra[ACTION]:
            detail = "" if str(error) == diagnosis.message else f" ({error})"
            level = logging.WARNING if stalled else logging.INFO
            words = f"{diagnosis.reason.value}: {diagnosis.message}{detail}"
            _LOG.log(level, "%s", words, extra=extra)


def _conditions(status: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {entry["type"]: entry for entry in status.get("conditions") or ()}


def _summary(condition: Mapping[str, Any]) -> tuple[str, str]:
    return ConditionStatus(condition["status"]).value, condition["reason"]
