"""How far a command has got, for those who watch."""

import io

from typing_extensions import override

from harbor_operator.cli.progress import Progress


class Terminal(io.StringIO):
    """A stream that somebody watches."""

    @override
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_the_count_and_then_nothing() -> None:
    terminal = Terminal()

    with Progress(terminal, "artifacts", 2) as progress:
        progress.step()

    assert terminal.getvalue().split("\r\x1b[K") == [
        "",
        "0 of 2 artifacts",
        "1 of 2 artifacts",
        "",
    ]


def test_a_total_may_be_unknown() -> None:
    terminal = Terminal()

    with Progress(terminal, "pages") as progress:
        progress.step()

    assert "1 pages" in terminal.getvalue()


def test_a_file_gets_nothing() -> None:
    stream = io.StringIO()

    with Progress(stream, "artifacts", 2) as progress:
        progress.step()

    assert stream.getvalue() == ""
