"""The table of scans: finding the last one of an artifact, and forgetting those of deleted ones."""

from testbed.harbor.artifact_state import Artifact
from testbed.harbor.policy_state import Scanner
from testbed.harbor.scan_state import Scan, ScanKind
from testbed.harbor.state import HarborState


def last_scan(
    state: HarborState, artifact: Artifact, scanner: Scanner, kind: ScanKind
) -> Scan | None:
    """The last scan of an artifact by a scanner.

    Vulnerabilities belong to a digest, in whichever project it lies; an SBOM to one artifact.
    """
    newest_first = reversed(state.scans.values())
    scans = (scan for scan in newest_first if scan.scanner_uuid == scanner.uuid)
    return next(
        (
            scan
            for scan in scans
            if scan.kind is kind
            and scan.digest == artifact.digest
            and (kind is ScanKind.VULNERABILITY or scan.artifact_id == artifact.id)
        ),
        None,
    )


def forget_scans(state: HarborState, artifact: Artifact) -> None:
    """Removes what scans of a deleted artifact found, unless another artifact shares it."""
    shared = any(artifact.digest in repo.artifacts for repo in state.repositories.values())
    state.scans = {
        uuid: scan
        for uuid, scan in state.scans.items()
        if scan.artifact_id != artifact.id or (shared and scan.kind is ScanKind.VULNERABILITY)
    }
