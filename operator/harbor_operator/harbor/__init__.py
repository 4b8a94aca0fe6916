"""A small asynchronous client for Harbor's REST API, usable alone.

It knows what Harbor answers and means by it; it decides nothing about what should be there.
"""

from .artifact_models import (
    COSIGN_SIGNATURE,
    NOTATION_SIGNATURE,
    Accessory,
    Artifact,
    ArtifactLabel,
    Reference,
    Tag,
)
from .artifacts import ArtifactPart
from .audit_logs import AuditEntry, AuditFilter
from .client import HarborClient
from .clock import HarborClock
from .connection import Credentials, Limits
from .immutable_rules import ImmutableRule
from .members import Member
from .models import (
    NEVER_EXPIRES,
    Access,
    AllowlistItem,
    CveAllowlist,
    IdentityKind,
    Label,
    Permission,
    PermissionCatalogue,
    Project,
    Quota,
    Repository,
    Robot,
    RobotLevel,
    SystemInfo,
)
from .quotas import UNLIMITED
from .registries import NewRegistry, RegistryChange, RegistryCredential, RegistryEndpoint
from .registry import GrantedAccess, TokenAnswer
from .retentions import RetentionPolicy, RetentionRequest, RetentionRule
from .robots import CreatedRobot, NewRobot
from .scanners import Scanner
from .scans import (
    SbomOverview,
    ScanKind,
    ScanOverview,
    ScanStatus,
    Severity,
    Vulnerability,
    VulnerabilityReport,
)
from .schedules import ScheduleKind, SystemSchedule
from .selectors import Selector
from .system import Identity
from .user_groups import UserGroup
from .webhooks import WebhookPolicy, WebhookTarget

__all__ = [
    "COSIGN_SIGNATURE",
    "NEVER_EXPIRES",
    "NOTATION_SIGNATURE",
    "UNLIMITED",
    "Access",
    "Accessory",
    "AllowlistItem",
    "Artifact",
    "ArtifactLabel",
    "ArtifactPart",
    "AuditEntry",
    "AuditFilter",
    "CreatedRobot",
    "Credentials",
    "CveAllowlist",
    "GrantedAccess",
    "HarborClient",
    "HarborClock",
    "Identity",
    "IdentityKind",
    "ImmutableRule",
    "Label",
    "Limits",
    "Member",
    "NewRegistry",
    "NewRobot",
    "Permission",
    "PermissionCatalogue",
    "Project",
    "Quota",
    "Reference",
    "RegistryChange",
    "RegistryCredential",
    "RegistryEndpoint",
    "Repository",
    "RetentionPolicy",
    "RetentionRequest",
    "RetentionRule",
    "Robot",
    "RobotLevel",
    "SbomOverview",
    "ScanKind",
    "ScanOverview",
    "ScanStatus",
    "Scanner",
    "ScheduleKind",
    "Selector",
    "Severity",
    "SystemInfo",
    "SystemSchedule",
    "Tag",
    "TokenAnswer",
    "UserGroup",
    "Vulnerability",
    "VulnerabilityReport",
    "WebhookPolicy",
    "WebhookTarget",
]
