"""Which labels and annotations of a managed Secret are the operator's, and which are others'.

Policy engines, backup tools and people put theirs on Secrets, too; those are left alone.
"""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from harbor_operator.api.base import ANNOTATION_TEMPLATE_KEYS, GROUP
from harbor_operator.kube.resources import JsonObject

MANAGED_BY = "app.kubernetes.io/managed-by"
"""The label by which people ask what a tool has made."""

ARGO_ANNOTATIONS: Mapping[str, str] = {
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
    "argocd.argoproj.io/sync-options": "Prune=false",
}
"""Keeps Argo CD from reporting or pruning a Secret that is in no Git repository."""


class OwnKeys(NamedTuple):
    """The labels and annotations of a managed Secret that the operator has put on it."""

    labels: tuple[str, ...]
    annotations: tuple[str, ...]


NO_KEYS = OwnKeys((), ())


def own_keys(body: JsonObject) -> OwnKeys:
    """Which labels and annotations are the operator's: by their names, or as templates stated."""
    noted = _noted_keys(body)
    labels = sorted(key for key in stated_in(body, "labels") if is_ours(key) or key in noted.labels)
    annotations = sorted(
        key
        for key in stated_in(body, "annotations")
        if is_ours(key) or key in ARGO_ANNOTATIONS or key in noted.annotations
    )
    return _once(OwnKeys(tuple(labels), tuple(annotations)))


@lru_cache(maxsize=4096)
def _once(keys: OwnKeys) -> OwnKeys:
    """The same keys as one object: thousands of Secrets have them."""
    return keys


def note_of(labels: Iterable[str], annotations: Iterable[str]) -> dict[str, str]:
    """Our note on a Secret of the names that a template has put there."""
    keys = OwnKeys(_not_by_name(labels), _not_by_name(annotations))
    return {ANNOTATION_TEMPLATE_KEYS: json.dumps(keys._asdict())} if any(keys) else {}


def _not_by_name(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(key for key in keys if not is_ours(key)))


def _noted_keys(body: JsonObject) -> OwnKeys:
    """The names in our note; one that somebody edited says nothing."""
    try:
        return OwnKeys(**json.loads(stated_in(body, "annotations")[ANNOTATION_TEMPLATE_KEYS]))
    except (KeyError, ValueError, TypeError):
        return NO_KEYS


def stated_in(body: JsonObject, field: str) -> Mapping[str, str]:
    """The labels or the annotations of an object."""
    return body["metadata"].get(field) or {}


def is_ours(key: str) -> bool:
    """Whether a label or an annotation is the operator's by its name."""
    return key.startswith(f"{GROUP}/") or key == MANAGED_BY
