"""Writes a report as one HTML page that needs nothing else, neither a network nor scripts.

All rows are in the document. The script takes them out of it and shows those that are asked for,
so that ten thousand stay quick; without scripts the whole table stands there.
"""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files
from typing import Final

from harbor_operator.cli.scan_report.html_tables import artifact_table, finding_table, foreign_table
from harbor_operator.cli.scan_report.markup import NOTHING, Markup, element
from harbor_operator.cli.scan_report.model import ScannedArtifact, ScanReport, Severity
from harbor_operator.cli.scan_report.ordering import all_findings, grouped, tallies
from harbor_operator.cli.scan_report.sentences import caveats, summary

_ROOM: Final = files("harbor_operator.cli.scan_report")
_ROWS: Final = "A row for each vulnerability of a package, with the artifacts that have it."
_PAGE_SIZES: Final = ("50", "200", "1000")


def write_html(report: ScanReport) -> str:
    """The whole report as a page."""
    style = _ROOM.joinpath("page.css").read_text(encoding="utf-8")
    script = _ROOM.joinpath("page.js").read_text(encoding="utf-8")
    title = f"Scan report: {report.scope}"
    head = element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element(
            "meta",
            {"http-equiv": "Content-Security-Policy", "content": _policy(style, script)},
        ),
        element("meta", {"name": "referrer", "content": "no-referrer"}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"name": "color-scheme", "content": "light dark"}),
        element("base", {"target": "_blank"}),
        element("title", None, title),
        element("style", None, Markup(style)),
        element("script", None, Markup(script)),
    )
    body = element("body", None, _header(report), element("main", None, *_sections(report)))
    return f"<!doctype html>\n{element('html', {'lang': 'en'}, head, body)}\n"


def _policy(style: str, script: str) -> str:
    """Nothing but this very style and this very script."""
    return (
        f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _source(content: str) -> str:
    digest = b64encode(sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _header(report: ScanReport) -> Markup:
    scanners = sorted({artifact.scanner for artifact in report.artifacts if artifact.scanner})
    facts = [report.registry, f"{report.created:%Y-%m-%d %H:%M} UTC", *scanners]
    return element(
        "header",
        None,
        element("p", {"class": "kind"}, "Scan report"),
        element("h1", None, report.scope),
        element("p", {"class": "facts"}, " · ".join(facts)),
    )


def _sections(report: ScanReport) -> Iterator[Markup]:
    yield element("p", {"class": "summary"}, summary(report))
    yield _tiles(report)
    notes = [element("li", None, note) for note in caveats(report)]
    if notes:
        yield element("ul", {"class": "notes", "aria-label": "Notes"}, *notes)
    yield _section("artifacts", "Artifacts", artifact_table(report))
    groups = grouped(report)
    if groups:
        table = finding_table(groups, report)
        said = element("p", {"class": "facts"}, _ROWS)
        parts = (said, _tools(report), table, _pager())
        yield _section("findings", "Findings, fixable first", *parts)
    if report.foreign:
        yield _section("foreign", "Out of scope", foreign_table(report.foreign))


def _section(name: str, title: str, *children: Markup) -> Markup:
    heading = element("h2", {"id": f"{name}-title"}, title)
    attributes = {"id": name, "aria-labelledby": f"{name}-title"}
    return element("section", attributes, heading, *children)


def _tiles(report: ScanReport) -> Markup:
    counts = tallies(all_findings(report))
    tiles = [
        _tile(severity.lower(), severity, count.total, f"{count.fixable} fixable")
        for severity, count in counts.items()
    ]
    if report.unjudged:
        tiles.append(_tile("unjudged", "No result", len(report.unjudged), "artifacts"))
    return element("ul", {"class": "tiles", "aria-label": "Findings by severity"}, *tiles)


def _tile(name: str, title: str, number: int, below: str) -> Markup:
    return element(
        "li",
        {"class": f"tile {name}" if number else f"tile {name} none"},
        element("b", None, f"{number:,}"),
        element("span", None, title),
        element("small", None, below),
    )


def _tools(report: ScanReport) -> Markup:
    """What filters; the script shows it."""
    counts = tallies(all_findings(report))
    severities = [
        _check("severity", str(severity.rank), severity, checked=True)
        for severity in Severity
        if counts[severity].total
    ]
    allowed = any(finding.allowed for finding in all_findings(report))
    return element(
        "div",
        {"class": "tools", "role": "search", "hidden": True},
        element(
            "label",
            {"class": "wide"},
            element("span", None, "Search"),
            element(
                "input",
                {"type": "search", "id": "search", "placeholder": "CVE, package, version, text"},
            ),
        ),
        element(
            "label",
            None,
            element("span", None, "Artifact"),
            element("select", {"id": "artifact"}, *_choices(report.artifacts)),
        ),
        element("fieldset", None, element("legend", None, "Severity"), *severities),
        element(
            "fieldset",
            None,
            element("legend", None, "Show"),
            _check("fixable", "1", "Fixable only", checked=False),
            _check("allowed", "1", "Allowlisted", checked=True) if allowed else NOTHING,
        ),
    )


def _choices(artifacts: tuple[ScannedArtifact, ...]) -> Iterator[Markup]:
    yield element("option", {"value": ""}, "All artifacts")
    for number, artifact in enumerate(artifacts):
        if artifact.findings:
            yield element("option", {"value": str(number)}, artifact.name)


def _check(name: str, value: str, title: str, *, checked: bool) -> Markup:
    box = element("input", {"type": "checkbox", "name": name, "value": value, "checked": checked})
    return element("label", {"class": "check"}, box, element("span", None, title))


def _pager() -> Markup:
    sizes = [element("option", {"value": size}, size) for size in _PAGE_SIZES]
    return element(
        "div",
        {"class": "pager", "hidden": True},
        element("p", {"id": "shown", "role": "status"}),
        element("label", None, "Rows ", element("select", {"id": "size"}, *sizes)),
        element("button", {"type": "button", "id": "previous"}, "Previous"),
        element("button", {"type": "button", "id": "next"}, "Next"),
    )
