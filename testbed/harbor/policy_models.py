"""The bodies of requests about policies, registries, scanners and schedules.

Named and typed like Harbor's API models, whom messages quote.
"""

from dataclasses import dataclass, field

from testbed.harbor.printing import ALWAYS


@dataclass(slots=True)
class ImmutableSelector:
    """Picks tags or repositories by a pattern."""

    kind: str = ""
    decoration: str = ""
    pattern: str = ""


@dataclass(slots=True)
class ImmutableRule:
    """Which tags can neither be moved nor deleted."""

    id: int = 0
    priority: int = 0
    disabled: bool = False
    action: str = ""
    template: str = ""
    tag_selectors: list[ImmutableSelector] | None = field(default=None, metadata=ALWAYS)
    scope_selectors: dict[str, list[ImmutableSelector]] = field(default_factory=dict)


@dataclass(slots=True)
class RetentionSelector:
    """Picks tags or repositories by a pattern; `extras` is JSON in a string."""

    kind: str = ""
    decoration: str = ""
    pattern: str = ""
    extras: str = ""


@dataclass(slots=True)
class RetentionRule:
    """Which tags are kept."""

    id: int = 0
    priority: int = 0
    disabled: bool = False
    action: str = ""
    template: str = ""
    params: dict[str, object] = field(default_factory=dict)
    tag_selectors: list[RetentionSelector] | None = field(default=None, metadata=ALWAYS)
    scope_selectors: dict[str, list[RetentionSelector]] = field(default_factory=dict)


@dataclass(slots=True)
class RetentionRuleTrigger:
    """When tags are removed; the settings hold the `cron` expression."""

    kind: str = ""
    settings: dict[str, object] | None = None


@dataclass(slots=True)
class RetentionPolicyScope:
    """For which project a policy is."""

    level: str = ""
    ref: int = 0


@dataclass(slots=True)
class RetentionPolicy:
    """Which tags of a project are kept when the others are removed."""

    id: int = 0
    algorithm: str = ""
    rules: list[RetentionRule] | None = field(default=None, metadata=ALWAYS)
    trigger: RetentionRuleTrigger | None = None
    scope: RetentionPolicyScope | None = None


@dataclass(slots=True)
class TriggerRetentionExecutionBody:
    """Runs a retention policy now."""

    dry_run: bool = False


@dataclass(slots=True)
class OperateRetentionExecutionBody:
    """Stops a run; there is no other action."""

    action: str = ""


@dataclass(slots=True)
class WebhookTargetObject:
    """Where a webhook is sent to."""

    type: str = ""
    address: str = ""
    auth_header: str = field(default="", repr=False)
    skip_cert_verify: bool = False
    payload_format: str = ""


@dataclass(slots=True)
class WebhookPolicy:
    """Which events of a project are told to whom."""

    name: str = ""
    description: str = ""
    enabled: bool = field(default=False, metadata=ALWAYS)
    event_types: list[str] = field(default_factory=list, metadata=ALWAYS)
    targets: list[WebhookTargetObject] = field(default_factory=list, metadata=ALWAYS)
    creator: str = ""


@dataclass(slots=True)
class RegistryCredential:
    """How Harbor logs in at another registry."""

    type: str = ""
    access_key: str = ""
    access_secret: str = field(default="", repr=False)


@dataclass(slots=True)
class Registry:
    """Another registry, to be a cache of or to replicate with."""

    name: str = ""
    description: str = ""
    type: str = ""
    url: str = ""
    insecure: bool = False
    ca_certificate: str | None = None
    credential: RegistryCredential | None = None


@dataclass(slots=True)
class RegistryUpdate:
    """Changes a registry; what is absent stays."""

    name: str | None = None
    description: str | None = None
    url: str | None = None
    insecure: bool | None = None
    ca_certificate: str | None = None
    credential_type: str | None = None
    access_key: str | None = None
    access_secret: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class RegistryPing(RegistryUpdate):
    """Asks whether a registry, known (`id`) or not yet, can be reached."""

    id: int | None = None
    type: str | None = None


@dataclass(slots=True)
class ScannerRegistrationReq:
    """Registers or changes a scanner."""

    name: str
    url: str
    description: str = ""
    auth: str = ""
    access_credential: str = field(default="", repr=False)
    skip_certVerify: bool = False  # noqa: N815 - the name of the field in Harbor's API
    use_internal_addr: bool = False
    disabled: bool = False


@dataclass(slots=True)
class IsDefault:
    """Makes a scanner the default."""

    is_default: bool = False


@dataclass(slots=True)
class ProjectScanner:
    """Chooses a project's scanner."""

    uuid: str


@dataclass(slots=True)
class ScheduleObj:
    """When a job of the system runs."""

    type: str = ""
    cron: str = ""


@dataclass(slots=True)
class Schedule:
    """The schedule of a job of the system, with the job's own parameters."""

    schedule: ScheduleObj | None = None
    parameters: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class ScanType:
    """What a scan shall make: `vulnerability`, which is also meant by nothing, or `sbom`."""

    scan_type: str = ""
