"""Pull restrictions: what Harbor refuses to serve from a project."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from harbor_operator.api.model import ApiModel, Rule, checked_by, each_once
from harbor_operator.api.values import Timestamp

MAX_ALLOWED_CVES: Final = 128
"""More than that is better kept in Harbor's own allowlist; it also bounds the cost of checks."""


class Severity(StrEnum):
    """From which severity of a known vulnerability on Harbor refuses to serve an image."""

    NONE = "None"
    """Vulnerabilities block nothing."""

    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"
    CRITICAL = "Critical"


VulnerabilityId = Annotated[str, Field(pattern=r"^[^\s,]+$", min_length=1, max_length=32)]
"""A vulnerability as scanners name it, such as CVE-2024-1234."""


class AllowedCVEs(ApiModel):
    """Vulnerabilities that block nothing: Harbor's own list, or one of the project's."""

    checks = (
        Rule(
            "(has(self.inheritSystem) && self.inheritSystem) != has(self.ids)",
            "give either inheritSystem: true or ids, which may be empty",
            field="ids",
        ),
        Rule(
            "!has(self.expiresAt) || has(self.ids)",
            "expiresAt: only a list of ids can expire",
            field="expiresAt",
        ),
    )

    inherit_system: bool | None = None
    """Whether the list is that of the whole Harbor."""

    ids: tuple[VulnerabilityId, ...] | None = Field(
        default=None,
        max_length=MAX_ALLOWED_CVES,
        json_schema_extra=checked_by(each_once("ids: each vulnerability may be listed once")),
    )
    """The project's own list, all of it, such as [CVE-2024-1234]; [] allows none."""

    expires_at: Timestamp | None = None
    """When the project's own list ends to be valid. Absent: never."""


class PullRestrictions(ApiModel):
    """What Harbor refuses to serve from the project."""

    block_severity: Severity | None = None
    """Refuse artifacts with a known vulnerability of this severity or above; None refuses none
    for that reason. Absent: left as it is."""

    require_cosign_signature: bool | None = None
    """Whether artifacts need a signature made by Cosign. Absent: left as it is."""

    require_notation_signature: bool | None = None
    """Whether artifacts need a signature made by Notation. Absent: left as it is."""

    allowed_cves: AllowedCVEs | None = None
    """Vulnerabilities that block nothing. Absent: left as it is."""
