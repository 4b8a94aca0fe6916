"""What stands between the operator and its writes: policies, webhooks, quotas; decisions only."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.doctor.checks import Check, fail, ok, warn
from harbor_operator.cli.kinds import GROUP
from harbor_operator.kube.resources import JsonObject

MUTATING_SINCE: Final = (1, 36)
"""The first release that serves MutatingAdmissionPolicy as v1."""

INJECTING: Final = "harbor-operator-pull-secrets"
NAMING: Final = "harbor-operator-tenant-names"

_WRITES: Final = frozenset({"CREATE", "UPDATE", "DELETE", "*"})
_TOUCHED: Final = (("", "secrets"), ("", "serviceaccounts"), (GROUP, "*"))
"""Group and plural of what the operator writes."""

_FULL: Final = 0.9


@dataclass(frozen=True, slots=True)
class Policy:
    """An admission policy of ours: whether it and its binding are there."""

    name: str
    there: bool
    bound: bool


@dataclass(frozen=True, slots=True)
class Quota:
    """How many Secrets a ResourceQuota lets a namespace have."""

    namespace: str
    name: str
    hard: int
    used: int


def check_injection(policy: Policy, users: int, version: tuple[int, int]) -> Check:
    """Whether the policy works that adds pull secrets to new pods.

    Args:
        policy: What there is of it.
        users: How many pull secrets say admissionInjection.
        version: The API server's.
    """
    name = f"admission policy {policy.name}"
    if users == 0:
        return ok(name, "installed" if policy.there else "not installed, and nothing needs it")
    needed = f"{users} pull secrets say admissionInjection"
    if version < MUTATING_SINCE:
        return fail(
            name,
            f"{needed}, and Kubernetes {'.'.join(map(str, version))} has no such policies",
            f"upgrade to {'.'.join(map(str, MUTATING_SINCE))}, or name serviceAccounts instead",
        )
    if not (policy.there and policy.bound):
        found = "not bound" if policy.there else "not installed"
        return fail(
            name,
            f"{needed}, and it is {found}",
            "kubectl apply -f deploy/admission/pull-secrets.yaml",
        )
    return ok(name, f"installed and bound; {needed}")


def check_naming(policy: Policy) -> Check:
    """Whether the policy about names of projects works where it is installed."""
    name = f"admission policy {policy.name}"
    if policy.there and not policy.bound:
        return warn(
            name,
            "installed, and not bound",
            "kubectl apply -f deploy/admission/tenant-names.yaml",
        )
    return ok(name, "installed and bound" if policy.there else "not installed, which is a choice")


def blocking_webhooks(body: JsonObject) -> Iterator[str]:
    """The webhooks of a configuration whose failure would refuse a write of the operator's."""
    for hook in body.get("webhooks") or ():
        touched = {plural for rule in hook.get("rules") or () for plural in _touched(rule)}
        if touched and hook.get("failurePolicy", "Fail") == "Fail":
            some = " of some namespaces" if hook.get("namespaceSelector") else ""
            yield f"{hook.get('name')} ({', '.join(sorted(touched))}{some})"


def check_webhooks(blocking: Iterable[str]) -> Check:
    """Whether webhooks of others could stop the operator."""
    name = "admission webhooks"
    found = sorted(blocking)
    if found:
        return warn(
            name,
            f"while these do not answer, nothing is written: {', '.join(found)}",
            "set their failurePolicy to Ignore, or exclude Secrets with label"
            f" {GROUP}/managed by an objectSelector",
        )
    return ok(name, "none that must answer matches what the operator writes")


def quota_of(body: JsonObject) -> Quota | None:
    """Read a ResourceQuota; None where it does not limit Secrets."""
    status: Mapping[str, Mapping[str, str]] = body.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    for key in ("count/secrets", "secrets"):
        if str(hard.get(key, "")).isdecimal():
            amount = str(used.get(key, "0"))
            taken = int(amount) if amount.isdecimal() else 0
            return Quota(
                body["metadata"]["namespace"], body["metadata"]["name"], int(hard[key]), taken
            )
    return None


def check_quotas(quotas: Iterable[Quota]) -> Check:
    """Whether namespaces have room for Secrets."""
    name = "quotas on Secrets"
    full = [quota for quota in quotas if quota.used >= quota.hard * _FULL]
    if full:
        told = ", ".join(f"{q.namespace}/{q.name} {q.used}/{q.hard}" for q in full)
        return warn(name, f"nearly used up: {told}", "raise them: pull secrets need a Secret each")
    return ok(name, "none is nearly used up")


def _touched(rule: JsonObject) -> Iterator[str]:
    if not _WRITES.intersection(rule.get("operations") or ()):
        return
    groups, plurals = {*(rule.get("apiGroups") or ())}, {*(rule.get("resources") or ())}
    for group, plural in _TOUCHED:
        named = plurals & {plural, "*", "*/*"} or (plural == "*" and plurals)
        if groups & {group, "*"} and named:
            yield plural if plural != "*" else f"kinds of {group}"
