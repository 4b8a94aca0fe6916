"""What scans do in Harbor while they run: as robots of their own they pull, and push SBOMs."""

import json
from dataclasses import replace

from aiohttp import ClientError

from testbed.harbor.artifact_state import AccessoryType, Artifact, Repository
from testbed.harbor.audit import record
from testbed.harbor.call import Call
from testbed.harbor.callers import ServiceCaller
from testbed.harbor.errors import HarborError
from testbed.harbor.pushes import log_artifact, record_pull, record_push, remove_artifact
from testbed.harbor.sboms import sbom_artifact
from testbed.harbor.scan_state import Scan, ScanKind, ScanStatus

_PREFIX = "qZhVbTnk"
"""What an installation has drawn by lot for the names of its scanners' robots."""
_JOB_SERVICE = "harbor-jobservice"


def begin(call: Call, repository: Repository, scan: Scan) -> None:
    """Notes that a robot was made for a scan, and that it has pulled the image.

    An old SBOM goes as soon as a new one is asked for.
    """
    if scan.kind is ScanKind.SBOM:
        _remove_sboms(call, repository, repository.artifacts[scan.digest])
    robot = _robot_name(call, repository, scan)
    _log_robot(call, "create", repository, robot)
    as_robot = replace(call, caller=ServiceCaller(robot))
    image = repository.artifacts[scan.digest]
    if call.state.configuration["scanner_skip_update_pulltime"]:
        log_artifact(as_robot, "pull", repository, image, image.digest)
    else:
        record_pull(as_robot, repository, image, image.digest)


def _remove_sboms(call: Call, repository: Repository, image: Artifact) -> None:
    for row in call.state.accessories_of(image):
        if row.type is AccessoryType.SBOM:
            remove_artifact(call, repository, repository.artifacts[row.digest])


async def settle(call: Call) -> None:
    """Sees to the scans that have come to their end since the last request."""
    for scan in list(call.state.scans.values()):
        ended = None if scan.settled else scan.ended(call.now)
        if ended is None:
            continue
        scan.settled = True
        repository = call.state.repositories.get(scan.repository_id)
        image = repository.artifacts.get(scan.digest) if repository is not None else None
        if repository is None or image is None:
            continue
        at_its_end = replace(call, now=ended)
        robot = _robot_name(call, repository, scan)
        if scan.kind is ScanKind.SBOM and scan.status(call.now) is ScanStatus.SUCCESS:
            pusher = replace(at_its_end, caller=ServiceCaller(robot))
            await _push(pusher, repository, image, scan)
        service = replace(at_its_end, caller=ServiceCaller(_JOB_SERVICE))
        _log_robot(service, "delete", repository, robot)


def _robot_name(call: Call, repository: Repository, scan: Scan) -> str:
    project = call.state.projects[repository.project_id].name
    scanner = scan.scanner.get("name", "")
    return f"{call.core.robot_prefix}{project}+{_PREFIX}-{scanner}-{scan.uuid}"


def _log_robot(call: Call, operation: str, repository: Repository, robot: str) -> None:
    record(call, operation, "robot", robot, project_id=repository.project_id)


async def _push(call: Call, repository: Repository, image: Artifact, scan: Scan) -> None:
    made = sbom_artifact(call.core.registry_host, repository.name, image, scan)
    storage = call.core.storage
    if storage.url is not None:
        try:
            for blob in (made.config, made.layer):
                await storage.put_blob(repository.name, blob)
            await storage.put_manifest(
                repository.name, made.manifest.digest, made.raw, made.manifest.manifest_media_type
            )
        except (ClientError, HarborError):
            scan.fails = True
            return
    scan.sbom_digest = made.manifest.digest
    attributes = made.manifest.attributes(json.loads(made.config))
    reference = made.manifest.digest
    record_push(call, repository, made.manifest, reference=reference, attributes=attributes)
