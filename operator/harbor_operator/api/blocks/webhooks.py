"""Webhooks: whom Harbor calls when something happens in a project."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from harbor_operator.api.base import SecretKeyRef
from harbor_operator.api.model import ApiModel, checked_by, each_once

MAX_WEBHOOKS: Final = 32
"""Harbor states no limit; every event of the project is compared with all webhooks."""


class WebhookEvent(StrEnum):
    """What may happen in a project, in Harbor's words."""

    PUSH_ARTIFACT = "PUSH_ARTIFACT"
    PULL_ARTIFACT = "PULL_ARTIFACT"
    DELETE_ARTIFACT = "DELETE_ARTIFACT"
    QUOTA_EXCEED = "QUOTA_EXCEED"
    QUOTA_WARNING = "QUOTA_WARNING"
    SCANNING_FAILED = "SCANNING_FAILED"
    SCANNING_STOPPED = "SCANNING_STOPPED"
    SCANNING_COMPLETED = "SCANNING_COMPLETED"
    REPLICATION = "REPLICATION"
    TAG_RETENTION = "TAG_RETENTION"


class WebhookFormat(StrEnum):
    """How a call's body is written."""

    DEFAULT = "Default"
    """Harbor's own JSON."""

    CLOUD_EVENTS = "CloudEvents"
    """The CloudEvents specification's JSON."""

    SLACK = "Slack"
    """What Slack and programs that imitate it take."""


class Webhook(ApiModel):
    """One address that Harbor calls when something happens in the project."""

    name: str = Field(min_length=1, max_length=255)
    """The webhook's name in Harbor."""

    enabled: bool | None = None
    """Whether Harbor calls it. Absent: left as it is, which is true at creation."""

    events: tuple[WebhookEvent, ...] = Field(
        min_length=1,
        max_length=len(WebhookEvent),
        json_schema_extra=checked_by(each_once("events: each event may be listed once")),
    )
    """What it is called for, such as PUSH_ARTIFACT."""

    address: str = Field(
        min_length=8,
        max_length=512,
        pattern=r"^https?://([-a-z0-9.]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?([/?][^\s#]*)?$",
    )
    """The http or https URL that is called, its host in small letters and among the tenant rule's
    webhookHosts. Not with a user or a fragment: a secret belongs into authHeaderSecretRef."""

    format: WebhookFormat | None = None
    """How the call's body is written: Default, CloudEvents or Slack. Absent: left as it is, which
    is Default at creation."""

    auth_header_secret_ref: SecretKeyRef | None = None
    """Where the value of the call's Authorization header is, a Secret of this namespace. Absent:
    left as it is."""

    insecure_skip_tls_verify: bool | None = None
    """Whether Harbor calls it without a look at its certificate. Absent: left as it is."""

    description: str | None = Field(default=None, max_length=1024)
    """What the webhook is for. Absent: left as it is."""


Webhooks = Annotated[
    tuple[Webhook, ...],
    Field(
        max_length=MAX_WEBHOOKS,
        json_schema_extra=checked_by(each_once("webhooks: each name may be listed once", "name")),
    ),
]
"""All webhooks of a project."""
