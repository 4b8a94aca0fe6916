"""Namespaces of Kubernetes as the core knows them."""

from harbor_operator.api.base import ANNOTATION_ACCEPT_PULL_SECRETS
from harbor_operator.core.namespaces import Namespace
from harbor_operator.kube.resources import JsonObject


def summarize_namespace(body: JsonObject) -> Namespace:
    """What is remembered of a Namespace."""
    metadata = body["metadata"]
    accepted = (metadata.get("annotations") or {}).get(ANNOTATION_ACCEPT_PULL_SECRETS, "")
    return Namespace(
        name=metadata["name"],
        labels=dict(metadata.get("labels") or {}),
        accepts_from=frozenset(name.strip() for name in accepted.split(",") if name.strip()),
        terminating="deletionTimestamp" in metadata,
    )
