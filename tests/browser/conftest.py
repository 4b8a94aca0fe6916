"""One browser for all tests, and pages for it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from harbor_operator.cli.scan_report.html_form import write_html
from harbor_operator.cli.scan_report.model import ScanReport
from tests.support.browser import NoBrowserError, Shown, a_browser, find_browser, show

Open = Callable[..., Shown]


def pytest_sessionstart() -> None:
    """Tell at once where there is no browser."""
    try:
        find_browser()
    except NoBrowserError as error:
        pytest.exit(str(error), returncode=1)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser."""
    with a_browser() as started:
        yield started


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Writes a report as a page and opens it; nothing may be logged or asked for until the end."""
    opened: list[Shown] = []

    def opener(report: ScanReport, **how: object) -> Shown:
        path = tmp_path / f"report-{len(opened)}.html"
        path.write_text(write_html(report), encoding="utf-8")
        opened.append(show(browser, path, **how))
        return opened[-1]

    yield opener
    for shown in opened:
        shown.page.context.close()
        assert shown.complaints == []
        assert shown.asked == []
