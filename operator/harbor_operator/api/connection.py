"""ClusterHarborConnection: which Harbor, and who may do what there."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from pydantic import Field

from harbor_operator.api.base import SecretRef, Status
from harbor_operator.api.maintenance import Maintenance
from harbor_operator.api.model import ApiModel, Rule, checked_by, each_once
from harbor_operator.api.registries import (
    MAX_REGISTRIES,
    REGISTRY_TYPES_STAY,
    RegistryStatus,
    UpstreamRegistry,
)
from harbor_operator.api.resources import (
    CLOSING_COLUMNS,
    READY_COLUMNS,
    Column,
    CustomResource,
    Scope,
)
from harbor_operator.api.tenants import (
    DEFAULT_TENANT_RULE,
    MAX_TENANT_RULES,
    DistributionRule,
    TenantRule,
)
from harbor_operator.api.values import (
    Certificates,
    Duration,
    NamespaceName,
    ObjectName,
    RegistryHost,
    SecretKey,
    Text,
    Token,
    parse_duration,
)

_LOOPBACK_URL: Final = (
    "^http://(localhost|127[.][0-9]+[.][0-9]+[.][0-9]+|[[]::1[]])(:[0-9]{1,5})?/?$"
)
"""Plain http that does not leave the machine. CEL's own url() and ip() exceed its cost budget."""


class SourceKind(StrEnum):
    """Where a CA bundle may be stored."""

    CONFIG_MAP = "ConfigMap"
    SECRET = "Secret"  # noqa: S105 -- the name of a kind, not a password.


class CABundleRef(ApiModel):
    """Names the ConfigMap or Secret that holds a CA bundle."""

    kind: SourceKind
    """ConfigMap or Secret."""

    namespace: NamespaceName
    """Namespace of the object."""

    name: ObjectName
    """Name of the object."""

    key: SecretKey = "ca.crt"
    """Key that holds the certificates in PEM form; default ca.crt."""


class Requests(ApiModel):
    """How hard the operator may press on Harbor."""

    timeout_seconds: int = Field(default=30, ge=1, le=300)
    """How long one request may take; default 30."""

    max_concurrent: int = Field(default=8, ge=1, le=64)
    """How many requests may be under way at once; default 8."""

    per_second: int = Field(default=50, ge=1, le=1000)
    """How many requests may start in a second; default 50."""


class ConnectionSpec(ApiModel):
    """Which Harbor, and who may do what there."""

    checks = (
        Rule(
            "!self.url.startsWith('http://') || (has(self.allowPlainHTTP) && self.allowPlainHTTP)"
            f" || self.url.matches('{_LOOPBACK_URL}')",
            "url: plain http sends passwords in the clear; use https, or set allowPlainHTTP: true",
            field="url",
        ),
        Rule(
            "!(has(self.caBundle) && has(self.caBundleRef))",
            "caBundle and caBundleRef exclude each other",
            field="caBundle",
        ),
        Rule(
            "!has(self.driftCheckPeriod) || (duration(self.driftCheckPeriod) >= duration('1m')"
            " && duration(self.driftCheckPeriod) <= duration('24h'))",
            "driftCheckPeriod: from 1m to 24h",
            field="driftCheckPeriod",
        ),
        REGISTRY_TYPES_STAY,
    )

    url: str = Field(
        min_length=8,
        max_length=512,
        pattern=(
            r"^https?://([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
            r"(:[0-9]{1,5})?/?$"
        ),
    )
    """Where the operator reaches Harbor: scheme, host and port, no path. https, or http for a
    loopback address; any other http address needs allowPlainHTTP."""

    allow_plain_http: bool = False
    """Whether url may be plain http, over which anybody on the way reads every password."""

    registry_hosts: tuple[RegistryHost, ...] | None = Field(
        default=None,
        min_length=1,
        max_length=16,
        json_schema_extra=checked_by(each_once("registryHosts: each host may be listed once")),
    )
    """Hosts (host or host:port) that pull secrets are for. Default: the host of the registry_url
    that Harbor states, so that an internal url does not leak into Secrets."""

    credentials_secret_ref: SecretRef
    """The Secret of type kubernetes.io/basic-auth with the operator's Harbor account."""

    ca_bundle: Certificates | None = None
    """Certificates in PEM form that are trusted for url, instead of the system's."""

    ca_bundle_ref: CABundleRef | None = None
    """The same from a ConfigMap or Secret, read again whenever it changes."""

    requests: Requests = Requests()
    """How hard the operator may press on this Harbor."""

    drift_check_period: Duration = "10m"
    """How often Harbor is compared with the specs, from 1m to 24h; default 10m."""

    suspend: bool = False
    """Whether the operator pauses on this connection and on everything that uses it. Deletion
    still works."""

    tenants: tuple[TenantRule, ...] | None = Field(default=None, max_length=MAX_TENANT_RULES)
    """Which namespaces may do what. The first rule that matches a namespace decides, and a
    namespace that none matches may do nothing. Absent: one rule with all defaults for all."""

    distribution: tuple[DistributionRule, ...] = Field(default=(), max_length=64)
    """Which namespaces' pull secrets may be written into other namespaces; none by default."""

    registries: tuple[UpstreamRegistry, ...] = Field(
        default=(),
        max_length=MAX_REGISTRIES,
        json_schema_extra=checked_by(each_once("registries: each name may be listed once", "name")),
    )
    """Upstream registries that proxy caches copy from. One that is not listed is left as it is."""

    maintenance: Maintenance | None = None
    """What Harbor does by itself from time to time. Absent: left as it is."""

    @property
    def drift_check_interval(self) -> timedelta:
        """The drift check period as a length of time."""
        return parse_duration(self.drift_check_period)

    @property
    def tenant_rules(self) -> tuple[TenantRule, ...]:
        """The rules in force, the default one where none are stated."""
        return (DEFAULT_TENANT_RULE,) if self.tenants is None else self.tenants


