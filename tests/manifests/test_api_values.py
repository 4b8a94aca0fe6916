from datetime import UTC, datetime, timedelta, timezone

import pytest

from harbor_operator.api.values import format_time, parse_duration, parse_quantity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10m", timedelta(minutes=10)),
        ("720h", timedelta(days=30)),
        ("1h30m", timedelta(minutes=90)),
        ("1h1m1s", timedelta(seconds=3661)),
        ("90s", timedelta(seconds=90)),
        ("0s", timedelta(0)),
    ],
)
def test_a_duration_is_read(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["", "1", "1d", "1.5h", "-1h", "1m1h", "1H", " 1h", "1h\n"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (1, 1),
        ("1", 1),
        ("2k", 2_000),
        ("2Ki", 2_048),
        ("3M", 3_000_000),
        ("3Mi", 3 * 1024**2),
        ("4G", 4_000_000_000),
        ("50Gi", 50 * 1024**3),
        ("1T", 10**12),
        ("1024Ti", 1024**5),
        ("Unlimited", -1),
    ],
)
def test_a_quantity_is_read_as_bytes(quantity: int | str, expected: int) -> None:
    assert parse_quantity(quantity) == expected


@pytest.mark.parametrize("quantity", ["", "1.5Gi", "1Pi", "-1", "1e3", "100m", "1 Gi", "unlimited"])
def test_anything_else_is_no_quantity(quantity: str) -> None:
    with pytest.raises(ValueError, match="is not a quantity"):
        parse_quantity(quantity)


@pytest.mark.parametrize("quantity", [0, "0Gi", "1025Ti"])
def test_a_quota_is_positive_and_at_most_what_harbor_takes(quantity: int | str) -> None:
    with pytest.raises(ValueError, match="is not between"):
        parse_quantity(quantity)


def test_an_instant_is_written_in_utc_with_whole_seconds() -> None:
    instant = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=timezone(timedelta(hours=2)))

    assert format_time(instant) == "2026-01-02T01:04:05Z"
    assert format_time(instant.astimezone(UTC)) == "2026-01-02T01:04:05Z"
