"""The HTML page as text: whole, escaped, and closed to everything else. A browser has its own."""

import base64
import hashlib
import json
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from harbor_operator.cli.printing import Paper, dump
from harbor_operator.cli.scan_report.html_form import write_html
from harbor_operator.cli.scan_report.markup import Markup, element, link
from harbor_operator.cli.scan_report.model import Filter, ScanReport, Severity
from harbor_operator.cli.scan_report.ordering import narrowed
from harbor_operator.cli.scan_report.plain import plain
from harbor_operator.cli.scan_report.screen import draw_scans
from tests.support.scan_reports import (
    CREATED,
    HOSTILE,
    REGISTRY,
    hostile_report,
    namespace_report,
    team_report,
)

VOID = frozenset({"meta", "base", "input"})


class Reader(HTMLParser):
    """Counts elements, keeps texts and attributes, and checks that all is closed in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: Counter[str] = Counter()
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen[tag] += 1
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(page: str) -> Reader:
    """Read a page; everything is closed at its end."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_every_group_and_every_artifact_has_a_row() -> None:
    reader = read(write_html(namespace_report()))

    # Three headings, six artifacts, eleven vulnerabilities of packages, one foreign image.
    assert reader.seen["tr"] == 3 + 6 + 11 + 1
    assert "not scanned" in reader.texts
    assert "docker.io/library/redis:7" in reader.texts


def test_only_its_own_style_and_script_are_allowed() -> None:
    page = write_html(team_report())

    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    for kind, name in (("style-src", "style"), ("script-src", "script")):
        [content] = re.findall(f"<{name}>(.*?)</{name}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind} &#x27;sha256-{digest}&#x27;" in policy
    assert policy.startswith("default-src &#x27;none&#x27;; ")


def test_nothing_is_loaded_from_elsewhere() -> None:
    reader = read(write_html(hostile_report()))

    assert reader.seen.keys() & {"img", "iframe", "object", "embed", "link", "form"} == set()
    assert (reader.seen["script"], reader.seen["style"]) == (1, 1)
    names = {name for name, _ in reader.attributes}
    assert not [name for name in names if name.startswith("on") or name in {"src", "style"}]
    addresses = {value for name, value in reader.attributes if name == "href"}
    assert all(str(address).startswith("https://") for address in addresses)


def test_hostile_texts_are_shown_as_what_they_are() -> None:
    texts = "\n".join(read(write_html(hostile_report())).texts)

    for text in HOSTILE[:5]:
        assert text in texts


def test_a_report_on_nothing_is_a_page_too() -> None:
    reader = read(write_html(ScanReport("namespace x", REGISTRY, CREATED)))

    assert "0 of 0 artifacts scanned: nothing" in reader.texts


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf"))))
def test_any_text_comes_through_as_content_and_as_a_value(text: str) -> None:
    reader = read(element("p", {"title": text}, text))

    assert "".join(reader.texts) == text
    assert reader.attributes == [("title", text)]


@given(st.text())
def test_no_text_makes_an_element(text: str) -> None:
    assert read(element("p", None, text)).seen == {"p": 1}


@pytest.mark.parametrize("text", ["\x00", "\x1b[31m", "\u202e", "\u2066", "\ud800"])
def test_what_steers_a_screen_is_replaced(text: str) -> None:
    assert "�" in element("p", None, text)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//x", "ftp://x"])
def test_only_the_web_is_linked(address: str) -> None:
    assert link(address, "more & more") == "more &amp; more"


def test_markup_is_not_escaped_twice() -> None:
    inner = element("b", None, "a & b")

    assert element("p", None, inner, Markup("<i></i>"), "<") == (
        "<p><b>a &amp; b</b><i></i>&lt;</p>"
    )


def test_the_screen_shows_severities_over_artifacts_and_what_nobody_knows() -> None:
    drawn = draw_scans(namespace_report(), CREATED, Paper())

    lines = drawn.splitlines()
    assert lines[0].split() == [
        "ARTIFACT",
        *(severity.upper() for severity in Severity),
        "FIXABLE",
        "SCAN",
    ]
    assert lines[1].split() == ["payments/api:2.14.0", *"4221117", "5h", "ago"]
    assert lines[6].split() == ["payments/reports:0.3.0", *"???????", "not", "scanned"]
    assert "note: no scan result for 2 artifacts of 6: that is not the same as clean" in lines
    assert lines[-1].startswith("4 of 6 artifacts scanned: 6 Critical, 4 High")


def test_the_screen_tells_what_was_left_out() -> None:
    report = narrowed(team_report(), Filter(Severity.HIGH, fixable=True))

    drawn = draw_scans(report, CREATED, Paper())

    assert "note: 17 findings left out: only High and worse, fixable" in drawn


@pytest.mark.parametrize(("form", "load"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_data_hold_all_that_is_known(form: str, load: object) -> None:
    assert callable(load)

    data = load(dump(plain(namespace_report()), form))

    assert data["complete"] is False
    assert data["summary"]["critical"] == 6
    assert data["summary"]["fixable"] == 14
    assert [len(entry["findings"]) for entry in data["artifacts"]] == [11, 7, 7, 0, 0, 0]
    assert data["artifacts"][0]["summary"]["critical"] == 4
    assert data["allowlists"]["payments"]["expires"] == "2026-12-31T08:15:00Z"
    assert data["out_of_scope"][0]["image"] == "docker.io/library/redis:7"
