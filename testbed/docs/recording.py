"""Draws what a run of the demo prints: `... | python -m testbed.docs.recording FILE`.

The lines appear one after the other, as they did, with long waits cut short; where nothing moves,
all of them are there from the start.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

LONGEST_WAIT: Final = 1.5
"""Seconds to which a longer wait between two lines is cut."""
COLUMNS: Final = 104
"""Columns of the drawn terminal; longer lines are cut."""

_TIMED: Final = re.compile(r"^ *(?P<seconds>\d+\.\d) s  (?P<ok>ok  )?(?P<text>.*)$")
_UNSEEN: Final = re.compile(r"^\s*(building|built|waiting for another build)\b|: -$|pulls so far$")
"""What is left out: builds of the first run, objects that nobody has looked at yet, counting."""
_OF_THIS_MACHINE: Final = re.compile(r"; its log is \S+$")
_LAST: Final = "All objects"
"""From here on it is a table of what was shown before."""

_CHARACTER, _LINE = 7.9, 20
_LEFT, _TOP = 20, 52
_STYLE: Final = """
text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
       font-size: 13px; fill: #d8dee9; white-space: pre }
.time { fill: #8a97a8 }
.ok { fill: #8fd19e }
.head { font-weight: 700; fill: #ffffff }
.frame { fill: #1b222c }
.dot { fill: #4b5665 }
.line { animation: appear 10ms linear backwards }
@keyframes appear { from { opacity: 0 } to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { .line { animation: none } }
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the recording.

    Attributes:
        text: What it says.
        at: When it appears, in seconds since the beginning.
        time: The time that the demo printed before it; empty for a heading.
        proven: Whether it tells of something that was shown to be so.
    """

    text: str
    at: float
    time: str = ""
    proven: bool = False


def recorded(printed: Iterable[str]) -> tuple[Line, ...]:
    """What is to be drawn of what the demo printed.

    Raises:
        ValueError: The demo did not end well.
    """
    lines: list[Line] = []
    last, at, done, tabled = 0.0, 0.0, False, False
    for text in (line.rstrip("\n") for line in printed):
        found = _TIMED.match(text)
        done = done or text.endswith("  ok  All was as promised")
        tabled = (tabled or text == _LAST) and not found
        if tabled or not text or _UNSEEN.search(text):
            continue
        if found is None:
            lines.append(Line(text, at))
            continue
        at += min(float(found["seconds"]) - last, LONGEST_WAIT)
        last = float(found["seconds"])
        said = _OF_THIS_MACHINE.sub("", found["text"])
        lines.append(Line(said, round(at, 2), f"{found['seconds']:>6} s", bool(found["ok"])))
    if not done:
        raise ValueError("the demo did not end with what it promises")
    return tuple(lines)


def drawing(lines: Sequence[Line]) -> str:
    """The picture as SVG."""
    width = round(2 * _LEFT + COLUMNS * _CHARACTER)
    height = _TOP + len(lines) * _LINE + _LEFT
    dots = "".join(f'<circle class="dot" cx="{x}" cy="20" r="6"/>' for x in (26, 46, 66))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n'
        f"<title>A run of make demo</title>\n<style>{_STYLE}</style>\n"
        f'<rect class="frame" width="{width}" height="{height}" rx="10"/>{dots}\n'
        f"{''.join(_drawn(lines))}</svg>\n"
    )


def _drawn(lines: Sequence[Line]) -> Iterator[str]:
    for number, line in enumerate(lines):
        room = COLUMNS - len(line.time) - 2 * bool(line.time) - 4 * line.proven
        text = line.text if len(line.text) <= room else f"{line.text[: room - 1]}…"
        parts = [
            f'<tspan class="time">{line.time}  </tspan>' if line.time else "",
            '<tspan class="ok">ok  </tspan>' if line.proven else "",
            escape(text, quote=False)
            if line.time
            else f'<tspan class="head">{escape(text)}</tspan>',
        ]
        yield (
            f'<text class="line" style="animation-delay: {line.at:g}s" xml:space="preserve" '
            f'x="{_LEFT}" y="{_TOP + number * _LINE}">{"".join(parts)}</text>\n'
        )


def main() -> int:
    """Draw standard input, and pass it on to whoever watches."""
    parser = argparse.ArgumentParser(prog="python -m testbed.docs.recording", description=__doc__)
    parser.add_argument("file", type=Path, help="where to")
    options = parser.parse_args()
    try:
        lines = recorded(_passed_on(sys.stdin))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    options.file.write_text(drawing(lines), encoding="utf-8")
    return 0


def _passed_on(printed: Iterable[str]) -> Iterator[str]:
    for line in printed:
        sys.stdout.write(line)
        sys.stdout.flush()
        yield line


if __name__ == "__main__":
    sys.exit(main())
