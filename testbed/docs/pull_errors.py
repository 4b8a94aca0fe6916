"""The page that leads from the text of an error to its cause, its command and its cure.

The texts are in pull_errors.toml; cause and cure are those of `kubectl harbor why`, which has to
understand each text as the symptom that it stands under.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harbor_operator.cli.why.sayings import SAYINGS
from harbor_operator.cli.why.spoken import LOGIN, Symptom, understand
from testbed.docs.errors import UntoldError
from testbed.docs.markdown import code, escaped, paragraph, table

_INTRODUCTION: Final = """\
# From an error to its cure

Find the words that you see. Programs wrap them in more: look for the part in this table. `HOST`,
`PROJECT` and `NAME` stand for yours.

`kubectl harbor why deploy/NAME` finds the cause of a pod's failed pull
[by itself](../kubectl-harbor.md#why-a-pull-fails), and looks at the login behind a refusal as well.
For what docker, helm or crane say outside of the cluster, read on here.

"""
_IMAGE: Final = "HOST/PROJECT/NAME"
_BEHIND: Final = (
    "`kubectl harbor why deploy/NAME` looks behind the refusal: it names the pull secret, the "
    "robot account or the missing entry that explains it, where one does."
)

_FILE: Final = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class Text:
    """One text of an error."""

    text: str
    by: str
    """Which programs say it."""
    symptom: Symptom


def texts() -> tuple[Text, ...]:
    """All texts, those of one symptom together."""
    stated = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(
        Text(row["text"], row["by"], Symptom(name)) for name, rows in stated.items() for row in rows
    )


def pull_errors_page() -> str:
    """The page's text.

    Raises:
        UntoldError: A symptom has no text, or the plugin would not read a text as the page does.
    """
    listed = texts()
    symptoms = tuple(dict.fromkeys(text.symptom for text in listed))
    if missing := [symptom.value for symptom in Symptom if symptom not in symptoms]:
        raise UntoldError(f"{_FILE.name}: no text for {', '.join(missing)}")
    body = table(("text", "said by", "cause"), map(_row, listed))
    sections = "".join(map(_section, symptoms))
    return f"{_INTRODUCTION}## Texts\n\n{body}{sections}".rstrip() + "\n"


def _row(text: Text) -> tuple[str, str, str]:
    spoken = understand([text.text], _IMAGE)
    if spoken is None or spoken.symptom is not text.symptom:
        found = spoken.symptom if spoken else "nothing"
        raise UntoldError(f"{_FILE.name}: {text.text!r} is {found} to why, not {text.symptom}")
    return code(text.text), text.by, f"[{text.symptom}](#{text.symptom.lower()})"


def _section(symptom: Symptom) -> str:
    # What the message says stands in the table above.
    said = (text.replace(": {words}", "") for text in SAYINGS[symptom])
    paragraphs = [escaped(text.format(host="HOST", words="")) for text in said]
    if symptom in LOGIN:
        paragraphs.append(_BEHIND)
    return f"## {symptom}\n\n" + "".join(map(paragraph, paragraphs))
