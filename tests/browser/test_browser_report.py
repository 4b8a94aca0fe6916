"""The page of a report as a reader sees and uses it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.support.scan_reports import (
    TOLERATED,
    hostile_report,
    large_report,
    namespace_report,
    team_report,
)

FIRST = "CVE-2024-3094"
QUICK_SECONDS = 1.0
"""Of a processor, at which a click still feels answered; a quarter of it is used."""
PATIENCE = 60_000
"""Milliseconds, as other work may share the machine."""


class Work:
    """Counts the processor's seconds that a page has used."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._before = self._now()

    def lap(self) -> float:
        """Seconds since the last time."""
        before, self._before = self._before, self._now()
        return self._before - before

    def _now(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        values = {metric["name"]: float(metric["value"]) for metric in metrics}
        return values["TaskDuration"]


def test_the_whole_report_is_shown(open_report: Open) -> None:
    page = open_report(namespace_report()).page

    expect(page).to_have_title("Scan report: namespace shop")
    expect(page.get_by_role("heading", level=1)).to_have_text("namespace shop")
    expect(page.locator(".tile.critical b")).to_have_text("6")
    expect(page.locator(".tile.unjudged b")).to_have_text("2")
    expect(page.locator("table.matrix tbody tr")).to_have_count(6)
    expect(page.locator("table.findings tbody tr")).to_have_count(11)
    expect(page.locator("#shown")).to_have_text("1 to 11 of 11")
    expect(page.get_by_role("row", name="payments/reports:0.3.0")).to_contain_text("not scanned")
    expect(page.get_by_role("cell", name="cache-0, cache-1")).to_be_visible()


def test_what_can_be_fixed_stands_first(open_report: Open) -> None:
    shown = open_report(team_report())

    fixes = shown.page.locator("table.findings tbody .fix").all_inner_texts()

    assert shown.rows()[0] == FIRST
    without = [text == "no fix yet" for text in fixes]
    assert without == sorted(without)
    assert without.count(True) == 4


def test_a_column_is_sorted_up_then_down_then_not(open_report: Open) -> None:
    shown = open_report(team_report())
    before = shown.rows()
    head = shown.page.get_by_role("columnheader", name="CVSS")

    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    upwards = shown.rows()
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    downwards = shown.rows()
    head.get_by_role("button").click()

    assert upwards[:2] == ["GHSA-jr5f-v2jv-69x6", "CVE-2011-3374"]
    assert downwards[0] == FIRST
    assert head.get_attribute("aria-sort") is None
    assert shown.rows() == before


def test_a_keyboard_is_enough(open_report: Open) -> None:
    shown = open_report(team_report())
    shown.page.get_by_label("Search").focus()

    for _ in range(40):
        shown.page.keyboard.press("Tab")
        if shown.page.evaluate("document.activeElement.textContent") == "Package":
            break
    shown.page.keyboard.press("Enter")

    expect(shown.page.get_by_role("columnheader", name="Package")).to_have_attribute(
        "aria-sort", "ascending"
    )
    assert shown.rows()[0] == "CVE-2011-3374"


def test_severities_are_chosen(open_report: Open) -> None:
    shown = open_report(team_report())

    for severity in ("Critical", "Medium", "Low", "Negligible", "Unknown"):
        shown.page.get_by_label(severity, exact=True).uncheck()

    assert shown.rows() == [TOLERATED, "CVE-2023-44487"]
    expect(shown.page.locator("#shown")).to_have_text("1 to 2 of 2 matching, 11 in all")


def test_only_what_can_be_fixed_and_nobody_tolerates_is_left(open_report: Open) -> None:
    shown = open_report(team_report())

    shown.page.get_by_label("Fixable only").check()
    shown.page.get_by_label("Allowlisted").uncheck()

    assert len(shown.rows()) == 6
    assert TOLERATED not in shown.rows()


def test_an_artifact_in_the_matrix_leads_to_its_findings(open_report: Open) -> None:
    shown = open_report(team_report())

    shown.page.get_by_role("button", name="payments/web:5.2.1").click()

    assert len(shown.rows()) == 7
    choice = shown.page.get_by_role("combobox", name="Artifact")
    expect(choice).to_be_focused()
    expect(choice).to_have_value("2")
    expect(shown.page.get_by_role("button", name="payments/base")).to_have_count(0)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("socks5", ["CVE-2023-38545"]),
        ("COMMONS 1.10.0", ["CVE-2022-42889"]),
        ("nothing-has-this", []),
    ],
)
def test_words_are_searched_everywhere(open_report: Open, words: str, found: list[str]) -> None:
    shown = open_report(team_report())

    shown.page.get_by_label("Search").fill(words)
    expect(shown.page.locator("table.findings tbody tr")).to_have_count(len(found))

    assert shown.rows() == found
    expect(shown.page.locator("#shown")).to_contain_text("11 in all")


