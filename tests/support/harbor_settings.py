"""Harbor's side of a project's settings: what each write of a block makes of what is there.

The traps are Harbor's own, from recorded exchanges: what it drops, refuses and leaves as it was.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from harbor_operator.api.blocks.members import MemberKind
from harbor_operator.core.project.blocks import (
    allowed_cves,
    immutable_tags,
    labels,
    members,
    metadata,
    quota,
    retention,
    scanner,
    webhooks,
)
from harbor_operator.core.project.blocks.selectors import Reach
from harbor_operator.core.steps import Step

UNKNOWN = "ghost"
"""A user whom Harbor does not know (members 8), and a group that nobody has onboarded (13-15)."""

VANISHED = "vanished"
"""A member whose role has no name: no list shows it, and it cannot be added (members 22-23)."""

SEVERITIES = frozenset({"none", "low", "medium", "high", "critical"})
KEYS = frozenset(
    {
        "public",
        "auto_scan",
        "auto_sbom_generation",
        "prevent_vul",
        "severity",
        "enable_content_trust",
        "enable_content_trust_cosign",
        "proxy_speed_kb",
    }
)
MAX_RETENTION_RULES = 15
_SIX_FIELDS = re.compile(r"0( \S+){5}")
_GROUP_TYPES = {number: word for word, number in members.GROUP_TYPE_IDS.items()}


class RefusedWriteError(Exception):
    """Harbor answers with an error."""


def carried_out(step: Step, seen: Any) -> Any:  # noqa: ANN401 -- each block has types of its own
    """What a block sees after a step.

    Raises:
        RefusedWriteError: Harbor does not accept it.
    """
    return _WRITERS[step.source](seen, step.write)


def _number(rows: tuple[Any, ...]) -> int:
    return 1 + max((row.id for row in rows), default=0)


def _without(rows: tuple[Any, ...], number: int) -> tuple[Any, ...]:
    return tuple(row for row in rows if row.id != number)


def write_metadata(
    seen: metadata.MetadataSeen, write: metadata.UpdateMetadata
) -> metadata.MetadataSeen:
    """Keeps all keys that are not mentioned (projects 64-65); values are not checked (68-69)."""
    dropped = "enable_content_trust" if seen.proxy else "proxy_speed_kb"  # policies 74-75
    kept = {key: value for key, value in write.metadata.items() if key in KEYS - {dropped}}
    if "severity" in kept and kept["severity"] not in SEVERITIES:  # projects 24 and 28
        kept["severity"] = "unknown"
    return replace(seen, metadata={**seen.metadata, **kept})


def _write_quota(seen: quota.Quota, write: quota.UpdateQuota) -> quota.Quota:
    if write.storage_bytes == 0 or write.storage_bytes < -1:  # projects 99-100
        raise RefusedWriteError
    assert write.quota_id == seen.id
    return replace(seen, hard=write.storage_bytes)


def _write_allowed_cves(
    seen: allowed_cves.AllowedCVEs, write: allowed_cves.InheritSystem | allowed_cves.ReplaceList
) -> allowed_cves.AllowedCVEs:
    match write:
        case allowed_cves.InheritSystem():
            return replace(seen, inherit=True)
        case allowed_cves.ReplaceList(ids, expires_at):
            return allowed_cves.AllowedCVEs(inherit=False, ids=ids, expires_at=expires_at)


def _write_scanner(
    seen: scanner.ScannersSeen, write: scanner.ChooseScanner
) -> scanner.ScannersSeen:
    """An unknown scanner is accepted and changes nothing (policies 79)."""
    names = {uuid: name for name, uuid in seen.candidates.items()}
    return replace(seen, current=names.get(write.uuid, seen.current))


def _write_member(
    seen: members.Seen, write: members.AddMember | members.ChangeRole | members.RemoveMember
) -> members.Seen:
    match write:
        case members.AddMember():
            return (*seen, _new_member(seen, write))
        case members.ChangeRole(number, role):  # a missing member is no error (members 25-26)
            return tuple(replace(row, role=role) if row.id == number else row for row in seen)
        case members.RemoveMember(number):
            return _without(seen, number)


def _new_member(seen: members.Seen, write: members.AddMember) -> members.MemberSeen:
    ldap = "=" in write.name
    name = write.name.lower() if ldap else write.name
    taken = any((row.kind, row.name) == (write.kind, name) for row in seen)
    if taken or write.name in {UNKNOWN, VANISHED}:
        raise RefusedWriteError
    assert (write.group_type is None) == (write.kind is MemberKind.USER)
    return members.MemberSeen(
        id=_number(seen),
        kind=write.kind,
        name=name,
        role=write.role,
        group_type=None if write.group_type is None else _GROUP_TYPES[write.group_type],
        distinguished_name=name if ldap else "",
    )


def _write_immutable_tags(
    seen: immutable_tags.Seen,
    write: immutable_tags.CreateRule | immutable_tags.EnableRule | immutable_tags.DeleteRule,
) -> immutable_tags.Seen:
    match write:
        case immutable_tags.CreateRule(reach):
            if any(rule.reach == reach for rule in seen):  # policies 2
                raise RefusedWriteError
            return (*seen, immutable_tags.RuleSeen(_number(seen), reach))
        case immutable_tags.EnableRule(number, reach):
            return tuple(_put(rule, reach) if rule.id == number else rule for rule in seen)
        case immutable_tags.DeleteRule(number):
            return _without(seen, number)


def _put(rule: immutable_tags.RuleSeen, reach: Reach) -> immutable_tags.RuleSeen:
    """A PUT of an enabled rule: one that enables changes nothing else (policies 5-7)."""
    return replace(rule, disabled=False) if rule.disabled else replace(rule, reach=reach)


def _write_retention(
    seen: retention.PolicySeen | None,
    write: retention.CreatePolicy | retention.ReplacePolicy | retention.ForgetPolicy,
) -> retention.PolicySeen | None:
    match write:
        case retention.CreatePolicy(schedule, rules):
            if seen is not None:  # policies 14, also where the policy is gone
                raise RefusedWriteError
            return _policy(1, schedule, rules)
        case retention.ReplacePolicy(number, schedule, rules):
            if seen is None or seen.dangling or seen.id != number:
                raise RefusedWriteError
            return _policy(number, schedule, rules)
        case retention.ForgetPolicy():
            return None


def _policy(number: int, schedule: str, rules: tuple[retention.Rule, ...]) -> retention.PolicySeen:
    if schedule and not _SIX_FIELDS.fullmatch(schedule):  # policies 17-18
        raise RefusedWriteError
    if len(rules) > MAX_RETENTION_RULES or len(set(rules)) < len(rules):  # policies 24-25
        raise RefusedWriteError
    return retention.PolicySeen(number, schedule, frozenset(rules))


def _write_label(
    seen: labels.Seen, write: labels.CreateLabel | labels.UpdateLabel | labels.DeleteLabel
) -> labels.Seen:
    match write:
        case labels.CreateLabel(name, color, description):
            if any(label.name == name for label in seen):  # policies 55
                raise RefusedWriteError
            return (*seen, labels.LabelSeen(_number(seen), name, color, description))
        case labels.UpdateLabel(label, color, description):
            changed = replace(label, color=color, description=description)
            return tuple(changed if row == label else row for row in seen)
        case labels.DeleteLabel(label):
            return _without(seen, label.id)


def _write_webhook(
    seen: webhooks.WebhooksSeen,
    write: webhooks.CreateHook | webhooks.ReplaceHook | webhooks.DeleteHook,
) -> webhooks.WebhooksSeen:
    match write:
        case webhooks.CreateHook(hook):
            if any(row.hook.name == hook.name for row in seen.hooks):  # policies 38
                raise RefusedWriteError
            hooks = (*seen.hooks, webhooks.HookSeen(_number(seen.hooks), hook))
        case webhooks.ReplaceHook(number, hook):
            hooks = tuple(
                replace(row, hook=hook) if row.id == number else row for row in seen.hooks
            )
        case webhooks.DeleteHook(number):
            hooks = _without(seen.hooks, number)
    return replace(seen, hooks=hooks)


_WRITERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "metadata": write_metadata,
    "storageQuota": _write_quota,
    "allowedCVEs": _write_allowed_cves,
    "scanner": _write_scanner,
    "members": _write_member,
    "immutableTags": _write_immutable_tags,
    "retention": _write_retention,
    "labels": _write_label,
    "webhooks": _write_webhook,
}
