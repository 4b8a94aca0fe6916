"""The adapters of scanners, through which Harbor learns what a scanner can do."""

from dataclasses import dataclass

from testbed.harbor.core import Core
from testbed.harbor.outside import Access, call_outside, is_loopback

_OK = 200
_REPORT = "application/vnd.security.vulnerability.report; version=1.1"
_SBOM_REPORT = "application/vnd.security.sbom.report+json; version=1.0"
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


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

    @property
    def shown(self) -> dict[str, str]:
        """The scanner as its reports name it."""
        return {"name": self.name, "vendor": self.vendor, "version": self.version}

    def makes(self, kind: str) -> bool:
        """Whether it makes reports of this kind."""
        return self.capabilities.get(f"support_{kind}", False)

    def consumes(self, media_type: str) -> bool:
        """Whether it scans artifacts whose manifests are of this type."""
        return media_type in _MANIFESTS

    def document(self) -> dict[str, object]:
        """The adapter's own answer, shortened to what Harbor checks."""
        return {
            "capabilities": [
                {
                    "consumes_mime_types": list(_MANIFESTS),
                    "produces_mime_types": [_SBOM_REPORT if kind == "sbom" else _REPORT],
                    "type": kind,
                }
                for kind in self.kinds
            ],
            "scanner": self.shown,
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
