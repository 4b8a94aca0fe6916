"""Reads from Harbor what the gates look at."""

from collections.abc import Iterable
from typing import Final

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.promoting.model import Attached, Facts, Held, Place, TargetRules
from harbor_operator.cli.promoting.naming import Wanted
from harbor_operator.cli.promoting.scanning import Scanning
from harbor_operator.cli.scan_report.listing import each
from harbor_operator.cli.scan_report.model import Allowlist, Severity, severity_of
from harbor_operator.cli.scan_report.reading import read_allowlists
from harbor_operator.harbor import (
    COSIGN_SIGNATURE,
    NOTATION_SIGNATURE,
    Artifact,
    ArtifactPart,
    HarborClient,
    Project,
)
from harbor_operator.harbor.errors import PermissionDenied

_ATTACHED: Final = (ArtifactPart.ACCESSORIES,)
_SIGNATURE_KEYS: Final = {
    "enable_content_trust_cosign": COSIGN_SIGNATURE,
    "enable_content_trust": NOTATION_SIGNATURE,
}
"""The settings of a project by which pulls need a signature, and which one."""


async def read_facts(
    client: HarborClient, wanted: Wanted, target: Place, tag: str, scanning: Scanning
) -> Facts:
    """Read everything, the digest first: all else is asked of that.

    Args:
        client: The way to Harbor.
        wanted: The image.
        target: Where it shall go.
        tag: What it shall be called there, empty for nothing but its digest.
        scanning: Reads its scan, or has it scanned.

    Raises:
        CommandError: There is no such image or project, or its scan may not be read.
        HarborError: Harbor failed or refused.
    """
    source = Place(wanted.project, wanted.repository)
    found = await client.artifacts.get(
        source.project, source.repository, wanted.reference, parts=_ATTACHED
    )
    if found is None:
        named = f"{source.path}, {wanted.reference}"
        raise CommandError(f"Harbor has no image {named}", ExitCode.NOT_FOUND)
    rules = await _rules_of(client, target.project)
    there = await client.artifacts.get(
        target.project, target.repository, found.digest, parts=_ATTACHED
    )
    tags = tuple(entry.name for entry in found.tags)
    # What is there already is not copied, so that its other tags stay as they are.
    set_tags = {*(tags if there is None else ()), *({tag} if tag else ())}
    allowlist = rules.allowlist if rules else Allowlist(frozenset())
    return Facts(
        source=source,
        target=target,
        digest=found.digest,
        tags=tags,
        tag=tag,
        scan=await scanning.read(source, found.digest, allowlist),
        attached=attached_to(found),
        rules=rules,
        attached_there=None if there is None else attached_to(there),
        held=await _held(client, target, set_tags),
    )


def attached_to(artifact: Artifact) -> frozenset[Attached]:
    """What is about an artifact that was read with its accessories."""
    return frozenset(Attached(entry.type, entry.digest) for entry in artifact.accessories)


async def _rules_of(client: HarborClient, name: str) -> TargetRules | None:
    try:
        project = await client.projects.get(name)
    except PermissionDenied:
        return None
    if project is None:
        raise CommandError(f"Harbor has no project {name}", ExitCode.NOT_FOUND)
    allowlists, _ = await read_allowlists(client, [name])
    return rules_of(project, allowlists[name])


def rules_of(project: Project, allowlist: Allowlist) -> TargetRules:
    """What a project's settings ask of images."""
    on = {key for key, value in project.metadata.items() if value == "true"}
    return TargetRules(
        block_severity=_block_severity(project) if "prevent_vul" in on else None,
        signatures=frozenset(kind for key, kind in _SIGNATURE_KEYS.items() if key in on),
        proxy=project.registry_id != 0,
        allowlist=allowlist,
    )


def _block_severity(project: Project) -> Severity:
    """A word that nobody knows blocks everything, as in Harbor."""
    return severity_of(project.metadata.get("severity", ""))


async def _held(client: HarborClient, target: Place, tags: Iterable[str]) -> dict[str, Held]:
    async def one(tag: str) -> tuple[str, Held] | None:
        found = await client.artifacts.get(
            target.project, target.repository, tag, parts=(ArtifactPart.IMMUTABLE_STATUS,)
        )
        if found is None:
            return None
        immutable = any(entry.name == tag and entry.immutable for entry in found.tags)
        return tag, Held(found.digest, immutable)

    return dict(filter(None, await each(sorted(tags), one)))
