"""Looks the built site over: `python -m testbed.docs.inspection SITE --external FILE`.

Each link to the site itself has to lead to a page and an anchor that are there, and a page may load
nothing from elsewhere. Links to other sites are not followed but written down.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Final
from urllib.parse import unquote, urlsplit

from typing_extensions import override

_LOADED: Final[Mapping[str, str]] = {
    "audio": "src",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "script": "src",
    "source": "src",
    "video": "src",
}
"""What a browser fetches by itself, by its element."""
_STYLE_ADDRESS: Final = re.compile(r"(?:url\(\s*|@import\s+)[\"']?((?:https?:)?//[^\"')\s]+)")


@dataclass
class Seen(HTMLParser):
    """What one page links to, loads and can be linked to at."""

    links: set[str] = field(default_factory=set)
    loads: set[str] = field(default_factory=set)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin as a parser."""
        super().__init__()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        stated = {name: value for name, value in attrs if value}
        self.anchors.update(stated[name] for name in ("id", "name") if name in stated)
        if tag == "a" and "href" in stated:
            self.links.add(stated["href"])
        elif (name := _LOADED.get(tag)) and name in stated:
            self.loads.add(stated[name])


def read(html: str) -> Seen:
    """Take a page in."""
    seen = Seen()
    seen.feed(html)
    return seen


def is_elsewhere(address: str) -> bool:
    """Whether an address names a host."""
    return bool(urlsplit(address).netloc)


def broken(pages: Mapping[str, Seen], files: Iterable[str]) -> list[str]:
    """A line for each link within the site that leads nowhere, and each thing loaded from outside.

    Args:
        pages: What is on each page, by its path in the site.
        files: The paths of all files of the site.
    """
    there = {*files}
    lines = []
    for path, seen in sorted(pages.items()):
        outside = sorted(address for address in seen.loads if is_elsewhere(address))
        lines += [f"{path} loads {address}" for address in outside]
        for link in sorted(seen.links | seen.loads):
            if not urlsplit(link).scheme and not _leads_somewhere(link, path, pages, there):
                lines.append(f"{path} links to {link}, which is not there")
    return lines


def _leads_somewhere(link: str, path: str, pages: Mapping[str, Seen], there: set[str]) -> bool:
    parts = urlsplit(link)
    name = unquote(parts.path)
    target = normpath(join(dirname(path), name)) if name else path
    if target not in there:
        return False
    anchor = unquote(parts.fragment)
    return not anchor or target not in pages or anchor in pages[target].anchors


def external(pages: Mapping[str, Seen]) -> list[str]:
    """The links to other sites, each once."""
    return sorted({link for seen in pages.values() for link in seen.links if is_elsewhere(link)})


def styles_from_elsewhere(styles: Mapping[str, str]) -> list[str]:
    """A line for each address outside that a style sheet loads."""
    return [
        f"{path} loads {address}"
        for path, text in sorted(styles.items())
        for address in sorted(set(_STYLE_ADDRESS.findall(text)))
    ]


def main() -> int:
    """Tell what is broken: 1 if something is."""
    parser = argparse.ArgumentParser(prog="python -m testbed.docs.inspection", description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("--external", type=Path, help="where links to other sites are written")
    options = parser.parse_args()
    site: Path = options.site
    files = [path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()]
    # The theme leaves a template among its static files.
    names = [path for path in files if path.endswith(".html") and not path.startswith("_static/")]
    pages = {path: read((site / path).read_text(encoding="utf-8")) for path in names}
    styles = {
        path: (site / path).read_text(encoding="utf-8") for path in files if path.endswith(".css")
    }
    complaints = [*broken(pages, files), *styles_from_elsewhere(styles)]
    if options.external:
        options.external.write_text("".join(f"{link}\n" for link in external(pages)), "utf-8")
    print("\n".join([*complaints, f"{len(pages)} pages, {len(complaints)} complaints"]))
    return int(bool(complaints))


if __name__ == "__main__":
    sys.exit(main())
