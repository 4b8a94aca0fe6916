"""What each gate of a promotion says."""

from dataclasses import replace

import pytest

from harbor_operator.cli.promoting.gates import Demands, ended, judged, notes_on
from harbor_operator.cli.promoting.model import (
    Attached,
    Facts,
    Gate,
    Held,
    Outcome,
    Place,
    Promotion,
    TargetRules,
    Verdict,
)
from harbor_operator.cli.scan_report.model import Finding, ScannedArtifact, ScanState, Severity
from harbor_operator.harbor import COSIGN_SIGNATURE, NOTATION_SIGNATURE

PASSED, FAILED, NOT_REQUIRED = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_REQUIRED
DIGEST = f"sha256:{'a' * 64}"
OTHER = f"sha256:{'b' * 64}"
COSIGN = Attached(COSIGN_SIGNATURE, f"sha256:{'c' * 64}")
NOTATION = Attached(NOTATION_SIGNATURE, f"sha256:{'d' * 64}")
SBOM = Attached("sbom.harbor", f"sha256:{'e' * 64}")
CLEAN = ScannedArtifact("harbor.test", "dev/app", DIGEST, state=ScanState.SCANNED)
FACTS = Facts(Place("dev", "app"), Place("prod", "app"), DIGEST, ("1.2",), "1.2", CLEAN)
PLAIN = Demands()


def found(severity: Severity, *, allowed: bool = False, number: int = 1) -> Finding:
    """A finding in a package."""
    return Finding(f"CVE-2026-{number:04}", "openssl", "1", severity=severity, allowed=allowed)


def scanned(*findings: Finding, state: ScanState = ScanState.SCANNED) -> Facts:
    """An image with such a scan."""
    return replace(FACTS, scan=replace(CLEAN, state=state, findings=findings))


def gate_of(name: str, facts: Facts, demands: Demands = PLAIN) -> Gate:
    """One of the gates."""
    return next(gate for gate in judged(facts, demands) if gate.name == name)


def test_an_image_that_nothing_speaks_against_fails_no_gate() -> None:
    verdicts = {gate.name: gate.verdict for gate in judged(FACTS, PLAIN)}

    assert verdicts == {
        "image": PASSED,
        "target": PASSED,
        "scan": PASSED,
        "findings": PASSED,
        "signature": NOT_REQUIRED,
        "tags": PASSED,
    }


@pytest.mark.parametrize(
    ("state", "demands", "verdict"),
    [
        (ScanState.SCANNED, PLAIN, PASSED),
        (ScanState.NOT_SCANNABLE, PLAIN, NOT_REQUIRED),
        (ScanState.UNSCANNED, PLAIN, FAILED),
        (ScanState.RUNNING, PLAIN, FAILED),
        (ScanState.FAILED, PLAIN, FAILED),
        (ScanState.PARTIAL, PLAIN, FAILED),
        (ScanState.UNREADABLE, PLAIN, FAILED),
        (ScanState.UNSCANNED, Demands(allow_unscanned=True), NOT_REQUIRED),
        (ScanState.FAILED, Demands(allow_unscanned=True), NOT_REQUIRED),
    ],
)
def test_only_a_finished_scan_passes(state: ScanState, demands: Demands, verdict: Verdict) -> None:
    assert gate_of("scan", scanned(state=state), demands).verdict is verdict


@pytest.mark.parametrize(
    ("block", "asked", "severity", "verdict"),
    [
        (None, None, Severity.HIGH, FAILED),
        (None, None, Severity.MEDIUM, PASSED),
        (Severity.CRITICAL, None, Severity.HIGH, PASSED),
        (Severity.MEDIUM, None, Severity.MEDIUM, FAILED),
        (Severity.MEDIUM, "Critical", Severity.HIGH, PASSED),
        (Severity.CRITICAL, "Low", Severity.LOW, FAILED),
        (None, "None", Severity.CRITICAL, NOT_REQUIRED),
        (None, None, Severity.UNKNOWN, PASSED),
        (None, "Unknown", Severity.UNKNOWN, FAILED),
    ],
)
def test_findings_stop_from_the_limit_on(
    block: Severity | None, asked: str | None, severity: Severity, verdict: Verdict
) -> None:
    facts = replace(scanned(found(severity)), rules=TargetRules(block_severity=block))

    gate = gate_of("findings", facts, Demands(max_severity=asked))

    assert gate.verdict is verdict


def test_a_finding_on_the_allowlist_stops_nothing() -> None:
    gate = gate_of("findings", scanned(found(Severity.CRITICAL, allowed=True)))

    assert gate == Gate("findings", PASSED, "none of High or worse, 1 allowlisted")


def test_the_worst_findings_are_named() -> None:
    findings = [found(Severity.HIGH, number=number) for number in range(4)]

    gate = gate_of("findings", scanned(*findings, found(Severity.CRITICAL, number=9)))

    assert gate.reason == (
        "5 findings of High or worse: CVE-2026-0009 in openssl, CVE-2026-0000 in openssl,"
        " CVE-2026-0001 in openssl, 2 more"
    )


