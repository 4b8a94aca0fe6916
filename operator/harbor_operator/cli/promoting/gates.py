"""Judges whether an image may go on. Pure."""

from dataclasses import dataclass, replace
from typing import Final

from harbor_operator.cli.promoting.arguments import NO_LIMIT
from harbor_operator.cli.promoting.model import (
    Attached,
    Facts,
    Gate,
    Outcome,
    Promotion,
    TargetRules,
    Verdict,
)
from harbor_operator.cli.scan_report.model import Finding, ScanState, Severity
from harbor_operator.cli.scan_report.sentences import number, said_of
from harbor_operator.harbor import COSIGN_SIGNATURE, NOTATION_SIGNATURE

SIGNATURES: Final = {COSIGN_SIGNATURE: "cosign", NOTATION_SIGNATURE: "notation"}
"""Who makes what kind of signature."""
_SHOWN: Final = 3
"""So many findings are named; `report` shows all."""
_NOT_COPIED: Final = (
    "Harbor copies what is about an image only together with it: make it again there, or delete the"
    " image there and promote it again"
)
_UNKNOWN_RULES: Final = (
    "the login may not read the project (right project: read), so that nobody can say what it asks"
    " for"
)


@dataclass(frozen=True, slots=True)
class Demands:
    """What is asked for beside the target's own rules.

    Attributes:
        max_severity: A severity or `NO_LIMIT`; None for what the target blocks.
        allow_unscanned: Whether an image without a result passes.
        require_signature: Whether one is asked for where the target does not.
        force: Whether tags in the target may leave other images.
    """

    max_severity: str | None = None
    allow_unscanned: bool = False
    require_signature: bool = False
    force: bool = False


def judged(facts: Facts, demands: Demands) -> tuple[Gate, ...]:
    """Every gate, each with what it says; only what none of them fails may go on."""
    return (
        _image(facts),
        _target(facts),
        _scan(facts, demands),
        _findings(facts, demands),
        _signature(facts, demands),
        _tags(facts, demands),
    )


def notes_on(facts: Facts, demands: Demands) -> tuple[str, ...]:
    """What is to be known although it stops nothing."""
    notes = []
    rules = facts.rules or TargetRules()
    limit = _limit(facts, demands)
    if rules.block_severity is not None and limit != rules.block_severity:
        notes.append(
            f"Harbor refuses pulls from project {facts.target.project} from severity"
            f" {rules.block_severity} on, whatever is promoted"
        )
    along = [tag for tag in facts.tags if tag != facts.tag]
    if along and facts.attached_there is None:
        notes.append(f"Harbor copies all tags of the image: {', '.join(along)} come along")
    return tuple(notes)


def ended(promotion: Promotion, facts: Facts, there: frozenset[Attached] | None) -> Promotion:
    """What became of a promotion that no gate stopped, by what the target has of it now.

    Args:
        promotion: With the outcome that it has if nothing is missing.
        facts: What was known before.
        there: What is about the image in the target now, None where the image is not there yet.
    """
    missing = () if there is None else tuple(sorted(facts.attached - there))
    notes = (*promotion.notes, *((_NOT_COPIED,) if missing else ()))
    moved = tuple(sorted(facts.moved)) if promotion.outcome is Outcome.PROMOTED else ()
    unsigned = any(entry.type in SIGNATURES for entry in missing)
    outcome = Outcome.INCOMPLETE if unsigned else promotion.outcome
    return replace(promotion, outcome=outcome, missing=missing, moved=moved, notes=notes)


def _image(facts: Facts) -> Gate:
    return Gate("image", Verdict.PASSED, f"{facts.source.path} has {facts.digest}")


def _target(facts: Facts) -> Gate:
    if facts.rules is None:
        return Gate("target", Verdict.FAILED, _UNKNOWN_RULES)
    if facts.rules.proxy:
        return Gate("target", Verdict.FAILED, "a proxy cache takes no images")
    there = "has" if facts.attached_there is not None else "does not have"
    return Gate("target", Verdict.PASSED, f"project {facts.target.project} {there} the image")


