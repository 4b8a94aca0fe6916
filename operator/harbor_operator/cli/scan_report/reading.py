"""Reads from Harbor what scanners found."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.scan_report.findings import (
    allowlist_of,
    finding_of,
    own_allowlist,
    scanner_of,
    state_of,
)
from harbor_operator.cli.scan_report.listing import Listed, each
from harbor_operator.cli.scan_report.model import Allowlist, ScannedArtifact, ScanState
from harbor_operator.harbor import Artifact, ArtifactPart, HarborClient, ScanStatus
from harbor_operator.harbor.errors import (
    AuthenticationFailed,
    NotFound,
    PermissionDenied,
    ResponseTooLarge,
)

_IMAGE: Final = "IMAGE"
_NO_RIGHT: Final = "it lacks the right to read artifact-addition (presets Scan and ReadMetadata)"
_FAILED: Final = frozenset({ScanStatus.ERROR, ScanStatus.STOPPED})


@dataclass(frozen=True, slots=True)
class ScanReader:
    """Reads scans of one Harbor.

    Attributes:
        client: The way there.
        registry: Host and port that its images are named by.
        allowlists: By project.
        now: The present time.
        step: Called for each artifact that has been read.
    """

    client: HarborClient
    registry: str
    allowlists: Mapping[str, Allowlist]
    now: datetime
    step: Callable[[], None]

    async def read(self, listed: Sequence[Listed]) -> list[ScannedArtifact]:
        """What was found in each artifact; one that cannot be read is told as such.

        Raises:
            CommandError: Not a single scan result may be read by this login.
            HarborError: Harbor failed.
        """
        artifacts = await each(listed, self._one)
        refused = [entry for entry in artifacts if entry.state is ScanState.UNREADABLE]
        if refused and len(refused) == len(artifacts) and refused[0].problem == _NO_RIGHT:
            projects = ", ".join(sorted({entry.project for entry in refused}))
            raise CommandError(
                f"the login may not read scan results in project {projects}: {_NO_RIGHT}",
                ExitCode.NO_ACCESS,
            )
        return artifacts

    async def _one(self, listed: Listed) -> ScannedArtifact:
        known = self._known(listed)
        if listed.artifact is not None and known.state is ScanState.SCANNED:
            known = await self._with_findings(listed, listed.artifact, known)
        self.step()
        return known

    def _known(self, listed: Listed) -> ScannedArtifact:
        """What is known before the report itself is read."""
        artifact = listed.artifact
        repository = f"{listed.project}/{listed.repository}"
        if artifact is None:
            digest = listed.reference if listed.reference.startswith("sha256:") else ""
            return ScannedArtifact(
                self.registry,
                repository,
                digest,
                () if digest else (listed.reference,),
                ScanState.UNREADABLE if listed.refused else ScanState.MISSING,
                used_by=listed.used_by,
                problem=_NO_RIGHT if listed.refused else "",
            )
        return ScannedArtifact(
            self.registry,
            repository,
            artifact.digest,
            tuple(tag.name for tag in artifact.tags),
            _state(artifact),
            used_by=listed.used_by,
        )

    async def _with_findings(
        self, listed: Listed, artifact: Artifact, known: ScannedArtifact
    ) -> ScannedArtifact:
        place = (listed.project, listed.repository, artifact.digest)
        try:
            report = await self.client.scans.report(*place)
        except PermissionDenied:
            return replace(known, state=ScanState.UNREADABLE, problem=_NO_RIGHT)
        except ResponseTooLarge:
            problem = "its report is larger than this program reads"
            return replace(known, state=ScanState.UNREADABLE, problem=problem)
        except NotFound:
            report = None
        if report is None:
            return replace(known, state=ScanState.FAILED, problem="Harbor has no report of it")
        allowlist = self.allowlists.get(listed.project)
        failed = await self._failed_parts(listed, artifact)
        return replace(
            known,
            state=ScanState.PARTIAL if failed else ScanState.SCANNED,
            problem=f"the scan of {', '.join(failed)} failed" if failed else "",
            scanner=scanner_of(report.scanner),
            scanned_at=report.generated_at,
            findings=tuple(
                finding_of(found, lambda name: bool(allowlist and allowlist.allows(name, self.now)))
                for found in report.vulnerabilities
            ),
        )

    async def _failed_parts(self, listed: Listed, artifact: Artifact) -> list[str]:
        """The images of an index whose scans failed: Harbor calls it a success if one went well."""
        failed = []
        for part in artifact.references:
            found = await self.client.artifacts.get(
                listed.project,
                listed.repository,
                part.digest,
                parts=(ArtifactPart.SCAN_OVERVIEW,),
            )
            if found and found.scan and ScanStatus(found.scan.status) in _FAILED:
                failed.append("/".join(filter(None, (part.os, part.architecture, part.variant))))
        return failed


async def read_allowlists(
    client: HarborClient, projects: Collection[str]
) -> tuple[dict[str, Allowlist], list[str]]:
    """The allowlist that holds for each project, and a note for each that may not be read.

    Raises:
        HarborError: Harbor failed.
    """
    found: dict[str, Allowlist] = {}
    unread = []
    inheriting = []
    for name in sorted(projects):
        try:
            project = await client.projects.get(name)
        except (PermissionDenied, AuthenticationFailed):
            unread.append(name)
            continue
        own = None if project is None else own_allowlist(project)
        if own is not None:
            found[name] = own
        elif project is not None:
            inheriting.append(name)
    if inheriting:
        of_system = allowlist_of(await client.system.cve_allowlist(), of_system=True)
        found |= dict.fromkeys(inheriting, of_system)
    notes = [f"the CVE allowlist of project {name} may not be read" for name in unread]
    return found, notes


def _state(artifact: Artifact) -> ScanState:
    scan = artifact.scan
    if scan is not None:
        return state_of(ScanStatus(scan.status))
    is_image = artifact.type == _IMAGE
    return ScanState.UNSCANNED if is_image else ScanState.NOT_SCANNABLE
