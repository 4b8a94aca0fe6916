"""What is known of an image on its way, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harbor_operator.cli.scan_report.model import Allowlist, ScannedArtifact, Severity


class Verdict(StrEnum):
    """What a gate says."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REQUIRED = "not required"


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition of a promotion.

    Attributes:
        name: What is looked at.
        verdict: What is said.
        reason: Why, in words for people.
    """

    name: str
    verdict: Verdict
    reason: str


class Outcome(StrEnum):
    """What became of it."""

    PROMOTED = "Promoted"
    ALREADY = "AlreadyThere"
    """The target had it under the wanted tag, so nothing was written."""

    POSSIBLE = "Possible"
    """Nothing stands against it, and nothing else was asked for."""

    REFUSED = "Refused"
    INCOMPLETE = "Incomplete"
    """The image is in the target, and something that belongs to it is not."""


@dataclass(frozen=True, slots=True)
class Place:
    """A repository.

    Attributes:
        project: The project's name in Harbor.
        repository: The repository's name without it.
    """

    project: str
    repository: str

    @property
    def path(self) -> str:
        """Project and repository, as a registry calls it."""
        return f"{self.project}/{self.repository}"


@dataclass(frozen=True, slots=True, order=True)
class Attached:
    """A signature of an image, or something else that is about it.

    Attributes:
        type: Harbor's word for it, such as `signature.cosign`.
        digest: Its own digest.
    """

    type: str
    digest: str


@dataclass(frozen=True, slots=True)
class Held:
    """What a tag in the target names now.

    Attributes:
        digest: The image that has it.
        immutable: Whether a rule keeps it there.
    """

    digest: str
    immutable: bool = False


@dataclass(frozen=True, slots=True)
class TargetRules:
    """What the target asks of images.

    Attributes:
        block_severity: From which severity on pulls are refused, None for never.
        signatures: The types of signatures without which pulls are refused.
        proxy: Whether it is a proxy cache, which takes no images.
        allowlist: The vulnerabilities that it tolerates.
    """

    block_severity: Severity | None = None
    signatures: frozenset[str] = frozenset()
    proxy: bool = False
    allowlist: Allowlist = field(default_factory=lambda: Allowlist(frozenset()))


@dataclass(frozen=True, slots=True)
class Facts:
    """What the gates look at.

    Attributes:
        source: Where the image is.
        target: Where it shall go.
        digest: The image, whatever its tags name later.
        tags: What it is called in the source, all of which Harbor copies with it.
        tag: What it shall be called in the target, empty for nothing but its digest.
        scan: What the last scan found, judged by the target's allowlist.
        attached: What is about it in the source.
        rules: What the target asks for, None where the login may not read it.
        attached_there: What is about it in the target, None where that does not have it.
        held: By tag that would be set, what has it in the target.
    """

    source: Place
    target: Place
    digest: str
    tags: tuple[str, ...]
    tag: str
    scan: ScannedArtifact
    attached: frozenset[Attached] = frozenset()
    rules: TargetRules | None = TargetRules()
    attached_there: frozenset[Attached] | None = None
    held: Mapping[str, Held] = field(default_factory=dict)

    @property
    def moved(self) -> dict[str, Held]:
        """The tags of the target that would leave another image."""
        return {tag: held for tag, held in self.held.items() if held.digest != self.digest}

    @property
    def done(self) -> bool:
        """Whether the target has the image and the tag already."""
        named = not self.tag or (self.tag in self.held and self.tag not in self.moved)
        return self.attached_there is not None and named


@dataclass(frozen=True, slots=True)
class Promotion:
    """What is told.

    Attributes:
        outcome: What became of it.
        source: The image with its digest in the source.
        reference: The same in the target, by which it is pulled and nothing else is.
        digest: Its digest.
        tag: Its tag in the target, empty for none.
        gates: The conditions.
        moved: Tags of the target that left another image.
        missing: What is about the image and not in the target.
        notes: What else is to be known.
    """

    outcome: Outcome
    source: str
    reference: str
    digest: str
    tag: str
    gates: tuple[Gate, ...]
    moved: tuple[str, ...] = ()
    missing: tuple[Attached, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Gate, ...]:
        """The conditions that are not met."""
        return tuple(gate for gate in self.gates if gate.verdict is Verdict.FAILED)
