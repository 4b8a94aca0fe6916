"""Scanning: what Harbor does with every pushed artifact, and which scanner does it."""

from pydantic import Field

from harbor_operator.api.model import ApiModel


class Scanning(ApiModel):
    """What Harbor does with every pushed artifact."""

    on_push: bool | None = None
    """Whether a pushed artifact is scanned for vulnerabilities. Absent: left as it is."""

    sbom_on_push: bool | None = None
    """Whether a bill of materials is made for a pushed artifact. Absent: left as it is."""

    scanner: str | None = Field(default=None, min_length=1, max_length=128)
    """Name of the scanner, one of those registered in Harbor, such as Trivy. Absent: left as it
    is, which is Harbor's default scanner at creation."""
