"""Whom Harbor calls when something happens in a project: a stated list is all of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from typing_extensions import override

from harbor_operator.api.blocks.webhooks import Webhook, WebhookFormat
from harbor_operator.api.conditions import Reason
from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.core.namespaces import matches_any
from harbor_operator.core.project.blocks.block import Block
from harbor_operator.core.secret import Secret
from harbor_operator.core.statement import Statement
from harbor_operator.core.steps import Change, Comparison, Step, Trouble, Verb, differences

SecretKey = tuple[str, str]
"""A Secret of the project's namespace, and a key in it."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook, whole, as Harbor keeps it."""

    name: str
    address: str
    events: frozenset[str] = frozenset()
    format: str = WebhookFormat.DEFAULT
    auth: Secret | None = None
    """The value of the Authorization header."""
    enabled: bool = True
    skip_tls: bool = False
    description: str = ""

    def words(self) -> dict[str, str | None]:
        """Its settings in the words of the spec; of the secret only whether there is one."""
        return {
            "address": self.address,
            "events": ", ".join(sorted(self.events)),
            "format": self.format,
            "enabled": str(self.enabled).lower(),
            "insecureSkipTLSVerify": str(self.skip_tls).lower(),
            "description": self.description or None,
            "authHeader": "(hidden)" if self.auth else None,
        }


@dataclass(frozen=True, slots=True)
class HookSeen:
    """One webhook in Harbor."""

    id: int
    hook: Hook


@dataclass(frozen=True, slots=True)
class WebhooksSeen:
    """The webhooks in Harbor, and what the wanted ones depend on."""

    hooks: tuple[HookSeen, ...] = ()
    secrets: Mapping[SecretKey, Secret | None] = field(default_factory=dict)
    """The headers that the spec refers to; None: not there, or not released for webhooks."""
    allowed_hosts: tuple[str, ...] = ()
    """Globs of the hosts that the tenant rule lets webhooks call."""


@dataclass(frozen=True, slots=True)
class CreateHook:
    """Make a webhook."""

    hook: Hook


@dataclass(frozen=True, slots=True)
class ReplaceHook:
    """Make a webhook this one; Harbor replaces it as a whole."""

    hook_id: int
    hook: Hook


@dataclass(frozen=True, slots=True)
class DeleteHook:
    """Remove a webhook."""

    hook_id: int


Wanted = tuple[Webhook, ...]


class WebhooksBlock(Block[Wanted, WebhooksSeen]):
    """The webhooks. One whose host is not allowed is not wanted, whatever the spec says."""

    name = "webhooks"
    usual: ClassVar[Mapping[str, Any]] = {name: []}

    @override
    def desired(self, spec: ProjectSpec, status: ProjectStatus) -> Wanted | None:
        return spec.webhooks

    @override
    def compare(self, desired: Wanted, observed: WebhooksSeen) -> Comparison:
        allowed = [hook for hook in desired if _is_allowed(hook, observed)]
        troubles = [_forbidden(hook) for hook in desired if hook not in allowed]
        steps: list[Step] = []
        by_name = {seen.hook.name: seen for seen in observed.hooks}
        for webhook in allowed:
            if _lacks_secret(webhook, observed):
                troubles.append(_without_secret(webhook))
            else:
                steps.extend(_towards(webhook, by_name.get(webhook.name), observed))
        names = {webhook.name for webhook in allowed}
        steps.extend(_removal(seen) for seen in observed.hooks if seen.hook.name not in names)
        return Comparison(tuple(steps), tuple(troubles))

    @override
    def blank(self, desired: Wanted) -> WebhooksSeen:
        keys = [key for webhook in desired if (key := _secret_key(webhook))]
        return WebhooksSeen(secrets=dict.fromkeys(keys, Secret("hidden")), allowed_hosts=("*",))

    @override
    def state(self, observed: WebhooksSeen) -> Statement:
        hooks = sorted((seen.hook for seen in observed.hooks), key=lambda hook: hook.name)
        notes = tuple(
            f"webhooks: the Authorization header of {hook.name} is not stated: it stays in Harbor,"
            " and a new webhook needs it in a Secret named by authHeaderSecretRef"
            for hook in hooks
            if hook.auth is not None
        )
        return Statement({self.name: [_entry_of(hook) for hook in hooks]}, notes)