def test_a_description_opens(open_report: Open) -> None:
    page = open_report(team_report()).page
    row = page.get_by_role("row", name=FIRST)
    expect(row.get_by_text("CWE-506")).to_be_hidden()

    row.locator(".about summary").click()

    expect(row.get_by_text("CWE-506")).to_be_visible()
    link = row.get_by_role("link", name="openwall")
    expect(link).to_have_attribute(
        "href", "https://www.openwall.com/lists/oss-security/2024/03/29/4"
    )


def test_hostile_texts_do_nothing(open_report: Open) -> None:
    shown = open_report(hostile_report())

    shown.page.get_by_label("Search").fill("script")
    for row in shown.page.locator("table.findings tbody tr").all():
        row.hover()

    assert shown.page.evaluate("window.hostile") is None
    assert shown.page.locator("img, iframe").count() == 0
    expect(shown.page.get_by_role("heading", level=1)).to_have_text(
        "project <script>window.hostile = 1</script>"
    )


def test_without_scripts_the_whole_table_stands_there(open_report: Open) -> None:
    page = open_report(large_report(300), java_script_enabled=False).page

    expect(page.locator("table.findings tbody tr")).to_have_count(300)
    expect(page.locator("table.findings tbody tr").last).to_be_visible()
    expect(page.locator(".tools")).to_be_hidden()
    expect(page.locator("thead button")).to_have_count(0)


def test_ten_thousand_findings_stay_quick(open_report: Open) -> None:
    page = open_report(large_report(10_000)).page
    expect(page.locator("table.findings tbody tr")).to_have_count(50, timeout=PATIENCE)
    work = Work(page)

    page.get_by_label("Search").fill("package-39 1.19.9")
    expect(page.locator("#shown")).to_contain_text("matching", timeout=PATIENCE)
    searching = work.lap()
    page.get_by_label("Search").fill("")
    expect(page.locator("#shown")).to_have_text("1 to 50 of 10,000", timeout=PATIENCE)
    work.lap()
    head = page.get_by_role("columnheader", name="Package")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending", timeout=PATIENCE)
    sorting = work.lap()

    assert searching < QUICK_SECONDS
    assert sorting < QUICK_SECONDS


def test_pages_are_turned(open_report: Open) -> None:
    shown = open_report(large_report(120))
    page = shown.page
    first = shown.rows()
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()

    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()

    expect(page.locator("#shown")).to_have_text("101 to 120 of 120")
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    assert not {*first} & {*shown.rows()}
    page.get_by_label("Rows").select_option("200")
    assert len(shown.rows()) == 120


def test_paper_shows_all_that_matches_and_nothing_to_click(open_report: Open) -> None:
    shown = open_report(large_report(120))
    page = shown.page
    page.evaluate(
        "addEventListener('beforeprint', () => {"
        " window.printed = document.querySelectorAll('table.findings tbody tr').length })"
    )

    pdf = page.pdf(print_background=True)

    assert pdf.startswith(b"%PDF-")
    assert page.evaluate("window.printed") == 120
    assert len(shown.rows()) == 50
    page.emulate_media(media="print")
    for hidden in (".tools", ".pager"):
        expect(page.locator(hidden)).to_be_hidden()


CONTRAST = """() => {
  const parse = (text) => {
    const numbers = text.match(/-?[\\d.]+/g).map(Number);
    const [r, g, b] = numbers.map((n) => (text.startsWith("color(") ? n * 255 : n));
    const alpha = numbers.length > 3 ? numbers[3] : 1;
    return [r, g, b, alpha];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const ground = (element) => {
    if (!element) return [255, 255, 255];
    const own = parse(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own.slice(0, 3) : over(own, ground(element.parentElement));
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((n) => {
      const part = n / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    const said = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!said || element.closest(":disabled, option")) continue;
    const below = ground(element);
    const ink = over(parse(getComputedStyle(element).color), below);
    const [one, other] = [light(ink), light(below)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) poor.push(`${element.className || element.tagName} ${ratio.toFixed(2)}`);
  }
  return [...new Set(poor)];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast(open_report: Open, scheme: str) -> None:
    page = open_report(namespace_report(), color_scheme=scheme).page
    crowded = open_report(large_report(2000), color_scheme=scheme).page

    assert page.evaluate(CONTRAST) == []
    assert crowded.evaluate(CONTRAST) == []


def test_every_table_and_control_has_a_name(open_report: Open) -> None:
    page = open_report(namespace_report()).page

    unnamed = page.evaluate(
        "[...document.querySelectorAll('input, select')].filter((e) => !e.labels.length).length"
    )

    assert unnamed == 0
    assert page.locator("th:not([scope])").count() == 0
    assert page.locator("table").count() == page.locator("table > caption").count() == 3
    expect(page.get_by_role("table", name="Vulnerabilities by package")).to_be_visible()


def test_a_small_screen_does_not_scroll_sideways(open_report: Open) -> None:
    page = open_report(namespace_report(), viewport={"width": 400, "height": 800}).page

    assert page.evaluate("document.documentElement.scrollWidth") <= 400
