"""The tables of the HTML page."""

from collections.abc import Iterable, Iterator
from typing import Final

from harbor_operator.cli.scan_report.markup import NOTHING, Markup, element, link
from harbor_operator.cli.scan_report.model import (
    Finding,
    ForeignImage,
    ScannedArtifact,
    ScanReport,
    Severity,
)
from harbor_operator.cli.scan_report.ordering import Group, Place, Tally, tallies
from harbor_operator.cli.scan_report.sentences import said_of, tolerated_by

_HEAT: Final = (1, 5, 20, 100)
"""From how many findings on a cell gets darker."""

_BAR: Final = 120
"""The width of a bar, in its own units."""

_FINDINGS: Final = (
    ("Severity", "severity"),
    ("CVSS", "number"),
    ("Vulnerability", "text"),
    ("Package", "text"),
    ("Installed", "text"),
    ("Fixed in", "text"),
    ("Artifacts", "number"),
)
"""The columns, and how each is sorted."""


def artifact_table(report: ScanReport) -> Markup:
    """Severities over artifacts, the worst first."""
    heads = [_head("Artifact"), *(_head(severity) for severity in Severity)]
    heads += [_head("Fixable"), _head("Scan")]
    most = max((len(artifact.findings) for artifact in report.artifacts), default=0)
    rows = [_artifact(artifact, number, most) for number, artifact in enumerate(report.artifacts)]
    return _table("matrix", "Number of findings by artifact and severity", heads, rows)


def finding_table(groups: Iterable[Group], report: ScanReport) -> Markup:
    """A row for each vulnerability of a package, in the order of the groups."""
    numbers = {id(artifact): number for number, artifact in enumerate(report.artifacts)}
    heads = [element("th", {"scope": "col", "data-sort": kind}, title) for title, kind in _FINDINGS]
    rows = [_finding(group, numbers, report) for group in groups]
    return _table("findings", "Vulnerabilities by package, fixable first", heads, rows)


def foreign_table(images: Iterable[ForeignImage]) -> Markup:
    """Running images of which this Harbor knows nothing."""
    rows = [
        element("tr", None, _row_head(entry.image), _cell(", ".join(entry.used_by)))
        for entry in images
    ]
    return _table("foreign", "Images of other registries", [_head("Image"), _head("Pods")], rows)


def _table(name: str, caption: str, heads: Iterable[Markup], rows: Iterable[Markup]) -> Markup:
    return element(
        "div",
        {"class": "scroll"},
        element(
            "table",
            {"class": name},
            element("caption", None, caption),
            element("thead", None, element("tr", None, *heads)),
            element("tbody", None, *rows),
        ),
    )


def _head(title: str) -> Markup:
    return element("th", {"scope": "col"}, title)


def _row_head(*children: str) -> Markup:
    return element("th", {"scope": "row"}, *children)


def _cell(*children: str, kind: str = "") -> Markup:
    return element("td", {"class": kind} if kind else None, *children)


def _artifact(artifact: ScannedArtifact, number: int, most: int) -> Markup:
    counts = tallies(artifact.findings)
    name = element("span", {"class": "name", "data-artifact": str(number)}, artifact.name)
    below = [element("small", {"title": artifact.reference}, artifact.digest[:19])]
    if len(artifact.tags) > 1:
        below.append(element("small", None, f"also {', '.join(artifact.tags[1:])}"))
    if artifact.used_by:
        below.append(element("small", None, f"run by {', '.join(artifact.used_by)}"))
    head = _row_head(name, *below, _bar(counts, most))
    if not artifact.counted:
        state = element("td", {"class": "unjudged", "colspan": "8"}, said_of(artifact))
        return element("tr", {"class": "unjudged"}, head, state)
    fixable = sum(count.fixable for count in counts.values())
    return element(
        "tr",
        None,
        head,
        *(_heat(severity, count) for severity, count in counts.items()),
        _cell(str(fixable), kind="number"),
        _cell(*_scan(artifact), kind="scan"),
    )


