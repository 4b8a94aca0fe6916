"""The tables for policies, registries, scanners and schedules."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from testbed.harbor.policy_models import ImmutableRule, RetentionPolicy, WebhookPolicy


@dataclass(slots=True)
class ImmutableTagRule:
    """A rule of a project.

    `written` is the rule as it was last written as a whole: what must be unique in a project.
    """

    id: int
    project_id: int
    rule: ImmutableRule
    written: str


@dataclass(slots=True)
class Retention:
    """A project's retention policy."""

    id: int
    project_id: int
    policy: RetentionPolicy


@dataclass(slots=True)
class RetentionExecution:
    """A run of a retention policy; nothing is ever removed by it."""

    id: int
    retention_id: int
    dry_run: bool
    started: datetime
    stopped: datetime | None = None


@dataclass(slots=True)
class Webhook:
    """A project's webhook; `created` is None after an update, which loses it."""

    id: int
    project_id: int
    policy: WebhookPolicy
    created: datetime | None
    updated: datetime


@dataclass(slots=True)
class UpstreamRegistry:
    """Another registry; the secret is kept in the clear, as this Harbor guards nothing."""

    id: int
    name: str
    description: str
    type: str
    url: str
    insecure: bool
    ca_certificate: str
    credential_type: str
    access_key: str
    access_secret: str = field(repr=False)
    created: datetime
    updated: datetime


@dataclass(slots=True)
class Scanner:
    """A registered scanner; a built-in one can be neither changed nor removed."""

    uuid: str
    name: str
    description: str
    url: str
    auth: str
    access_credential: str = field(repr=False)
    skip_cert_verify: bool
    use_internal_addr: bool
    disabled: bool
    is_default: bool
    built_in: bool
    created: datetime
    updated: datetime


class Vendor(Enum):
    """Whom a schedule belongs to."""

    RETENTION = "retention"
    GARBAGE_COLLECTION = "garbage collection"
    SCAN_ALL = "scan all"
    PURGE_AUDIT_LOG = "purge audit log"


@dataclass(slots=True)
class JobSchedule:
    """A schedule; `vendor_id` tells the retention policies apart."""

    id: int
    vendor: Vendor
    vendor_id: int
    type: str
    cron: str
    parameters: dict[str, object]
    created: datetime
