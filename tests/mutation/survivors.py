"""Mutants that no test noticed: which there are, and which of them are explained."""

import io
import json
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import chdir, suppress
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.diff_apply import find_mutant, get_diff_for_mutant

ACCEPTED = Path(__file__).with_name("accepted.toml")
MUTMUT = (str(Path(sys.executable).with_name("mutmut")),)

KILLED = frozenset({1, 3, 24, -24, 36, 152, 255})
"""mutmut's numbers of a mutant that failed a test, or that ran out of its time."""

UNTRIED = None
"""mutmut's number of a mutant whose turn had not come when the time was over."""

_SENTENCE = re.compile(r"[A-Za-z)\"'}][,:;.]? [A-Za-z({]")


@dataclass(frozen=True, slots=True)
class Survivor:
    """One mutant, and the lines that it changes."""

    name: str
    before: str
    after: str

    @property
    def place(self) -> str:
        """Its function, such as ``core.project.plan._creation``."""
        path = self.name.partition("__mutmut_")[0].removeprefix("harbor_operator.")
        return re.sub(r"\.x_|\.xǁ|ǁ", ".", path)

    @property
    def is_wording(self) -> bool:
        """Whether it only changes a sentence for people: tests look at what matters in those."""
        before, after = [*_tokens(self.before)], [*_tokens(self.after)]
        changed = [pair for pair in zip(before, after, strict=False) if pair[0] != pair[1]]
        return len(before) == len(after) and all(_is_sentence(old) for old, _ in changed)


def _tokens(line: str) -> Iterator[tuple[int, str]]:
    """The tokens of a piece of a statement, which need not be a whole one."""
    with suppress(tokenize.TokenError, IndentationError):
        for token in tokenize.generate_tokens(io.StringIO(line).readline):
            yield token.type, token.string


def _is_sentence(token: tuple[int, str]) -> bool:
    """Whether it is one, and nothing is computed in it."""
    kind, text = token
    return kind == tokenize.STRING and text[0] != "f" and _SENTENCE.search(text) is not None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Why a mutant may survive."""

    place: str
    after: str
    """A part of the changed line; empty: any."""
    reason: str

    def explains(self, survivor: Survivor) -> bool:
        """Whether it speaks of this one."""
        return survivor.place == self.place and self.after in survivor.after


def accepted() -> tuple[Acceptance, ...]:
    """The mutants that may survive, from the file beside this module."""
    rows = tomllib.loads(ACCEPTED.read_text())["mutant"]
    return tuple(Acceptance(row["place"], row.get("after", ""), row["reason"]) for row in rows)


def verdicts(folder: Path) -> Mapping[str, int | None]:
    """What mutmut says of each mutant, by its name."""
    return {
        name: code
        for path in sorted(folder.rglob("*.py.meta"))
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items()
    }


def described(folder: Path, names: Iterable[str]) -> list[Survivor]:
    """The mutants of these names, with what they change."""
    with chdir(folder):  # mutmut looks for its files where it runs
        return [_described(name) for name in names]


def _described(name: str) -> Survivor:
    diff = get_diff_for_mutant(name, path=find_mutant(name).path)
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    return Survivor(name, _side(lines, "-"), _side(lines, "+"))


def _side(lines: list[str], sign: str) -> str:
    return "\n".join(line[1:].strip() for line in lines if line.startswith(sign))
