"""Webhooks of a project, and the Secrets that hold their headers."""

from pydantic import SecretStr

from harbor_operator.api.blocks.webhooks import WebhookFormat
from harbor_operator.bridge.project_blocks.adapter import Scene
from harbor_operator.core.project.blocks.webhooks import (
    CreateHook,
    DeleteHook,
    Hook,
    HookSeen,
    ReplaceHook,
    WebhooksSeen,
)
from harbor_operator.core.secret import Secret
from harbor_operator.harbor.webhooks import WebhookPolicy, WebhookTarget

_SLACK, _HTTP = "slack", "http"


class WebhooksAdapter:
    """Reads and changes the webhooks of a project."""

    async def observe(self, scene: Scene) -> WebhooksSeen:
        """All webhooks, and the headers that the spec refers to."""
        rows = await scene.harbor.webhooks.list(scene.project.id)
        refs = [w.auth_header_secret_ref for w in scene.spec.webhooks or ()]
        keys = {(ref.name, ref.key) for ref in refs if ref is not None}
        return WebhooksSeen(
            hooks=tuple(HookSeen(row.id, _hook(row)) for row in rows),
            secrets={key: await scene.headers.read(*key) for key in sorted(keys)},
            allowed_hosts=scene.rule.webhook_hosts,
        )

    async def write(self, scene: Scene, write: CreateHook | ReplaceHook | DeleteHook) -> None:
        """Make, replace or remove one webhook."""
        webhooks, project = scene.harbor.webhooks, scene.project.id
        match write:
            case CreateHook(hook):
                await webhooks.create(project, _policy(hook))
            case ReplaceHook(hook_id, hook):
                await webhooks.replace(project, hook_id, _policy(hook))
            case DeleteHook(hook_id):
                await webhooks.delete(project, hook_id)


def _hook(row: WebhookPolicy) -> Hook:
    """A webhook of Harbor; with several targets it differs from every wanted one."""
    first = row.targets[0] if row.targets else WebhookTarget()
    header = first.auth_header.get_secret_value()
    return Hook(
        name=row.name,
        address=", ".join(target.address for target in row.targets),
        events=row.event_types,
        format=_format(first),
        auth=Secret(header) if header else None,
        enabled=row.enabled,
        skip_tls=first.skip_cert_verify,
        description=row.description,
    )


def _format(target: WebhookTarget) -> str:
    if target.type == _SLACK:
        return WebhookFormat.SLACK
    return target.payload_format or WebhookFormat.DEFAULT


def _policy(hook: Hook) -> WebhookPolicy:
    slack = hook.format == WebhookFormat.SLACK
    target = WebhookTarget(
        type=_SLACK if slack else _HTTP,
        address=hook.address,
        auth_header=SecretStr(hook.auth.reveal() if hook.auth else ""),
        skip_cert_verify=hook.skip_tls,
        payload_format="" if slack else str(hook.format),
    )
    return WebhookPolicy(
        name=hook.name,
        description=hook.description,
        enabled=hook.enabled,
        event_types=hook.events,
        targets=(target,),
    )
