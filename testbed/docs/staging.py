"""What a page of the repository becomes as a page of the site.

Pages are written to be read in the repository as well. The site wants a page's links to lead to
other pages of the site, code blocks without the attributes that tests of them need, and the
navigation as directives of the page above. These are the only changes.
"""

import posixpath
import re
from dataclasses import dataclass
from typing import Final

from testbed.docs.fences import outside_of_fences, without_attributes
from testbed.docs.nav import Entry

ELSEWHERE: Final = "repository"
"""The folder of the site for pages and files that are not of docs/."""

_LINK: Final = re.compile(r"`[^`\n]*`|(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)")
"""A link or, so that none is found inside, a span of code."""

_OUTWARD: Final = re.compile(r"[a-z]+:|#|<")


@dataclass(frozen=True, slots=True)
class Repository:
    """What of the repository a page may link to.

    Attributes:
        pages: The paths of the site's pages.
        files: The paths of all files.
        address: Where the repository's folders can be looked at; empty if nowhere.
    """

    pages: frozenset[str]
    files: frozenset[str]
    address: str = ""


def place(path: str) -> str:
    """Where a file of the repository is in the site's sources."""
    inside = path.removeprefix("docs/")
    moved = inside if path in {"README.md", f"docs/{inside}"} else f"{ELSEWHERE}/{path}"
    folder, name = posixpath.split(moved)
    return posixpath.join(folder, "index.md") if name == "README.md" else moved


def staged(text: str, entry: Entry, repository: Repository) -> str:
    """A page's text as the site's generator gets it.

    Raises:
        FenceError: A fenced block cannot be read.
    """
    lines = without_attributes(text).splitlines(keepends=True)
    for number, line in outside_of_fences(text):
        lines[number - 1] = _LINK.sub(
            lambda found: _link(found, entry.page, repository), f"{line}\n"
        )
    return "".join([*lines, _contents(entry)])


def linked_files(text: str, page: str, repository: Repository) -> frozenset[str]:
    """The files other than pages that a page links to, or shows."""
    links = (found["target"] for found in _LINK.finditer(text))
    targets = {_target(link, page) for link in links if link}
    return frozenset((targets & repository.files) - repository.pages)


def _link(found: re.Match[str], page: str, repository: Repository) -> str:
    target = found["target"]
    if not target or _OUTWARD.match(target):
        return found.group()
    path = _target(target, page)
    _, mark, anchor = target.partition("#")
    for known in (path, posixpath.join(path, "README.md")):
        if known in repository.files:
            way = posixpath.relpath(place(known), posixpath.dirname(place(page)) or ".")
            return f"{found['image']}[{found['text']}]({way}{mark}{anchor})"
    if not any(file.startswith(f"{path}/") for file in repository.files):
        return found.group()  # The generator complains of it.
    if not repository.address:
        return found["text"]
    return f"[{found['text']}]({repository.address}/{path})"


def _target(target: str, page: str) -> str:
    name = target.partition("#")[0]
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), name)) if name else page


def _contents(entry: Entry) -> str:
    if not entry.below:
        return ""
    here = posixpath.dirname(place(entry.page)) or "."
    # The theme shows what is below a section, so that the section's own page would not be there.
    own = ["self"] if entry.title else []
    lines = [*own, *(_line(below, here) for below in entry.below)]
    return "\n".join(["", "```{toctree}", ":hidden:", "", *lines, "```", ""])


def _line(entry: Entry, here: str) -> str:
    way = posixpath.relpath(place(entry.page), here).removesuffix(".md")
    return f"{entry.title} <{way}>" if entry.title else way
