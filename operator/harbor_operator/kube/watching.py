"""What a watch delivers, and how it is read from the stream."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum

import aiohttp

from harbor_operator.kube.errors import Operation, error_from_status
from harbor_operator.kube.resources import JsonObject


class EventType(StrEnum):
    """What happened to the object of a watch event."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    BOOKMARK = "BOOKMARK"
    """Nothing happened; the object carries only the resourceVersion that the watch has reached."""


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One event of a watch; the body of the object is not shown, it may be a Secret."""

    type: EventType
    object: JsonObject = field(repr=False)

    @property
    def resource_version(self) -> str:
        """Point in the history of the cluster from which a later watch can go on."""
        return str(self.object["metadata"]["resourceVersion"])


async def read_events(
    stream: aiohttp.StreamReader, operation: Operation
) -> AsyncIterator[WatchEvent]:
    """Read events until the server ends the stream.

    Raises:
        Gone: The history no longer reaches back to the asked resourceVersion.
        KubeError: The server reported another error.
        ValueError: The stream broke inside an event, or what it carries is no event.
    """
    async for line in stream:
        event = json.loads(line)
        if event["type"] == "ERROR":
            raise error_from_status(operation, event["object"])
        yield WatchEvent(EventType(event["type"]), event["object"])