def _scan(artifact: ScannedArtifact) -> Iterator[Markup]:
    if artifact.scanned_at:
        moment = f"{artifact.scanned_at:%Y-%m-%dT%H:%M:%SZ}"
        yield element("time", {"datetime": moment}, f"{artifact.scanned_at:%Y-%m-%d %H:%M}")
    yield element("small", None, artifact.scanner)
    if not artifact.judged:
        yield element("span", {"class": "tag"}, said_of(artifact))


def _heat(severity: Severity, count: Tally) -> Markup:
    level = sum(count.total >= least for least in _HEAT)
    below = element("small", None, f"{count.fixable} fixable") if count.fixable else NOTHING
    kind = f"number heat {severity.lower()} h{level}"
    return _cell(element("b", None, f"{count.total:,}"), below, kind=kind)


def _bar(counts: dict[Severity, Tally], most: int) -> Markup:
    """The proportions as a picture, for those who see it: the numbers stand beside."""
    if not any(count.total for count in counts.values()):
        return NOTHING
    parts, start = [], 0.0
    for severity, count in counts.items():
        width = _BAR * count.total / most
        position = {"x": f"{start:.1f}", "width": f"{width:.1f}", "height": "5"}
        parts.append(element("rect", {"class": severity.lower(), **position}))
        start += width
    return element(
        "svg",
        {
            "class": "bar",
            "viewBox": f"0 0 {_BAR} 5",
            "preserveAspectRatio": "none",
            "aria-hidden": "true",
        },
        *parts,
    )


def _finding(group: Group, numbers: dict[int, int], report: ScanReport) -> Markup:
    worst = group.worst
    places = sorted({numbers[id(artifact)] for artifact in group.artifacts})
    attributes = {
        "data-severity": str(worst.severity.rank),
        "data-fixable": str(int(group.fixable)),
        "data-allowed": str(int(group.allowed)),
        "data-artifacts": " ".join(map(str, places)),
    }
    return element(
        "tr",
        attributes,
        _cell(element("span", {"class": f"badge {worst.severity.lower()}"}, worst.severity)),
        _cell("-" if worst.score is None else f"{worst.score:.1f}", kind="number"),
        _row_head(*_vulnerability(group, report)),
        _cell(worst.package, kind="package"),
        _cell(*_lines(group.versions), kind="version"),
        _cell(*(_lines(group.fixes) if group.fixable else ["no fix yet"]), kind="version fix"),
        _cell(_places(group), kind="places"),
    )


def _vulnerability(group: Group, report: ScanReport) -> Iterator[Markup]:
    worst = group.worst
    yield element("span", {"class": "id"}, _linked(worst))
    if group.allowed:
        artifact = group.places[0].artifact
        reason = tolerated_by(report.allowlists.get(artifact.project))
        yield element("span", {"class": "tag", "title": reason}, "allowlisted")
    more = [*_more(worst)]
    if more:
        head = element("summary", None, worst.description or "More")
        yield element("details", {"class": "about"}, head, *more)
    elif worst.description:
        yield element("p", {"class": "about"}, worst.description)


def _linked(finding: Finding) -> Markup:
    return link(finding.links[0] if finding.links else "", finding.id)


def _more(finding: Finding) -> Iterator[Markup]:
    facts = [f"CWE-{number}" for number in finding.cwes]
    facts += [finding.vector] if finding.vector else []
    if facts:
        yield element("p", None, " · ".join(facts))
    others = [element("li", None, link(address, address)) for address in finding.links[1:]]
    if others:
        yield element("ul", None, *others)


def _lines(texts: Iterable[str]) -> Iterator[Markup]:
    for line in texts:
        yield element("span", {"class": "line"}, line)


def _places(group: Group) -> Markup:
    artifacts = group.artifacts
    if len(artifacts) == 1:
        return element("span", {"class": "line"}, artifacts[0].name)
    entries = [element("li", None, *_place(place)) for place in group.places]
    head = element("summary", None, f"{len(artifacts)} artifacts")
    return element("details", None, head, element("ul", None, *entries))


def _place(place: Place) -> Iterator[str]:
    yield place.artifact.name
    if place.finding.allowed:
        yield element("small", None, " allowlisted")
