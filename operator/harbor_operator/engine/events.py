"""Events: what a person should see happened, once per transition."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from harbor_operator.api.base import API_VERSION
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.ports import Kube
from harbor_operator.kube.errors import KubeError
from harbor_operator.kube.resources import EVENTS, JsonObject

_LOG = logging.getLogger(__name__)

_MAX_NOTE = 1024
"""The API server refuses longer notes."""


class EventReason(StrEnum):
    """What happened; a reason of a condition is used as it is."""

    ADOPTED = "Adopted"
    """A project that was in Harbor before was taken over."""

    DRIFT_CORRECTED = "DriftCorrected"
    """What somebody had changed in Harbor was put right."""

    SECRET_REPAIRED = "SecretRepaired"  # noqa: S105 -- a reason's name, not a password
    """A robot's Secret had been changed and was put right."""

    ROTATION_STARTED = "RotationStarted"
    """A new credential is being made, while one serves."""

    ROTATION_SUCCEEDED = "RotationSucceeded"
    """The new credential serves."""

    ROTATION_FAILED = "RotationFailed"
    """The new credential did not work, and the one before stays."""

    ROBOT_DELETED = "RobotDeleted"
    """A robot account was deleted from Harbor."""

    ABANDONED = "Abandoned"
    """A person let the object go, and something of it stays behind."""


class Recorder:
    """Posts Events in the background; an Event that cannot be posted is logged and forgotten."""

    def __init__(
        self, kube: Kube, *, instance: str, now: Callable[[], datetime], suffix: Callable[[], str]
    ) -> None:
        """Prepare to post.

        Args:
            kube: Where to.
            instance: Which process of the operator says so.
            now: Its clock.
            suffix: Makes an Event's name unique.
        """
        self._kube = kube
        self._instance = instance
        self._now = now
        self._suffix = suffix
        self._running: set[asyncio.Task[None]] = set()

    def record(
        self, subject: ObjectId, uid: str, reason: str, note: str, *, warning: bool = False
    ) -> None:
        """Post one Event about an object, without waiting for it."""
        namespace = subject.namespace or "default"
        body: JsonObject = {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {
                "name": f"{subject.name[:200]}.{self._suffix()}",
                "namespace": namespace,
            },
            "eventTime": self._now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "type": "Warning" if warning else "Normal",
            "reason": reason,
            "action": "Reconcile",
            "note": note[:_MAX_NOTE],
            "regarding": {
                "apiVersion": API_VERSION,
                "kind": subject.kind,
                "name": subject.name,
                "namespace": subject.namespace,
                "uid": uid,
            },
            "reportingController": "harbor-operator.dev/operator",
            "reportingInstance": self._instance,
        }
        task = asyncio.create_task(self._post(body, subject))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """Wait for the Events under way."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _post(self, body: JsonObject, subject: ObjectId) -> None:
        try:
            await self._kube.create(EVENTS, body)
        except KubeError as error:
            _LOG.warning("No Event could be posted about %s: %s", subject, error)
