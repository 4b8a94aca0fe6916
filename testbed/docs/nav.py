"""The site's navigation, as docs/nav.yaml states it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final

import yaml

NAV: Final = "docs/nav.yaml"
"""Where it is stated, as a path in the repository."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the navigation.

    Attributes:
        page: Its path in the repository.
        title: What the navigation calls it; empty for the page's own heading.
        below: The entries under it.
    """

    page: str
    title: str = ""
    below: tuple["Entry", ...] = ()

    def walk(self) -> Iterator["Entry"]:
        """This entry and all under it, in the order of reading."""
        yield self
        for entry in self.below:
            yield from entry.walk()


def navigation(text: str, pages: Sequence[str]) -> Entry:
    """Read the navigation; a path with `*` becomes the pages that nothing else names.

    Args:
        text: What docs/nav.yaml says.
        pages: The paths of all pages that there are.

    Raises:
        ValueError: It is no tree of entries.
    """
    stated = _entry(yaml.safe_load(text))
    named = {entry.page for entry in stated.walk()}
    return _spelled_out(stated, [page for page in sorted(pages) if page not in named])


def _entry(node: object) -> Entry:
    match node:
        case str(page):
            return Entry(page)
        case {"page": str(page), **others} if others.keys() <= {"title", "below"}:
            return Entry(page, str(others.get("title", "")), _below(others.get("below", [])))
        case _:
            raise ValueError(f"{NAV}: not an entry: {node!r}")


def _below(nodes: object) -> tuple[Entry, ...]:
    if not isinstance(nodes, list):
        raise ValueError(f"{NAV}: not a list of entries: {nodes!r}")  # noqa: TRY004 -- as _entry
    return tuple(map(_entry, nodes))


def _spelled_out(entry: Entry, unnamed: Sequence[str]) -> Entry:
    return replace(entry, below=tuple(_each(entry.below, unnamed)))


def _each(entries: Sequence[Entry], unnamed: Sequence[str]) -> Iterator[Entry]:
    for entry in entries:
        if "*" in entry.page:
            yield from (Entry(page) for page in unnamed if _matches(page, entry.page))
        else:
            yield _spelled_out(entry, unnamed)


def _matches(page: str, pattern: str) -> bool:
    """Whether a page is in the pattern's own folder and fits it."""
    return page.count("/") == pattern.count("/") and fnmatchcase(page, pattern)
