"""Copies an image that has passed all gates, and looks at what arrived."""

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.promoting.model import Attached, Facts
from harbor_operator.cli.promoting.reading import attached_to
from harbor_operator.harbor import Artifact, ArtifactPart, HarborClient


async def carry(client: HarborClient, facts: Facts) -> frozenset[Attached]:
    """Copy, set the tag, and look; what is about the image in the target then.

    Each step is left out where it is done already, so that a command that was interrupted can be
    given again.

    Raises:
        CommandError: What arrived is not what was sent.
        HarborError: Harbor failed or refused.
    """
    target = facts.target
    if facts.attached_there is None:
        await client.artifacts.copy(
            facts.source.path, facts.digest, target.project, target.repository
        )
    arrived = await _arrived(client, facts)
    if facts.tag and facts.tag not in {tag.name for tag in arrived.tags}:
        await _set_tag(client, facts)
        arrived = await _arrived(client, facts)
    if facts.tag and facts.tag not in {tag.name for tag in arrived.tags}:
        raise CommandError(
            f"{target.path} has the image, and somebody moved tag {facts.tag} meanwhile",
            ExitCode.NOT_SO,
        )
    return attached_to(arrived)


async def _set_tag(client: HarborClient, facts: Facts) -> None:
    """Harbor adds tags but moves none, so the image that has it loses it first."""
    target, held = facts.target, facts.moved.get(facts.tag)
    if held is not None:
        await client.artifacts.remove_tag(target.project, target.repository, held.digest, facts.tag)
    await client.artifacts.add_tag(target.project, target.repository, facts.digest, facts.tag)


async def _arrived(client: HarborClient, facts: Facts) -> Artifact:
    target = facts.target
    found = await client.artifacts.get(
        target.project,
        target.repository,
        facts.digest,
        parts=(ArtifactPart.ACCESSORIES,),
    )
    if found is None or found.digest != facts.digest:
        raise CommandError(
            f"Harbor said that it copied, but {target.path} has no {facts.digest}",
            ExitCode.NOT_SO,
        )
    return found
