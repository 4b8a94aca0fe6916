"""The page of annotations and labels, from the docstrings of their constants."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from harbor_operator.api import base
from testbed.docs.markdown import code, escaped, table

_INTRODUCTION: Final = """\
# Annotations and labels

The first table is for people; what the operator writes for itself is in the second one, and is to
be left alone.

"""
_PEOPLE: Final = frozenset(
    {
        "ANNOTATION_RECONCILE",
        "ANNOTATION_ROTATE",
        "ANNOTATION_REVOKE",
        "ANNOTATION_SKIP_CANARIES",
        "ANNOTATION_ABANDON",
        "ANNOTATION_CONFIRM_DELETE_CONTENTS",
        "ANNOTATION_ACCEPT_PULL_SECRETS",
        "ANNOTATION_CONFIRM_REMOVAL",
        "ANNOTATION_RESUME_ROLLOUT",
        "LABEL_CANARY",
        "LABEL_WEBHOOK_AUTH",
    }
)
"""Those that a person sets."""


def marks_page() -> str:
    """The page's text."""
    constants = dict(_constants(Path(base.__file__).read_text(encoding="utf-8")))
    own = (_row(name, constants[name]) for name in constants if name not in _PEOPLE)
    people = (_row(name, constants[name]) for name in constants if name in _PEOPLE)
    heads = ("name", "what", "meaning")
    text = [_INTRODUCTION, "## For people\n\n", table(heads, people)]
    return "".join([*text, "## The operator's own\n\n", table(heads, own)]).rstrip("\n") + "\n"


def _row(name: str, meaning: str) -> tuple[str, str, str]:
    value: str = getattr(base, name)
    return code(value), name.partition("_")[0].lower(), escaped(meaning)


def _constants(source: str) -> Iterator[tuple[str, str]]:
    """The names of annotations and labels with the docstrings below them."""
    body = ast.parse(source).body
    for statement, following in pairwise(body):
        match statement, following:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(meaning))),
            ) if name.startswith(("ANNOTATION_", "LABEL_")):
                yield name, meaning
            case _:
                pass
