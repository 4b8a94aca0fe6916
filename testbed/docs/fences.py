"""Fenced blocks of Markdown, and the attributes that ours carry behind their language.

Pure, and without knowledge of what the attributes mean. The site strips them by
`without_attributes`: not every renderer takes braces behind a language.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_OPENING = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})[ \t]*"
    r"(?P<language>[\w+#.-]*)[ \t]*(?P<rest>[^`]*?)[ \t]*$"
)
_ATTRIBUTES = re.compile(r"^\{(?P<inner>[^{}]*)\}$")
_ATTRIBUTE = re.compile(r"""(?P<name>[a-z]+)=(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))(?:\s+|$)""")


class FenceError(ValueError):
    """A block is not closed, or its attributes cannot be read; the message has the line."""


@dataclass(frozen=True, slots=True)
class Fence:
    """One fenced block."""

    line: int
    """Of the opening fence, counted from 1."""
    indent: int
    """Blanks before the fence: more than none within a list."""
    language: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    content: str = ""
    """The lines between the fences, without the fence's own indentation, each with its end."""


def fences_of(page: str) -> Iterator[Fence]:
    """The fenced blocks of a page, in their order.

    Raises:
        FenceError: a block is not closed, or has something else than attributes behind its
            language.
    """
    lines = enumerate(page.splitlines(), start=1)
    for number, text in lines:
        if opening := _OPENING.match(text):
            indent = len(opening["indent"])
            inner = _until_closed(lines, opening["fence"], number)
            content = [_outdented(line, indent) for line in inner]
            yield Fence(
                number,
                indent,
                opening["language"],
                _attributes(opening["rest"], number),
                "".join(f"{line}\n" for line in content),
            )


def without_attributes(page: str) -> str:
    """The page with its blocks' languages alone; it has as many lines as before.

    Raises:
        FenceError: as `fences_of`.
    """
    lines = page.splitlines(keepends=True)
    for fence in fences_of(page):
        if fence.attributes:
            opening = lines[fence.line - 1]
            lines[fence.line - 1] = opening[: opening.index("{")].rstrip() + "\n"
    return "".join(lines)


def outside_of_fences(page: str) -> Iterator[tuple[int, str]]:
    """The lines that are in no fenced block, each with its number from 1.

    Raises:
        FenceError: as `fences_of`.
    """
    inside = {
        number
        for fence in fences_of(page)
        for number in range(fence.line, fence.line + fence.content.count("\n") + 2)
    }
    for number, line in enumerate(page.splitlines(), start=1):
        if number not in inside:
            yield number, line


def _until_closed(lines: Iterator[tuple[int, str]], fence: str, opened: int) -> Iterator[str]:
    closing = re.compile(rf" *{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    for _, line in lines:
        if closing.match(line):
            return
        yield line
    raise FenceError(f"line {opened}: the block is not closed")


def _outdented(line: str, indent: int) -> str:
    return line[min(indent, len(line) - len(line.lstrip(" "))) :]


def _attributes(text: str, line: int) -> dict[str, str]:
    if not text:
        return {}
    braces = _ATTRIBUTES.match(text)
    inner = braces["inner"].strip() if braces else text
    found = list(_ATTRIBUTE.finditer(inner))
    if not braces or not found or "".join(each[0] for each in found) != inner:
        raise FenceError(f"line {line}: attributes are written as {{name=value}}, not as {text}")
    names = [each["name"] for each in found]
    if len(set(names)) < len(names):
        raise FenceError(f"line {line}: an attribute is there twice in {text}")
    return {each["name"]: each["quoted"] or each["plain"] or "" for each in found}
