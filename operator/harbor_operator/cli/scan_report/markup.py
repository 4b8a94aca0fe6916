"""HTML that is escaped by the way it is made."""

import re
from collections.abc import Mapping
from html import escape
from typing import Final

_VOID: Final = frozenset({"base", "input", "meta"})
_CONTROLS: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What no HTML document may hold, and what turns the direction of the text around it."""

_WEB: Final = ("https://", "http://")

Attributes = Mapping[str, str | bool]


class Markup(str):
    """A piece of a document; every other text is content and gets escaped."""

    __slots__ = ()


NOTHING: Final = Markup()


def element(name: str, attributes: Attributes | None = None, *children: str) -> Markup:
    """An element; what is not `Markup` among its children is text.

    Args:
        name: Its name.
        attributes: Their values; True for an attribute without one, False for none.
        children: What it holds.
    """
    said = "".join(_attribute(key, value) for key, value in (attributes or {}).items())
    if name in _VOID:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{''.join(map(text, children))}</{name}>")


def text(content: str) -> str:
    """Text as content of an element; control characters become the replacement character."""
    if isinstance(content, Markup):
        return content
    return escape(_CONTROLS.sub("�", content), quote=False)


def link(address: str, *children: str) -> Markup:
    """A link to a page of the web; only the children where the address is something else."""
    if not address.lower().startswith(_WEB):
        return Markup("".join(map(text, children)))
    return element("a", {"href": address}, *children)


def _attribute(name: str, value: str | bool) -> str:  # noqa: FBT001 -- HTML has such attributes
    if value is True:
        return f" {name}"
    if value is False:
        return ""
    return f' {name}="{escape(_CONTROLS.sub("�", value))}"'
