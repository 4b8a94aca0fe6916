"""Starting and stopping scans, and finding those of an artifact."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from testbed.harbor.artifact_state import Artifact, Repository
from testbed.harbor.call import Call
from testbed.harbor.errors import (
    HarborError,
    bad_request,
    conflict,
    internal_error,
    precondition_failed,
)
from testbed.harbor.policy_state import Scanner
from testbed.harbor.scan_robots import begin
from testbed.harbor.scan_state import Scan, ScanKind
from testbed.harbor.scan_table import last_scan
from testbed.harbor.scanner_adapters import AdapterMetadata, ask_adapter
from testbed.harbor.scanners import scanner_of
from testbed.harbor.state import HarborState, Project

_IMAGE = "IMAGE"
_ATTESTATION = "vnd.docker.reference.type"
"""An annotation in an index, on what is no image to run."""
_AFTER_PUSH = {
    "auto_scan": ScanKind.VULNERABILITY,
    "auto_sbom_generation": ScanKind.SBOM,
}
"""Settings of a project by which each push starts a scan."""


@dataclass(frozen=True, slots=True)
class ScannerInUse:
    """The scanner of a project and what its adapter says; None while it does not answer."""

    scanner: Scanner
    adapter: AdapterMetadata | None

    def target(
        self, state: HarborState, repository: Repository, artifact: Artifact
    ) -> "ScanTarget":
        """What scanning this artifact would mean."""
        parts = tuple(self._parts(state, repository, artifact))
        return ScanTarget(self, repository, artifact, parts)

    def _parts(
        self, state: HarborState, repository: Repository, artifact: Artifact
    ) -> Iterator[Artifact]:
        if state.accessory_bonds(artifact):
            return
        if artifact.references and not self.supports(artifact):
            for reference in artifact.references:
                child = repository.artifacts.get(reference.child_digest)
                # What builders say of how they made an image looks like one, and is passed over.
                if child is not None and _ATTESTATION not in reference.annotations:
                    yield from self._parts(state, repository, child)
            return
        yield artifact

    def supports(self, artifact: Artifact) -> bool:
        """Whether it scans this artifact itself; only images are, whatever else it says."""
        is_image = artifact.kind.name == _IMAGE
        accepts = self.adapter is not None and self.adapter.consumes(artifact.manifest_media_type)
        return is_image and accepts


@dataclass(frozen=True, slots=True)
class ScanTarget:
    """An artifact as its project's scanner sees it.

    `parts` are the artifacts that are scanned for it: itself, or the images of an index.
    """

    by: ScannerInUse
    repository: Repository
    artifact: Artifact
    parts: tuple[Artifact, ...]

    @property
    def scannable(self) -> bool:
        """Whether there is anything to scan; never so while the scanner does not answer."""
        return any(self.by.supports(part) for part in self.parts)


async def scanner_in_use(call: Call, project: Project) -> ScannerInUse | None:
    """The scanner of a project, which is asked for its abilities; None where there is none."""
    scanner = scanner_of(call.state, project)
    if scanner is None:
        return None
    return ScannerInUse(scanner, await ask_adapter(call.core, scanner.url))


async def start_scan(
    call: Call, project: Project, repository: Repository, artifact: Artifact, kind: ScanKind
) -> None:
    """Starts a scan, in place of the last one.

    Raises:
        HarborError: 412 without a scanner that is in use, 400 for what it cannot scan, 409 while
            the last scan runs.
    """
    in_use = await scanner_in_use(call, project)
    if in_use is None:
        raise precondition_failed(f"no available scanner for project: {project.project_id}")
    launch(call, in_use.target(call.state, repository, artifact), kind)


async def scan_pushed(call: Call, repository: Repository, artifact: Artifact) -> None:
    """Starts what the project wants to be done after each push; what cannot be done is left."""
    project = call.state.projects[repository.project_id]
    for setting, kind in _AFTER_PUSH.items():
        if project.is_on(setting):
            with suppress(HarborError):
                await start_scan(call, project, repository, artifact, kind)


def launch(call: Call, target: ScanTarget, kind: ScanKind, execution_id: int = 0) -> list[Scan]:
    """Starts the scans of an artifact's parts, and tells which.

    Raises:
        HarborError: As `start_scan`.
    """
    scanner, adapter = target.by.scanner, target.by.adapter
    if scanner.disabled:
        raise precondition_failed(f"scanner {scanner.name} is deactivated")
    if not target.scannable or adapter is None:
        raise bad_request(
            f"the configured scanner {scanner.name} does not support scanning artifact with mime "
            f"type {target.artifact.manifest_media_type}"
        )
    if not adapter.makes(kind.value):
        raise internal_error()
    parts = [part for part in target.parts if target.by.supports(part)]
    idle = [part for part in parts if not _busy(call, part, scanner, kind)]
    if not idle:
        raise conflict(_conflict(call, parts[0], scanner, kind))
    scans = [
        replace(_new_scan(call, target, part, kind), execution_id=execution_id) for part in idle
    ]
    for scan in scans:
        call.state.scans[scan.uuid] = scan
        begin(call, target.repository, scan)
    return scans


def _busy(call: Call, artifact: Artifact, scanner: Scanner, kind: ScanKind) -> bool:
    last = last_scan(call.state, artifact, scanner, kind)
    return last is not None and not last.status(call.now).final


def _conflict(call: Call, artifact: Artifact, scanner: Scanner, kind: ScanKind) -> str:
    last = last_scan(call.state, artifact, scanner, kind)
    if kind is ScanKind.SBOM or last is None:
        return "a previous sbom generate process is running"
    return f"a previous scan process is {last.status(call.now)}"


def _new_scan(call: Call, target: ScanTarget, artifact: Artifact, kind: ScanKind) -> Scan:
    plan = call.core.scan_plan
    outcome = plan.outcome(target.repository.name, artifact.digest)
    starts = call.now + timedelta(seconds=plan.pending_seconds)
    return Scan(
        uuid=str(uuid4()),
        kind=kind,
        repository_id=target.repository.id,
        artifact_id=artifact.id,
        digest=artifact.digest,
        scanner_uuid=target.by.scanner.uuid,
        scanner=target.by.adapter.shown if target.by.adapter else {},
        starts=starts,
        ends=starts + timedelta(seconds=plan.seconds),
        fails=outcome.fails,
        findings=outcome.findings,
    )


def scans_of(state: HarborState, target: ScanTarget, kind: ScanKind) -> list[Scan]:
    """The last scans of all parts of an artifact; none at all when one of them has none."""
    scans = [last_scan(state, part, target.by.scanner, kind) for part in target.parts]
    known = [scan for scan in scans if scan is not None]
    return known if len(known) == len(scans) else []


def stop_scans(call: Call, artifact: Artifact, kind: ScanKind) -> None:
    """Ends the scan of an artifact; one that is over stays as it is.

    Raises:
        HarborError: 400 when it was never scanned.
    """
    scans = [
        scan
        for scan in call.state.scans.values()
        if scan.kind is kind and scan.digest == artifact.digest
    ]
    if not scans:
        raise bad_request(f"no scan job for artifact digest={artifact.digest}")
    stop_all(scans, call.now)


def stop_all(scans: Iterable[Scan], now: datetime) -> None:
    """Ends whichever of these scans is not over."""
    for scan in scans:
        if not scan.status(now).final:
            scan.stopped = now
