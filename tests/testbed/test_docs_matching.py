"""Output is compared with what a page shows by its words."""

import pytest

from testbed.docs.matching import is_as_shown


@pytest.mark.parametrize(
    ("printed", "shown", "expected"),
    [
        ("NAME  AGE\na  12s\n\n", ("NAME AGE", "a 3m"), True),
        ("a  4h30m ago\n", ("a 3m ago",), True),
        ("a  12\n", ("a 3m",), False),
        ("a (12s)\n", ("a (3m)",), True),
        ("pod/web-12s\n", ("pod/web-3m",), False),
        ("at 2026-12-01T10:00:00Z!\n", ("at 2026-03-01T12:00:00.5Z!",), True),
        ("at noon\n", ("at 2026-03-01T12:00:00Z",), False),
        ("mark: x/payments/y\n", ("mark: .../payments/...",), True),
        ("mark: x/payments/y\n", ("mark: …/payments/…",), True),
        ("mark: x/other/y\n", ("mark: .../payments/...",), False),
        ("one\ntwo\n", ("one",), False),
        ("one\ntwo\nthree\n", ("one", "..."), True),
        ("one\ntwo\nthree\n", ("...", "three"), True),
        ("one\n", ("one", "…"), True),
        ("one\nother\n", ("one", "two"), False),
        ("a.b\n", ("a+b",), False),
        ("", ("one",), False),
        ("", (), True),
        ("one", (), False),
    ],
)
def test_output_is_compared_by_its_words(
    printed: str, shown: tuple[str, ...], *, expected: bool
) -> None:
    assert is_as_shown(printed, shown) is expected
