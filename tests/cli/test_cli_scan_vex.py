"""A report as a CycloneDX document, by its schema and by what it claims."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harbor_operator.cli.scan_report.model import Allowlist, Finding, ScanReport, Severity
from harbor_operator.cli.scan_report.vex import write_vex
from harbor_operator.kube.resources import JsonObject
from tests.support.report_schemas import vex_error
from tests.support.scan_reports import (
    CREATED,
    REGISTRY,
    TOLERATED,
    artifact,
    hostile_report,
    large_report,
    namespace_report,
    team_report,
)


def vulnerabilities(report: ScanReport) -> dict[str, JsonObject]:
    """The vulnerabilities by id."""
    return {entry["id"]: entry for entry in write_vex(report, "0.1.0")["vulnerabilities"]}


@pytest.mark.parametrize(
    "make",
    [
        team_report,
        namespace_report,
        hostile_report,
        lambda: large_report(12),
        lambda: ScanReport("namespace x", REGISTRY, CREATED),
    ],
)
def test_it_is_valid_by_the_official_schema(make: Callable[[], ScanReport]) -> None:
    assert vex_error(write_vex(make(), "0.1.0")) is None


def test_the_schema_would_find_an_error() -> None:
    document = write_vex(team_report(), "0.1.0")
    document["vulnerabilities"][0]["analysis"]["state"] = "harmless"

    assert vex_error(document) is not None


def test_what_nobody_has_judged_is_in_triage() -> None:
    states = {
        entry["analysis"]["state"]
        for name, entry in vulnerabilities(team_report()).items()
        if name != TOLERATED
    }

    assert states == {"in_triage"}


def test_an_allowlist_is_a_decision_and_no_judgement() -> None:
    analysis = vulnerabilities(team_report())[TOLERATED]["analysis"]

    assert analysis["state"] == "in_triage"
    assert analysis["response"] == ["will_not_fix"]
    assert "the project's CVE allowlist tolerates it until 2026-12-31" in analysis["detail"]


def test_each_project_decides_for_itself() -> None:
    allowed, open_ = Finding("CVE-1", "zlib", "1", allowed=True), Finding("CVE-1", "zlib", "1")
    images = (artifact("a/x", findings=(allowed,)), artifact("b/y", findings=(open_,)))
    lists = {"a": Allowlist(frozenset({"CVE-1"}), of_system=True)}
    report = ScanReport("images", REGISTRY, CREATED, images, allowlists=lists)

    document = write_vex(report, "0.1.0")

    assert vex_error(document) is None
    found = document["vulnerabilities"]
    assert [entry["id"] for entry in found] == ["CVE-1", "CVE-1"]
    assert "the system's CVE allowlist" in found[1]["analysis"]["detail"]
    assert "a/x" in found[1]["affects"][0]["ref"]
    assert "b/y" in found[0]["affects"][0]["ref"]


@pytest.mark.parametrize(
    ("vector", "method"),
    [
        ("CVSS:4.0/AV:N", "CVSSv4"),
        ("CVSS:3.1/AV:N", "CVSSv31"),
        ("CVSS:3.0/AV:N", "CVSSv3"),
        ("AV:N/AC:L/Au:N", "CVSSv2"),
        ("", "other"),
    ],
)
def test_the_method_of_a_score_is_read_from_its_vector(vector: str, method: str) -> None:
    finding = Finding("CVE-1", "zlib", "1", severity=Severity.HIGH, score=8.1, vector=vector)
    image = artifact("a/x", findings=(finding,))

    [rating] = vulnerabilities(ScanReport("x", REGISTRY, CREATED, (image,)))["CVE-1"]["ratings"]

    assert rating["severity"] == "high"
    assert rating["method"] == method


def test_all_that_is_affected_is_a_component() -> None:
    document = write_vex(team_report(), "0.1.0")

    known = {
        part["bom-ref"] for image in document["components"] for part in image.get("components", ())
    }
    affected = {place["ref"] for entry in document["vulnerabilities"] for place in entry["affects"]}
    assert affected == known


def test_an_image_without_a_result_says_so() -> None:
    [image] = [
        component
        for component in write_vex(team_report(), "0.1.0")["components"]
        if component["name"].endswith("payments/reports")
    ]

    assert {"name": "harbor:scan", "value": "not scanned"} in image["properties"]


def test_the_same_report_makes_the_same_document() -> None:
    first, again = write_vex(team_report(), "0.1.0"), write_vex(team_report(), "0.1.0")
    later = write_vex(replace(team_report(), created=CREATED.replace(day=29)), "0.1.0")

    assert first == again
    assert later["serialNumber"] != first["serialNumber"]
