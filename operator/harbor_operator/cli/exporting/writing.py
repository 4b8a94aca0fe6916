"""Writes manifests as YAML that every parser reads the same way."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

from harbor_operator.cli.exporting.composing import Export, Exported
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.printing import printable

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*([-./][A-Za-z0-9]+)*")
_WORDS: Final = frozenset(
    {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}
)
"""Texts that some parser takes for something else."""


class _Dumper(yaml.SafeDumper):
    """Quotes every text that is not a plain word."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


_Dumper.add_representer(str, _text)


def document_of(exported: Exported) -> str:
    """One manifest, with what it does not say above it."""
    comments = [f"{exported.origin}: {exported.source}", *exported.notes]
    head = "".join(f"# {printable(comment)}\n" for comment in comments)
    body = yaml.dump(
        exported.body, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000
    )
    return head + str(body)


def stream_of(export: Export) -> str:
    """All manifests as one stream, which kubectl takes from standard input."""
    return "".join(f"---\n{document_of(exported)}" for exported in export.objects)


def write_files(export: Export, folder: Path) -> int:
    """Write a file for each object; how many there are.

    Raises:
        CommandError: One cannot be written.
    """
    for place, exported in _placed(export):
        path = folder / place
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(document_of(exported), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}", ExitCode.NOT_SO) from None
    return len(export.objects)


def _placed(export: Export) -> Iterator[tuple[str, Exported]]:
    """The path of each object: its namespace, and its kind and name."""
    for exported in export.objects:
        metadata = exported.body["metadata"]
        kind = exported.body["kind"].removeprefix("Harbor").lower()
        yield f"{metadata['namespace']}/{kind}-{metadata['name']}.yaml", exported
