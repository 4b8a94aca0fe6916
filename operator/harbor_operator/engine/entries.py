"""What the directory remembers of a custom resource that a watch has shown."""

from collections.abc import Mapping
from sys import intern
from typing import Any

from harbor_operator.api.base import (
    ANNOTATION_ABANDON,
    ANNOTATION_CONFIRM_DELETE_CONTENTS,
    ANNOTATION_CONFIRM_REMOVAL,
    ANNOTATION_RECONCILE,
    ANNOTATION_RESUME_ROLLOUT,
    ANNOTATION_REVOKE,
    ANNOTATION_ROTATE,
    ANNOTATION_SKIP_CANARIES,
)
from harbor_operator.api.conditions import ConditionType
from harbor_operator.api.connection import CONNECTIONS
from harbor_operator.api.project import PROJECTS
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from harbor_operator.engine.directory import Entry, made_by, references_of, targets_of
from harbor_operator.engine.objects import ObjectId
from harbor_operator.engine.telemetry.facts import facts_of

_NEWS_TO_OTHERS: Mapping[str, tuple[str, ...]] = {
    CONNECTIONS.kind: ("observedGeneration",),
    PROJECTS.kind: ("projectID", "observedGeneration"),
    ROBOTS.kind: ("robotID", "username", "credentialRevision", "observedGeneration"),
    PULL_SECRETS.kind: ("credentialRevision", "robotName"),
}
"""Status fields whose change concerns who refers to the object, besides whether it is Ready.

A generation is news where the spec holds permissions: of a connection its tenant and distribution
rules, of a project whom it is shared with, of a robot whether it can do more than pull.
"""

_REQUESTS = (
    ANNOTATION_RECONCILE,
    ANNOTATION_ROTATE,
    ANNOTATION_REVOKE,
    ANNOTATION_SKIP_CANARIES,
    ANNOTATION_ABANDON,
    ANNOTATION_CONFIRM_DELETE_CONTENTS,
    ANNOTATION_CONFIRM_REMOVAL,
    ANNOTATION_RESUME_ROLLOUT,
)
"""Annotations by which a person asks for something to be done at once."""

_NO_REQUESTS: tuple[None, ...] = (None,) * len(_REQUESTS)


def entry_of(object_id: ObjectId, body: Mapping[str, Any]) -> Entry:
    """What is remembered of an object as a watch has shown it."""
    metadata = body["metadata"]
    annotations = metadata.get("annotations") or {}
    spec, status = body.get("spec") or {}, body.get("status") or {}
    rotating = object_id.kind == ROBOTS.kind and _condition(status, ConditionType.ROTATING)
    return Entry(
        uid=intern(metadata["uid"]),
        references=references_of(object_id, spec),
        requests=_requests(annotations),
        targets=targets_of(object_id, spec),
        ready=_condition(status, ConditionType.READY),
        news=tuple(status.get(name) for name in _NEWS_TO_OTHERS[object_id.kind]),
        waits_for_referrers="deletionTimestamp" in metadata or rotating == "True",
        makes=made_by(object_id, spec),
        facts=facts_of(body),
    )


def _requests(annotations: Mapping[str, str]) -> tuple[str | None, ...]:
    """The request tokens on an object; most have none, which is kept only once."""
    return tuple(annotations.get(key) for key in _REQUESTS) if annotations else _NO_REQUESTS


def _condition(status: Mapping[str, Any], type_: ConditionType) -> str | None:
    conditions = status.get("conditions") or ()
    return next((c["status"] for c in conditions if c["type"] == type_), None)