class IdentityKind(StrEnum):
    """What sort of Harbor account the operator has."""

    USER = "User"
    ROBOT = "Robot"


class Identity(ApiModel):
    """The Harbor account that the operator acts with."""

    kind: IdentityKind
    """User or Robot."""

    name: Text
    """The account's full name in Harbor."""


class RevocationStatus(ApiModel):
    """How far a request to replace the credentials of all robots has got."""

    token: Token
    """The request: the annotation harbor-operator.dev/revoke-requested-at."""

    total: int = Field(ge=0)
    """How many robots of the connection have a credential."""

    done: int = Field(ge=0)
    """How many of them have one that is younger than the request."""

    failed: int = Field(ge=0)
    """How many have been tried and have no working successor yet."""

    message: Text = ""
    """What it waits for."""


class ConnectionStatus(Status):
    """What the operator found at the other end."""

    harbor_version: Text | None = None
    """Harbor's version."""

    identity: Identity | None = None
    """The account the credentials belong to, as Harbor sees it."""

    robot_name_prefix: Text | None = None
    """What Harbor puts before the name of every robot account."""

    registry_hosts: tuple[Text, ...] = Field(default=(), max_length=16)
    """The hosts that pull secrets are for, resolved."""

    token_lifetime_seconds: int | None = Field(default=None, ge=0)
    """How long a token of Harbor's token service is valid."""

    clock_skew_seconds: int | None = None
    """How far Harbor's clock is ahead of the operator's; negative when it is behind."""

    registries: tuple[RegistryStatus, ...] = Field(default=(), max_length=MAX_REGISTRIES)
    """The upstream registries as they are in Harbor."""

    revocation: RevocationStatus | None = None
    """The newest revoke of all robots."""

    last_handled_revoke_at: Token | None = None
    """The newest token of annotation harbor-operator.dev/revoke-requested-at handled, that is, of
    which every robot has a new credential."""


CONNECTIONS: Final = CustomResource(
    kind="ClusterHarborConnection",
    plural="clusterharborconnections",
    short_names=("hconn",),
    scope=Scope.CLUSTER,
    spec=ConnectionSpec,
    status=ConnectionStatus,
    columns=(
        *READY_COLUMNS,
        Column("Version", ".status.harborVersion"),
        Column("Identity", ".status.identity.name"),
        Column("URL", ".spec.url", priority=1),
        *CLOSING_COLUMNS,
    ),
    description=(
        "A ClusterHarborConnection says which Harbor there is, and which namespaces may do what"
        " in it. The one named default is used where an object names none."
    ),
)
