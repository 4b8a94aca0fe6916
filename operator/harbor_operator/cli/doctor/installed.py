"""Whether the kinds are installed and an operator of the same version works; decisions only."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from harbor_operator.cli.doctor.checks import Check, fail, ok, unknown, warn
from harbor_operator.cli.installation import Installation
from harbor_operator.cli.objects import read_time
from harbor_operator.cli.printing import span
from harbor_operator.kube.resources import JsonObject

OLDEST_KUBERNETES: Final = (1, 32)
"""What the page about the installation asks for."""

APPLY_KINDS: Final = "kubectl apply --server-side -f deploy/crds.yaml"
STALE: Final = 4
"""Of a lease's duration: one that its holder has not renewed for so long is held by nobody."""

CLOSE: Final = timedelta(seconds=30)
"""How far two clocks may differ without a word: no decision here is finer."""

FAR: Final = timedelta(minutes=5)
"""How far they may differ before tokens and certificates are refused."""

_LED: Final = re.compile(r"harbor-operator(-shard-\d+)?")
"""Leases by which somebody leads, of an operator that no Deployment runs."""

_LEASE_SECONDS: Final = 15
_TAG: Final = re.compile(r":v?(\d+\.\d+\.\d+[\w.+-]*)(?:@.*)?$")


@dataclass(frozen=True, slots=True)
class Lease:
    """One Lease of the operator: who leads."""

    namespace: str
    name: str
    holder: str
    seconds: int
    renewed: datetime | None


def lease_of(body: JsonObject) -> Lease:
    """Read a Lease."""
    spec = body.get("spec") or {}
    return Lease(
        body["metadata"].get("namespace", ""),
        body["metadata"]["name"],
        str(spec.get("holderIdentity") or ""),
        int(spec.get("leaseDurationSeconds") or _LEASE_SECONDS),
        read_time(spec.get("renewTime")),
    )


def check_server(version: tuple[int, int], text: str) -> Check:
    """Whether the API server is new enough."""
    name = "API server"
    if version < OLDEST_KUBERNETES:
        oldest = ".".join(map(str, OLDEST_KUBERNETES))
        return warn(name, f"Kubernetes {text}", f"upgrade it to {oldest} or newer")
    return ok(name, f"Kubernetes {text}")


def check_clock(name: str, ahead: timedelta | None) -> Check:
    """Whether a clock agrees with this machine's.

    Args:
        name: Whose clock.
        ahead: How far it is ahead; None where it did not tell the time.
    """
    if ahead is None:
        return unknown(name, "its answers tell no time")
    found = f"{span(ahead)} {'ahead of' if ahead > timedelta() else 'behind'} this machine"
    cure = "set both clocks by NTP: tokens, certificates and expiries go by them"
    if abs(ahead) > FAR:
        return fail(name, found, cure)
    if abs(ahead) > CLOSE:
        return warn(name, found, cure)
    return ok(name, "agrees with this machine's")


def check_kind(plural: str, wanted: Mapping[str, Any], stored: JsonObject | None) -> Check:
    """Whether a kind is installed as the plugin knows it.

    Args:
        plural: What it is called.
        wanted: Its definition.
        stored: What the cluster has; None where it has none.
    """
    name = f"kind {plural}"
    if stored is None:
        return fail(name, "not installed", APPLY_KINDS)
    conditions = (stored.get("status") or {}).get("conditions") or ()
    states = {entry.get("type"): entry.get("status") for entry in conditions}
    if states.get("Established") != "True":
        return fail(name, "installed, and not served", f"kubectl describe crd {plural}")
    if _schemas(wanted) != _schemas(stored):
        return warn(
            name,
            "of another version than this plugin",
            f"use the plugin of the operator's version, or upgrade both: {APPLY_KINDS}",
        )
    return ok(name, "as this plugin knows it")


def check_installations(installations: Sequence[Installation], version: str) -> Iterator[Check]:
    """Whether an operator is deployed, ready, and of the plugin's version."""
    if not installations:
        yield warn(
            "operator",
            "no Deployment runs it",
            "install it as docs/install.md says, unless it runs outside of the cluster",
        )
    for one in installations:
        yield _replicas(one)
        yield _version(one, version)
    everywhere = [one.path for one in installations if not one.settings.get("namespaces")]
    if len(everywhere) > 1:
        yield fail(
            "operator",
            f"{', '.join(everywhere)} all work on the whole cluster",
            "remove all but one: each undoes what another does",
        )


def check_leases(
    installations: Sequence[Installation], leases: Sequence[Lease], now: datetime
) -> Iterator[Check]:
    """Whether somebody leads, of each operator and of each of its shards."""
    wanted = dict.fromkeys(
        (name for one in installations for name in _lease_names(one)),
    ) or dict.fromkeys(lease.name for lease in leases if _LED.fullmatch(lease.name))
    if not wanted:
        yield fail("leader", "no Lease harbor-operator", "start the operator")
    for name in wanted:
        yield _led(name, [lease for lease in leases if lease.name == name], now)


def _lease_names(one: Installation) -> Iterator[str]:
    name = one.settings.get("lease-name") or "harbor-operator"
    if one.settings.get("leader-election") == "false" or "no-leader-election" in one.settings:
        return
    shards = one.settings.get("shards") or "1"
    if shards.isdecimal() and int(shards) > 1:
        yield from (f"{name}-shard-{number}" for number in range(int(shards)))
    else:
        yield name


def _led(name: str, leases: Sequence[Lease], now: datetime) -> Check:
    title = f"leader by Lease {name}"
    held = [lease for lease in leases if lease.holder and lease.renewed is not None]
    if not held:
        return fail(title, "nobody leads", "look at the log of the operator's pods")
    last = max(held, key=lambda lease: lease.renewed or now)
    age = now - (last.renewed or now)
    found = f"{last.holder}, heard of {span(age)} ago"
    if age > STALE * timedelta(seconds=last.seconds):
        return fail(title, found, "look at the operator's pods: the leader is gone")
    return ok(title, found)


def _replicas(one: Installation) -> Check:
    name = f"operator {one.path}"
    found = f"{one.ready} of {one.wanted} replicas ready"
    if one.wanted == 0:
        return fail(
            name,
            "scaled to 0",
            f"kubectl -n {one.namespace} scale deployment/{one.name} --replicas=1",
        )
    cure = f"kubectl -n {one.namespace} describe deployment/{one.name}"
    if one.ready == 0:
        return fail(name, found, cure)
    return warn(name, found, cure) if one.ready < one.wanted else ok(name, found)


def _version(one: Installation, version: str) -> Check:
    name = f"version of {one.path}"
    match = _TAG.search(one.image)
    if match is None:
        return unknown(name, f"image {one.image} names no version")
    if match[1] != version:
        return warn(
            name,
            f"operator {match[1]}, plugin {version}",
            "use the plugin of the operator's version",
        )
    return ok(name, f"{version}, as the plugin")


def _schemas(definition: Mapping[str, Any]) -> str:
    versions = (definition.get("spec") or {}).get("versions") or ()
    schemas = {entry.get("name"): entry.get("schema") for entry in versions}
    return json.dumps(schemas, sort_keys=True)
