"""What the operator needs to be allowed, derived from its role; decisions only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from harbor_operator.cli.doctor.checks import Check, fail, ok, unknown
from harbor_operator.cli.installation import Installation

_LEASE: Final = "harbor-operator"
_CONNECTIONS: Final = "clusterharborconnections"
_EVENTS_OF_CONNECTIONS: Final = "default"
"""The namespace of Events about objects that have none."""


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One verb on one resource; an empty namespace stands for all, an empty name for all."""

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""

    @property
    def attributes(self) -> dict[str, str]:
        """The resourceAttributes of a review."""
        plural, _, subresource = self.resource.partition("/")
        stated = {
            "verb": self.verb,
            "group": self.group,
            "resource": plural,
            "subresource": subresource,
            "namespace": self.namespace,
            "name": self.name,
        }
        return {key: value for key, value in stated.items() if value}

    @property
    def words(self) -> str:
        """How people say it."""
        place = f" in {self.namespace}" if self.namespace else ""
        name = f" {self.name}" if self.name else ""
        return f"{self.verb} {self.resource}{name}{place}"


def rights_of(one: Installation) -> tuple[Right, ...]:
    """What an operator uses, in the mode that its settings stand for."""
    listed = one.settings.get("namespaces")
    names = [name for name in (listed or "").split(",") if name]
    everywhere = not names
    by_name = one.settings.get("watch-secrets") == "false" or "no-watch-secrets" in one.settings
    rights = {
        *_lease_rights(one),
        *(
            right
            for rule in _rules("ClusterRole")
            for right in (_everywhere(rule) if everywhere else _within(rule, names, one.namespace))
        ),
    }
    if not everywhere and not one.settings.get("cluster-id"):
        rights.add(Right("get", "", "namespaces", name="kube-system"))
    if everywhere and by_name:
        rights = {r for r in rights if not (r.resource == "secrets" and r.verb in _READS)}
        rights |= {Right(verb, "", "secrets", one.namespace) for verb in _READS}
    return tuple(sorted(rights))


_READS: Final = frozenset({"list", "watch"})


def check_rights(one: Installation, allowed: Mapping[Right, bool] | None) -> Check:
    """Whether an operator is allowed what it uses.

    Args:
        one: Which operator.
        allowed: The API server's answers; None where the user may not ask.
    """
    name = f"rights of {one.path}"
    if one.settings.get("namespaces", "") is None or not one.readable:
        return unknown(name, "which namespaces it serves stands outside of its Deployment")
    if allowed is None:
        return unknown(
            name, "you may not create subjectaccessreviews", "ask an administrator of the cluster"
        )
    missing = [right.words for right, granted in allowed.items() if not granted]
    if missing:
        return fail(
            name,
            f"ServiceAccount {one.account} may not: {_some(missing)}",
            "apply deploy/kustomize/role.yaml, or helm upgrade with the rbac.mode that it runs in",
        )
    return ok(name, f"{len(allowed)} rights, all granted")


def _some(words: Sequence[str], most: int = 5) -> str:
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more} more" if more > 0 else "")


@cache
def _documents() -> tuple[dict[str, Any], ...]:
    text = files(__package__).joinpath("role.yaml").read_text(encoding="utf-8")
    return tuple(yaml.safe_load_all(text))


def _rules(kind: str) -> Iterator[dict[str, Any]]:
    for document in _documents():
        if document["kind"] == kind:
            yield from document["rules"]


def _of_rule(rule: Mapping[str, Any]) -> Iterator[Right]:
    for group in rule["apiGroups"]:
        for resource in rule["resources"]:
            yield from (Right(verb, group, resource) for verb in rule["verbs"])


def _everywhere(rule: Mapping[str, Any]) -> Iterator[Right]:
    yield from _of_rule(rule)


def _within(rule: Mapping[str, Any], names: Sequence[str], own: str) -> Iterator[Right]:
    """The rights of a rule where only some namespaces are served, as the chart divides them."""
    for right in _of_rule(rule):
        here = (right.verb, right.group, right.resource)
        if right.resource.partition("/")[0] == _CONNECTIONS:
            yield right
        elif right.resource == "namespaces":
            yield from (Right(*here, name=name) for name in names)
        elif right.resource == "configmaps":
            yield Right(*here, own)
        else:
            yield from (Right(*here, name) for name in names)
        if right.resource == "events":
            yield Right(*here, _EVENTS_OF_CONNECTIONS)
        if right.resource == "secrets" and right.verb in {"get", *_READS}:
            yield Right(*here, own)


def _lease_rights(one: Installation) -> Iterator[Right]:
    namespace = one.settings.get("lease-namespace") or one.namespace
    for rule in _rules("Role"):
        names = lease_names(one) if rule.get("resourceNames") else [""]
        for right in _of_rule(rule):
            yield from (
                Right(right.verb, right.group, right.resource, namespace, name) for name in names
            )


def lease_names(one: Installation) -> list[str]:
    """The Leases that an operator holds or competes for: one, and two more for each shard."""
    name = one.settings.get("lease-name") or _LEASE
    shards = one.settings.get("shards") or "1"
    numbers = range(int(shards)) if shards.isdecimal() and int(shards) > 1 else range(0)
    return [name, *(f"{name}-{part}-{n}" for part in ("seat", "shard") for n in numbers)]