def _scan(facts: Facts, demands: Demands) -> Gate:
    said = said_of(facts.scan)
    if facts.scan.state is ScanState.SCANNED:
        by = f" by {facts.scan.scanner}" if facts.scan.scanner else ""
        return Gate("scan", Verdict.PASSED, f"scanned{by}")
    if facts.scan.state is ScanState.NOT_SCANNABLE:
        return Gate("scan", Verdict.NOT_REQUIRED, said)
    if demands.allow_unscanned:
        return Gate("scan", Verdict.NOT_REQUIRED, f"{said}; --allow-unscanned lets it pass")
    return Gate("scan", Verdict.FAILED, f"{said}; --scan scans it and waits")


def _limit(facts: Facts, demands: Demands) -> Severity | None:
    """From which severity on a finding stops it; None for never."""
    if demands.max_severity is not None:
        return None if demands.max_severity == NO_LIMIT else Severity(demands.max_severity)
    return (facts.rules and facts.rules.block_severity) or Severity.HIGH


def _findings(facts: Facts, demands: Demands) -> Gate:
    limit = _limit(facts, demands)
    if limit is None:
        return Gate("findings", Verdict.NOT_REQUIRED, f"--max-severity {NO_LIMIT}")
    if not facts.scan.counted:
        return Gate("findings", Verdict.NOT_REQUIRED, "there is no result to look at")
    reaching = [found for found in facts.scan.findings if found.severity.reaches(limit)]
    bad = [found for found in reaching if not found.allowed]
    if bad:
        said = f"{number(len(bad), 'finding')} of {limit} or worse: {_named(bad)}"
        return Gate("findings", Verdict.FAILED, said)
    allowed = f", {len(reaching)} allowlisted" if reaching else ""
    return Gate("findings", Verdict.PASSED, f"none of {limit} or worse{allowed}")


def _named(findings: list[Finding]) -> str:
    worst = sorted(findings, key=lambda found: (found.severity.rank, found.id, found.package))
    names = [f"{found.id} in {found.package}" for found in worst[:_SHOWN]]
    more = len(worst) - len(names)
    return ", ".join([*names, *([f"{more} more"] if more else [])])


def _signature(facts: Facts, demands: Demands) -> Gate:
    has = {entry.type for entry in facts.attached} & SIGNATURES.keys()
    asked = facts.rules.signatures if facts.rules else frozenset()
    lacking = sorted(SIGNATURES[kind] for kind in asked - has)
    if lacking:
        who = f"project {facts.target.project} asks for it"
        return Gate("signature", Verdict.FAILED, f"not signed by {' and '.join(lacking)}: {who}")
    if demands.require_signature and not has:
        return Gate("signature", Verdict.FAILED, "not signed")
    if has:
        makers = " and ".join(sorted(SIGNATURES[kind] for kind in has))
        return Gate("signature", Verdict.PASSED, f"signed by {makers}")
    return Gate("signature", Verdict.NOT_REQUIRED, "not signed, and nobody asks for it")


def _tags(facts: Facts, demands: Demands) -> Gate:
    kept = sorted(tag for tag, held in facts.moved.items() if held.immutable)
    if kept:
        said = "; ".join(f"{tag} names {_short(facts.held[tag].digest)}" for tag in kept)
        return Gate("tags", Verdict.FAILED, f"{said}, and is immutable there")
    moved = "; ".join(
        f"{tag} names {_short(facts.moved[tag].digest)}" for tag in sorted(facts.moved)
    )
    if moved and not demands.force:
        return Gate("tags", Verdict.FAILED, f"{moved} there; --force moves it")
    if moved:
        return Gate("tags", Verdict.PASSED, f"{moved} there; --force moves it")
    if not facts.tag:
        return Gate("tags", Verdict.NOT_REQUIRED, "no tag is asked for")
    said = "names the image there already" if facts.tag in facts.held else "is free there"
    return Gate("tags", Verdict.PASSED, f"{facts.tag} {said}")


def _short(digest: str) -> str:
    return digest[: len("sha256:") + 12]
