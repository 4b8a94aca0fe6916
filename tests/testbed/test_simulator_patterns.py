"""Cron expressions and patterns for names mean in the simulator what they mean in Harbor."""

from datetime import UTC, datetime

import pytest

from testbed.harbor.cron import CronError, parse_cron, validate_cron
from testbed.harbor.doublestar import PatternError, matches, validate_pattern

WEDNESDAY = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("0 0 3 * * *", datetime(2026, 11, 26, 3, tzinfo=UTC), id="daily"),
        pytest.param("0 */20 * * * *", datetime(2026, 11, 25, 12, 40, tzinfo=UTC), id="step"),
        pytest.param("0 0 9-17 * * MON-FRI", datetime(2026, 11, 25, 13, tzinfo=UTC), id="names"),
        pytest.param("0 0 0 1 * 0", datetime(2026, 11, 29, tzinfo=UTC), id="day or weekday"),
        pytest.param("0 0 0 29 2 ?", datetime(2028, 2, 29, tzinfo=UTC), id="leap day"),
        pytest.param("0 5,45 12 * * *", datetime(2026, 11, 25, 12, 45, tzinfo=UTC), id="list"),
        pytest.param("0 0 0 30 2 *", None, id="never"),
    ],
)
def test_an_expression_is_next_due(expression: str, expected: datetime | None) -> None:
    assert parse_cron(expression).next_after(WEDNESDAY) == expected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        pytest.param("", "empty cron string is invalid", id="empty"),
        pytest.param("0 0 x * * *", "failed to parse int from x", id="no number"),
        pytest.param("0 0 0 0 * *", r"beginning of range \(0\) below minimum \(1\): 0", id="below"),
        pytest.param("0 60 * * * *", r"end of range \(60\) above maximum \(59\): 60", id="above"),
        pytest.param("0 9-5 * * * *", "beyond end of range", id="backwards"),
        pytest.param("0 */0 * * * *", "should be a positive number", id="no step"),
        pytest.param("0 1/2/3 * * * *", "too many slashes", id="slashes"),
        pytest.param("0 1-2-3 * * * *", "too many hyphens", id="hyphens"),
        pytest.param("5 0 * * * *", "must be 0", id="seconds"),
    ],
)
def test_a_wrong_expression_is_explained(expression: str, message: str) -> None:
    with pytest.raises(CronError, match=message):
        validate_cron(expression)


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        pytest.param("**", "a/b", True, id="everything"),
        pytest.param("*", "a/b", False, id="one element only"),
        pytest.param("v*", "v1.0", True, id="prefix"),
        pytest.param("a/**", "a/b/c", True, id="below a folder"),
        pytest.param("**/c", "c", True, id="no folder"),
        pytest.param("**/c", "a/b/c", True, id="any folder"),
        pytest.param("{a/**,b}", "a/x/y", True, id="alternative with folders"),
        pytest.param("{a,b}-{1,2}", "b-2", True, id="alternatives"),
        pytest.param("a,b", "a,b", True, id="comma"),
        pytest.param("v[0-9]?", "v1a", True, id="class"),
        pytest.param("[^a]", "a", False, id="negated class"),
        pytest.param(r"\*", "*", True, id="escaped"),
        pytest.param("1.0", "1x0", False, id="dot"),
        pytest.param("", "x", True, id="empty"),
        pytest.param("[a", "a", False, id="malformed"),
    ],
)
def test_a_pattern_picks_names(pattern: str, name: str, *, expected: bool) -> None:
    assert matches(pattern, name) is expected


@pytest.mark.parametrize("pattern", ["[a", "{a", "a}", "a\\", "[b-a]"])
def test_a_malformed_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        validate_pattern(pattern)
