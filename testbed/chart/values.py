"""The table of the chart's values, from the comments in values.yaml.

A key with a comment above it is a value; one without is a section, whose keys are values.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

BEGIN, END = "<!-- values -->\n", "<!-- end of values -->\n"
"""Between these two lines of the chart's README.md is the table."""
_HEAD = "| value | default | meaning |\n|---|---|---|\n"


class UndescribedError(ValueError):
    """A value has no comment, or more than a sentence."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value that a user may set."""

    path: str
    default: Any
    meaning: str

    @property
    def row(self) -> str:
        """Its row in the table."""
        return f"| `{self.path}` | `{json.dumps(self.default)}` | {self.meaning} |\n"


def read_values(text: str) -> list[Value]:
    """The values of a values.yaml in order.

    Raises:
        UndescribedError: with the path of the first value that lacks its sentence.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return list(_values(root, text.splitlines(), ())) if root else []


def with_table(readme: str, values: list[Value]) -> str:
    """A README.md with the present table instead of the one that it has."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "".join([before, BEGIN, _HEAD, *(value.row for value in values), END, after])


def _values(section: yaml.Node, lines: list[str], path: tuple[str, ...]) -> Iterator[Value]:
    for key, content in section.value:
        here = (*path, key.value)
        meaning = _comment_above(key.start_mark.line, lines)
        if not meaning and isinstance(content, yaml.MappingNode) and content.value:
            yield from _values(content, lines, here)
        else:
            yield _described(".".join(here), content, meaning)


def _described(path: str, content: yaml.Node, meaning: str) -> Value:
    if not meaning.endswith(".") or ". " in meaning:
        raise UndescribedError(f"{path} has no comment of one sentence")
    return Value(path, yaml.safe_load(yaml.serialize(content)), meaning)


def _comment_above(line: int, lines: list[str]) -> str:
    begin = line
    while begin and lines[begin - 1].lstrip().startswith("#"):
        begin -= 1
    return " ".join(text.strip().removeprefix("# ") for text in lines[begin:line])
