"""The recorded objects: where they are, and how they are made fit to be kept."""

import json
import re
from pathlib import Path

import yaml

from tests.support.cluster import condition
from tests.support.custom_resources import Json

OBJECTS = Path(__file__).parents[1] / "gitops" / "objects"
_UNSTABLE = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", "2026-01-01T00:00:00Z"),
    (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "00000000-0000-0000-0000-000000000000"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:8080"),
)
"""What is another in each run, and what is kept instead."""


def recorded(kind: str, state: str) -> Json:
    """A recorded object."""
    text = _file(kind, state).read_text(encoding="utf-8")
    body: Json = yaml.safe_load(text)
    return body


def record(kind: str, state: str, body: Json) -> None:
    """Keep an object, without what is another in each run."""
    text = json.dumps(body)
    for pattern, replacement in _UNSTABLE:
        text = re.sub(pattern, replacement, text)
    kept = json.loads(text.replace(body["metadata"].get("namespace", "\0"), "payments"))
    for field in ("managedFields", "resourceVersion"):
        del kept["metadata"][field]
    path = _file(kind, state)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(kept, width=100), encoding="utf-8")


def essence(body: Json) -> Json:
    """What a GitOps tool judges an object by."""
    metadata, status = body["metadata"], body.get("status", {})
    if "deletionTimestamp" in metadata:
        return {"deleting": True}
    return {
        "suspended": bool(body["spec"].get("suspend")),
        "observed": status.get("observedGeneration") == metadata["generation"],
        "conditions": {
            kind: (found["status"], found["reason"])
            for kind in ("Ready", "Reconciling", "Stalled")
            if (found := condition(body, kind))
        },
    }


def _file(kind: str, state: str) -> Path:
    return OBJECTS / kind / f"{state}.yaml"
