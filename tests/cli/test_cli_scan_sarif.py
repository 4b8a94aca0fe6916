"""A report as SARIF, by OASIS's schema and by what code scanning needs."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harbor_operator.cli.scan_report.model import Filter, Finding, ScanReport, Severity
from harbor_operator.cli.scan_report.ordering import narrowed
from harbor_operator.cli.scan_report.sarif import in_markdown, write_sarif
from harbor_operator.kube.resources import JsonObject
from tests.support.report_schemas import sarif_errors
from tests.support.scan_reports import (
    CREATED,
    REGISTRY,
    TOLERATED,
    artifact,
    digest,
    hostile_report,
    large_report,
    namespace_report,
    team_report,
)


def run_of(report: ScanReport) -> JsonObject:
    """The only run."""
    [run] = write_sarif(report, "0.1.0")["runs"]
    found: JsonObject = run
    return found


def fingerprints(report: ScanReport) -> list[str]:
    """By what code scanning knows findings again."""
    return [
        result["partialFingerprints"]["primaryLocationLineHash"]
        for result in run_of(report)["results"]
    ]


@pytest.mark.parametrize(
    "make", [team_report, namespace_report, hostile_report, lambda: large_report(40)]
)
def test_it_is_valid_by_the_official_schema(make: Callable[[], ScanReport]) -> None:
    assert sarif_errors(write_sarif(make(), "0.1.0")) == []


def test_a_report_on_nothing_is_valid_too() -> None:
    assert sarif_errors(write_sarif(ScanReport("namespace x", REGISTRY, CREATED), "0.1.0")) == []


def test_the_schema_would_find_an_error() -> None:
    document = write_sarif(team_report(), "0.1.0")
    document["runs"][0]["results"][0]["level"] = "catastrophe"

    assert sarif_errors(document) != []


def test_a_vulnerability_is_one_rule_with_the_score_that_github_sorts_by() -> None:
    run = run_of(team_report())

    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert len(rules) == len(run["tool"]["driver"]["rules"]) == 11
    rule = rules[TOLERATED]
    assert rule["properties"]["security-severity"] == "7.8"
    assert rule["defaultConfiguration"]["level"] == "error"
    assert "external/cwe/cwe-787" in rule["properties"]["tags"]
    assert rule["helpUri"].endswith(TOLERATED)
    assert "2.36-9+deb12u3" in rule["help"]["text"]


@pytest.mark.parametrize(
    ("severity", "score", "level"),
    [
        (Severity.CRITICAL, "9.5", "error"),
        (Severity.HIGH, "8.0", "error"),
        (Severity.MEDIUM, "5.5", "warning"),
        (Severity.LOW, "2.0", "note"),
        (Severity.NEGLIGIBLE, "0.0", "note"),
        (Severity.UNKNOWN, "0.0", "note"),
    ],
)
def test_without_a_cvss_the_severity_gives_the_score(
    severity: Severity, score: str, level: str
) -> None:
    finding = Finding("CVE-1", "zlib", "1", severity=severity)
    image = artifact("team/app", "1", findings=(finding,))

    run = run_of(ScanReport("x", REGISTRY, CREATED, (image,)))

    assert run["tool"]["driver"]["rules"][0]["properties"]["security-severity"] == score
    assert run["results"][0]["level"] == level


def test_rules_have_no_more_tags_than_github_takes() -> None:
    finding = Finding("CVE-1", "zlib", "1", cwes=tuple(range(1, 60)))
    image = artifact("team/app", "1", findings=(finding,))

    [rule] = run_of(ScanReport("x", REGISTRY, CREATED, (image,)))["tool"]["driver"]["rules"]

    assert len(rule["properties"]["tags"]) == 20


def test_a_finding_is_at_its_image() -> None:
    location = run_of(team_report())["results"][0]["locations"][0]

    assert location["physicalLocation"]["artifactLocation"]["uri"] == "payments/api:2.14.0"
    [logical] = location["logicalLocations"]
    assert logical["fullyQualifiedName"] == team_report().artifacts[0].reference


def test_an_image_without_a_tag_is_found_by_its_digest() -> None:
    image = artifact("team/app", findings=(Finding("CVE-1", "zlib", "1"),))

    [result] = run_of(ScanReport("x", REGISTRY, CREATED, (image,)))["results"]

    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri) == f"team/app@{image.digest}"


def test_what_an_allowlist_tolerates_is_suppressed_with_the_reason() -> None:
    results = run_of(team_report())["results"]

    suppressed = [result for result in results if "suppressions" in result]
    assert {result["ruleId"] for result in suppressed} == {TOLERATED}
    assert suppressed[0]["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "the project's CVE allowlist tolerates it until 2026-12-31",
        }
    ]


def test_what_was_not_scanned_makes_the_run_unsuccessful() -> None:
    [invocation] = run_of(team_report())["invocations"]

    assert invocation["executionSuccessful"] is False
    told = [entry["message"]["text"] for entry in invocation["toolExecutionNotifications"]]
    assert any("payments/reports" in text and "not scanned" in text for text in told)
    assert any("payments/legacy" in text and "failed" in text for text in told)


def test_a_finding_is_known_again_after_a_new_build_of_the_tag() -> None:
    report = team_report()
    rebuilt = replace(
        report,
        artifacts=tuple(
            replace(
                entry,
                digest=digest(9000 + number),
                findings=tuple(
                    replace(found, version=f"{found.version}.1") for found in entry.findings
                ),
            )
            for number, entry in enumerate(report.artifacts)
        ),
    )

    assert sorted(fingerprints(rebuilt)) == sorted(fingerprints(report))


def test_no_two_findings_have_the_same_fingerprint() -> None:
    twice = Finding("CVE-1", "zlib", "1"), Finding("CVE-1", "zlib", "2")
    image = artifact("team/app", "1", findings=twice)

    found = fingerprints(ScanReport("x", REGISTRY, CREATED, (image,)))

    assert len(set(found)) == 2
    assert len(set(fingerprints(team_report()))) == 25


def test_narrowing_changes_no_fingerprint() -> None:
    report = team_report()

    few = fingerprints(narrowed(report, Filter(Severity.HIGH)))

    assert few
    assert set(few) <= set(fingerprints(report))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])))
def test_a_text_steers_nothing_in_markdown(text: str) -> None:
    escaped = in_markdown(text)

    assert escaped.replace("\\", "") == " ".join(text.split()).replace("\\", "")
    for mark in "[]<>`*_!@#":
        assert escaped.count(mark) == escaped.count(f"\\{mark}")
