"""A real browser, without a window, that shows pages from files."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MISSING = "there is no browser: install Debian's package chromium, or name another by CHROMIUM=PATH"
DESKTOP = {"width": 1360, "height": 900}


class NoBrowserError(Exception):
    """There is no browser on this machine."""


def find_browser() -> str:
    """The path of Chromium, or of what CHROMIUM names.

    Raises:
        NoBrowserError: There is none.
    """
    named = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else PROGRAMS)), None)
    if found is None:
        raise NoBrowserError(MISSING)
    return found


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Start a browser and end it."""
    # Chromium's sandbox does not run as root, which is what containers of tests are.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True)
class Shown:
    """A page in a browser, and what it did that nobody should see.

    Attributes:
        page: The page.
        complaints: What the browser logged, and errors of scripts.
        asked: Addresses that it wanted, its own aside.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def rows(self) -> list[str]:
        """The ids in the rows of findings that are in the table."""
        found: list[str] = self.page.locator("table.findings tbody .id").all_inner_texts()
        return found


def show(browser: Browser, path: Path, **how: object) -> Shown:
    """Open a page.

    Args:
        browser: Where.
        path: The page's file.
        how: What Playwright calls the options of a context, such as `color_scheme`.
    """
    context = browser.new_context(**{"viewport": DESKTOP, **how})
    shown = Shown(context.new_page())

    def log(message: ConsoleMessage) -> None:
        shown.complaints.append(message.text)

    def request(wanted: Request) -> None:
        if wanted.url != path.as_uri():
            shown.asked.append(wanted.url)

    shown.page.on("console", log)
    shown.page.on("pageerror", lambda error: shown.complaints.append(str(error)))
    shown.page.on("dialog", lambda dialog: shown.complaints.append(dialog.message))
    shown.page.on("request", request)
    shown.page.goto(path.as_uri())
    return shown