def _entry_of(hook: Hook) -> dict[str, Any]:
    """A webhook as the spec has it, without its secret."""
    optional = {
        "enabled": None if hook.enabled else False,
        "format": None if hook.format == WebhookFormat.DEFAULT else str(hook.format),
        "insecureSkipTLSVerify": hook.skip_tls or None,
        "description": hook.description or None,
    }
    stated = {name: value for name, value in optional.items() if value is not None}
    return {
        "name": hook.name,
        "events": sorted(hook.events),
        "address": hook.address,
        **stated,
    }


def _is_allowed(webhook: Webhook, observed: WebhooksSeen) -> bool:
    return matches_any(observed.allowed_hosts, _host(webhook))


def _host(webhook: Webhook) -> str:
    """The host that is called; empty where the brackets hold no IPv6 address."""
    try:
        return urlsplit(webhook.address).hostname or ""
    except ValueError:
        return ""


def _secret_key(webhook: Webhook) -> SecretKey | None:
    ref = webhook.auth_header_secret_ref
    return None if ref is None else (ref.name, ref.key)


def _lacks_secret(webhook: Webhook, observed: WebhooksSeen) -> bool:
    key = _secret_key(webhook)
    return key is not None and observed.secrets.get(key) is None


def _towards(webhook: Webhook, seen: HookSeen | None, observed: WebhooksSeen) -> Iterator[Step]:
    name = WebhooksBlock.name
    if seen is None:
        hook = _whole(webhook, Hook(webhook.name, webhook.address), observed)
        changes = differences(name, {}, hook.words())
        yield Step(name, Verb.CREATE, hook.name, changes, CreateHook(hook))
        return
    hook = _whole(webhook, seen.hook, observed)
    if hook != seen.hook:
        changes = differences(name, seen.hook.words(), hook.words()) or (
            Change(name, "authHeader", "(hidden)", "(hidden)"),
        )
        yield Step(name, Verb.UPDATE, hook.name, changes, ReplaceHook(seen.id, hook))


def _whole(webhook: Webhook, base: Hook, observed: WebhooksSeen) -> Hook:
    """The webhook as wanted; what the spec leaves out is as in `base`."""
    key = _secret_key(webhook)
    if key is not None:
        auth = observed.secrets.get(key)
    else:  # a header that was meant for another address is not sent to this one
        auth = base.auth if base.address == webhook.address else None
    return replace(
        base,
        address=webhook.address,
        events=frozenset(webhook.events),
        format=webhook.format or base.format,
        auth=auth,
        enabled=base.enabled if webhook.enabled is None else webhook.enabled,
        skip_tls=_stated(webhook.insecure_skip_tls_verify, base.skip_tls),
        description=base.description if webhook.description is None else webhook.description,
    )


def _stated(value: bool | None, otherwise: bool) -> bool:  # noqa: FBT001 -- two values of one switch
    return otherwise if value is None else value


def _removal(seen: HookSeen) -> Step:
    change = Change(WebhooksBlock.name, "address", seen.hook.address, None)
    return Step(WebhooksBlock.name, Verb.DELETE, seen.hook.name, (change,), DeleteHook(seen.id))


def _forbidden(webhook: Webhook) -> Trouble:
    return Trouble(
        Reason.ACCESS_NOT_ALLOWED,
        f"webhooks: {webhook.name} would call {_host(webhook) or webhook.address}, which is not"
        " among the webhookHosts of the connection's tenant rule.",
    )


def _without_secret(webhook: Webhook) -> Trouble:
    key = _secret_key(webhook)
    name, entry = key or ("", "")
    return Trouble(
        Reason.CREDENTIALS_MISSING,
        f"webhooks: {webhook.name} needs Secret {name} with key {entry} and label"
        ' harbor-operator.dev/webhook-auth: "true" in this namespace.',
        passing=True,
    )


WEBHOOKS = WebhooksBlock()
