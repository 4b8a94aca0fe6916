"""Draws docs/pictures/report.png: the page of a report on a namespace, in a real browser."""

import sys
import tempfile
from pathlib import Path

from harbor_operator.cli.scan_report.html_form import write_html
from tests.support.browser import NoBrowserError, a_browser, show
from tests.support.scan_reports import namespace_report

PICTURE = Path(__file__).parents[3] / "docs" / "pictures" / "report.png"


def main() -> int:
    """Draw it; 1 where there is no browser."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(write_html(namespace_report()), encoding="utf-8")
        try:
            with a_browser() as browser:
                shown = show(browser, page, color_scheme="light")
                shown.page.screenshot(path=PICTURE, full_page=True)
        except NoBrowserError as error:
            sys.stderr.write(f"error: {error}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
