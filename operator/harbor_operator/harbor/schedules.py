"""The schedules of the whole system: garbage collection, scans of everything, old audit logs."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AliasChoices, AliasPath, BeforeValidator, Field, TypeAdapter

from .answers import parsed_if_any
from .models import FlatModel
from .request import api_read, api_write
from .transport import Transport


class ScheduleKind(StrEnum):
    """What is done by schedule, as Harbor's paths name it."""

    GARBAGE_COLLECTION = "gc"
    SCAN_ALL = "scanAll"
    AUDIT_LOG_PURGE = "purgeaudit"


def _read_parameters(value: object) -> object:
    """Parameters as an object; two of the schedules answer with an object as JSON text."""
    if not isinstance(value, str):
        return value
    return (json.loads(value) if value else None) or {}


class SystemSchedule(FlatModel):
    """When one of these jobs runs, and how."""

    cron: str = Field(default="", validation_alias=AliasPath("schedule", "cron"))
    """Six fields, the first for seconds."""
    type: str = Field(default="", validation_alias=AliasPath("schedule", "type"))
    """`Custom`, or `Hourly`, `Daily` and `Weekly` as the web interface sets them."""
    parameters: Annotated[Mapping[str, Any], BeforeValidator(_read_parameters)] = Field(
        default={}, validation_alias=AliasChoices("parameters", "job_parameters")
    )


_SCHEDULE = TypeAdapter(SystemSchedule)
_TO_CLEAR: Final[Mapping[ScheduleKind, Mapping[str, object]]] = {
    ScheduleKind.AUDIT_LOG_PURGE: {"audit_retention_hour": 0, "include_event_types": ""},
}
"""Parameters without which Harbor refuses even to drop the schedule; their values are unused."""


class Schedules:
    """The three schedules of the system."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, kind: ScheduleKind) -> SystemSchedule | None:
        """The schedule, or None when nothing is scheduled.

        Raises:
            PreconditionFailed: Scans are asked about, and Harbor has no scanner.
            PermissionDenied: The client may not read it.
        """
        answer = await self._transport.send(api_read(_route(kind)))
        return parsed_if_any(answer, _SCHEDULE)

    async def set(
        self, kind: ScheduleKind, cron6: str, parameters: Mapping[str, object], *, exists: bool
    ) -> None:
        """Set when the job runs and how.

        Args:
            kind: The job.
            cron6: Six fields, the first for seconds.
            parameters: For this kind of job; scans have none. A purge needs
                `audit_retention_hour` and `include_event_types`.
            exists: Whether `get` has found one: Harbor knows a first schedule from a changed one.

        Raises:
            InvalidRequest: Harbor does not accept the schedule or a parameter.
            PreconditionFailed: There is one already, or no scanner for scans.
            ServerError: The schedule cannot be registered now.
        """
        schedule = {"type": "Custom", "cron": cron6}
        await self._write("PUT" if exists else "POST", kind, schedule, parameters)

    async def clear(self, kind: ScheduleKind) -> None:
        """Drop the schedule; also where there is none. What runs goes on.

        Raises:
            PreconditionFailed: Scans are meant, and Harbor has no scanner.
        """
        # A POST of the type None leaves a schedule of scans as it is.
        await self._write("PUT", kind, {"type": "None"}, _TO_CLEAR.get(kind, {}))

    async def _write(
        self,
        method: str,
        kind: ScheduleKind,
        schedule: Mapping[str, str],
        parameters: Mapping[str, object],
    ) -> None:
        body = {"schedule": dict(schedule), "parameters": dict(parameters)}
        await self._transport.send(api_write(method, _route(kind), body=body))


def _route(kind: ScheduleKind) -> str:
    return f"/system/{kind.value}/schedule"
