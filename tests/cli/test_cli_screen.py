"""How a report looks."""

import io
import json
import re
from dataclasses import asdict
from datetime import timedelta
from typing import Final

import pytest
import yaml
from typing_extensions import override

from harbor_operator.cli.kinds import CONNECTION, ROBOT
from harbor_operator.cli.printing import Paper, dump, paper_of, span
from harbor_operator.cli.status.report import Report, look_at, report_on
from harbor_operator.cli.status.screen import draw
from tests.support.plugin import NOW, an_object, condition_of, stamp

DAY = timedelta(days=1)
UNREADY: Final = condition_of(
    "Ready", "False", "WaitingForProject", "Project web is\nnot \x1b[31mthere."
)


def a_report(robots: int = 1) -> Report:
    """One connection and robots that wait and expire."""
    times = {"expiresAt": stamp(3 * DAY), "nextRotationAt": stamp(2 * DAY)}
    looks = {
        CONNECTION: [look_at(CONNECTION, an_object(CONNECTION, "default", harborVersion="2.14"))],
        ROBOT: [
            look_at(ROBOT, an_object(ROBOT, f"ci-{n:02}", UNREADY, **times)) for n in range(robots)
        ],
    }
    return report_on(looks, ["something is left out"], NOW)


def test_a_screen_shows_each_part_once() -> None:
    assert (
        draw(a_report(), NOW, Paper())
        == """\
CONNECTION   READY   VERSION   REASON
default      True    2.14      Succeeded

Needs attention:
OBJECT        NAMESPACE   REASON              SINCE   MESSAGE
robot/ci-00   payments    WaitingForProject   60m     Project web is not  [31mthere.

Next rotations:
ROBOT   NAMESPACE   ROTATION   EXPIRES
ci-00   payments    in 2d      in 3d

note: something is left out

Ready: 1/1 connections, 0/1 robots; 1 not ready, 0 suspended
"""
    )


def test_a_screen_stays_one_whatever_happens() -> None:
    lines = draw(a_report(5000), NOW, Paper(width=80)).splitlines()

    assert len(lines) < 45
    assert max(map(len, lines)) == 80
    assert "and 4980 more, which -o json shows" in lines
    assert lines[-1] == "Ready: 1/1 connections, 0/5000 robots; 5000 not ready, 0 suspended"


def test_colours_change_nothing_but_the_colour() -> None:
    plain, coloured = (draw(a_report(), NOW, Paper(coloured=c)) for c in (False, True))

    assert coloured != plain
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    @override
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "coloured"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    stream: io.StringIO,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    coloured: bool,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert paper_of(stream).coloured is coloured


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0s"), (59, "59s"), (119, "119s"), (120, "2m"), (7199, "119m"), (172800, "2d")],
)
def test_lengths_of_time_are_short(seconds: int, shown: str) -> None:
    assert span(timedelta(seconds=seconds)) == shown


def test_json_and_yaml_say_the_same_and_all_of_it() -> None:
    report = asdict(a_report(50))

    as_json = json.loads(dump(report, "json"))
    # Unlike JSON, YAML would read timestamps as such if they were not quoted.
    assert yaml.safe_load(dump(report, "yaml")) == as_json
    assert len(as_json["troubles"]) == 50
    assert as_json["troubles"][0]["since"] == stamp(-timedelta(hours=1))
    assert as_json["counts"]["robot"] == {"total": 50, "ready": 0, "suspended": 0}