def test_what_was_not_scanned_has_no_findings_to_judge() -> None:
    assert gate_of("findings", scanned(state=ScanState.UNSCANNED)).verdict is NOT_REQUIRED


def test_a_scan_in_part_is_judged_by_what_it_found() -> None:
    facts = scanned(found(Severity.CRITICAL), state=ScanState.PARTIAL)

    assert gate_of("findings", facts, Demands(allow_unscanned=True)).verdict is FAILED


@pytest.mark.parametrize(
    ("attached", "asked", "required", "verdict"),
    [
        ([], [], False, NOT_REQUIRED),
        ([SBOM], [], False, NOT_REQUIRED),
        ([COSIGN], [], False, PASSED),
        ([], [COSIGN_SIGNATURE], False, FAILED),
        ([NOTATION], [COSIGN_SIGNATURE], False, FAILED),
        ([COSIGN], [COSIGN_SIGNATURE], False, PASSED),
        ([COSIGN], [COSIGN_SIGNATURE, NOTATION_SIGNATURE], False, FAILED),
        ([SBOM], [], True, FAILED),
        ([NOTATION], [], True, PASSED),
    ],
)
def test_a_signature_is_there_where_it_is_asked_for(
    attached: list[Attached], asked: list[str], *, required: bool, verdict: Verdict
) -> None:
    rules = TargetRules(signatures=frozenset(asked))
    facts = replace(FACTS, attached=frozenset(attached), rules=rules)

    gate = gate_of("signature", facts, Demands(require_signature=required))

    assert gate.verdict is verdict


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [(TargetRules(), PASSED), (TargetRules(proxy=True), FAILED), (None, FAILED)],
)
def test_a_target_that_cannot_be_judged_or_takes_nothing_fails(
    rules: TargetRules | None, verdict: Verdict
) -> None:
    assert gate_of("target", replace(FACTS, rules=rules)).verdict is verdict


@pytest.mark.parametrize(
    ("held", "force", "verdict"),
    [
        ({}, False, PASSED),
        ({"1.2": Held(DIGEST)}, False, PASSED),
        ({"1.2": Held(DIGEST, immutable=True)}, False, PASSED),
        ({"1.2": Held(OTHER)}, False, FAILED),
        ({"1.2": Held(OTHER)}, True, PASSED),
        ({"1.2": Held(OTHER, immutable=True)}, True, FAILED),
        ({"latest": Held(OTHER)}, False, FAILED),
    ],
)
def test_no_tag_leaves_another_image_unless_that_is_meant(
    held: dict[str, Held], *, force: bool, verdict: Verdict
) -> None:
    gate = gate_of("tags", replace(FACTS, held=held), Demands(force=force))

    assert gate.verdict is verdict


def test_an_image_by_digest_needs_no_tag() -> None:
    assert gate_of("tags", replace(FACTS, tag="", tags=())).verdict is NOT_REQUIRED


@pytest.mark.parametrize(
    ("there", "held", "done"),
    [
        (None, {}, False),
        (frozenset(), {}, False),
        (frozenset(), {"1.2": Held(OTHER)}, False),
        (frozenset(), {"1.2": Held(DIGEST)}, True),
    ],
)
def test_it_is_done_when_image_and_tag_are_there(
    there: frozenset[Attached] | None, held: dict[str, Held], *, done: bool
) -> None:
    assert replace(FACTS, attached_there=there, held=held).done is done


def test_a_milder_limit_than_the_targets_is_noted() -> None:
    facts = replace(FACTS, rules=TargetRules(block_severity=Severity.MEDIUM))

    assert notes_on(facts, PLAIN) == ()
    assert notes_on(facts, Demands(max_severity="Critical")) == (
        "Harbor refuses pulls from project prod from severity Medium on, whatever is promoted",
    )


def test_tags_that_come_along_are_noted() -> None:
    facts = replace(FACTS, tags=("1.2", "latest"))

    assert notes_on(facts, PLAIN) == ("Harbor copies all tags of the image: latest come along",)
    assert notes_on(replace(facts, attached_there=frozenset()), PLAIN) == ()


@pytest.mark.parametrize(
    ("there", "outcome", "missing"),
    [
        ([COSIGN, SBOM], Outcome.PROMOTED, ()),
        ([COSIGN], Outcome.PROMOTED, (SBOM,)),
        ([SBOM], Outcome.INCOMPLETE, (COSIGN,)),
    ],
)
def test_an_image_without_its_signature_is_not_complete(
    there: list[Attached], outcome: Outcome, missing: tuple[Attached, ...]
) -> None:
    facts = replace(FACTS, attached=frozenset({COSIGN, SBOM}))
    begun = Promotion(Outcome.PROMOTED, "from", "to", DIGEST, "1.2", ())

    promotion = ended(begun, facts, frozenset(there))

    assert (promotion.outcome, promotion.missing) == (outcome, missing)
    assert bool(promotion.notes) is bool(missing)
