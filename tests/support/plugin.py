"""Objects as the plugin meets them, at one moment."""

from datetime import UTC, datetime, timedelta

from harbor_operator.cli.kinds import Kind
from tests.support.custom_resources import Json

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def stamp(ahead: timedelta = timedelta()) -> str:
    """A timestamp so far from now, as an object carries it."""
    return (NOW + ahead).strftime("%Y-%m-%dT%H:%M:%SZ")


def condition_of(
    type_: str, status: str, reason: str, message: str = "", *, ago: timedelta = timedelta(hours=1)
) -> Json:
    """One condition of the first generation."""
    return {
        "type": type_,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": stamp(-ago),
        "observedGeneration": 1,
    }


READY = condition_of("Ready", "True", "Succeeded")


def an_object(
    kind: Kind, name: str, *conditions: Json, namespace: str = "payments", **status: object
) -> Json:
    """An object of a kind, Ready where no condition is given."""
    metadata: Json = {"name": name, "generation": 1}
    if kind.resource.namespaced:
        metadata["namespace"] = namespace
    return {
        "apiVersion": kind.resource.api_version,
        "kind": kind.resource.kind,
        "metadata": metadata,
        "spec": {},
        "status": {"observedGeneration": 1, "conditions": [*(conditions or (READY,))], **status},
    }
