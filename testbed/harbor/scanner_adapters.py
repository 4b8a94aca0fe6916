"""The adapters of scanners, through which Harbor learns what a scanner can do."""

from dataclasses import dataclass

from testbed.harbor.core import Core
from testbed.harbor.outside import Access, call_outside, is_loopback

_OK = 200
_REPORT = "application/vnd.security.vulnerability.report; version=1.1"
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass(frozen=True, slots=True)
class AdapterMetadata:
    """What a scanner's adapter says about itself."""

    name: str
    vendor: str
    version: str
    kinds: tuple[str, ...]

    @property
    def capabilities(self) -> dict[str, bool]:
        """The capabilities as the API shows them; an adapter of old names none."""
        if not any(self.kinds):
            return {"support_sbom": False, "support_vulnerability": True}
        return {f"support_{kind}": True for kind in self.kinds if kind}

    def document(self) -> dict[str, object]:
        """The adapter's own answer, shortened to what Harbor checks."""
        return {
            "capabilities": [
                {"consumes_mime_types": [_MANIFEST], "produces_mime_types": [_REPORT], "type": kind}
                for kind in self.kinds
            ],
            "scanner": {"name": self.name, "vendor": self.vendor, "version": self.version},
        }


_TRIVY = AdapterMetadata("Trivy", "Aqua Security", "v0.65.0", ("vulnerability", "sbom"))
"""What adapters outside loopback are taken to say."""


async def ask_adapter(core: Core, url: str) -> AdapterMetadata | None:
    """What the adapter at this URL says; None when it does not answer or says too little."""
    if url in core.unreachable:
        return None
    if not is_loopback(url):
        return _TRIVY
    reached = await call_outside(f"{url}/api/v1/metadata", Access())
    if reached is None or reached.status != _OK:
        return None
    return _read_metadata(reached.document)


def _read_metadata(document: object) -> AdapterMetadata | None:
    match document:
        case {
            "scanner": {"name": str(name), "vendor": str(vendor), "version": str(version)},
            "capabilities": [*capabilities],
        } if capabilities:
            kinds = tuple(str(entry.get("type", "")) for entry in capabilities)
            return AdapterMetadata(name, vendor, version, kinds)
        case _:
            return None
