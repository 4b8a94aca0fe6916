"""A page that is followed as its reader would: files are written, commands run, output compared."""

import asyncio
import re
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

CONSOLE = "console"
"""The language of blocks with commands, each after a dollar sign, and what they print."""
COMMAND_SECONDS = 90.0
"""Longer than `kubectl wait` waits by itself."""

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
_FILE_NAME = re.compile(r"\b[\w-]+\.(?:yaml|gotmpl)\b")
_AGE = re.compile(r"\d+[smhd]")
_END = "@@ended"


@dataclass(frozen=True, slots=True)
class WriteFile:
    """The reader saves a block under the name in its first line."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class RunCommand:
    """The reader runs a command; `shown` is what the page says comes of it."""

    command: str
    shown: tuple[str, ...]


def steps_of(page: str) -> Iterator[WriteFile | RunCommand]:
    """What a page asks its reader to do, in its order."""
    for language, body in _BLOCK.findall(page):
        if language == CONSOLE:
            yield from _commands(body.splitlines())
        else:
            name = _FILE_NAME.search(body.splitlines()[0])
            assert name is not None, f"no file name in the first line of:\n{body}"
            yield WriteFile(name[0], body)


def _commands(lines: list[str]) -> Iterator[RunCommand]:
    for entry in re.split(r"^\$ ", "\n".join(lines), flags=re.MULTILINE)[1:]:
        rest = entry.splitlines()
        command = [rest.pop(0)]
        while command[-1].endswith(("\\", "|")):
            command.append(rest.pop(0))
        yield RunCommand("\n".join(command), tuple(rest))


def is_as_shown(printed: str, shown: tuple[str, ...]) -> bool:
    """Whether output is what a page shows.

    Blanks do not count, "..." stands for anything, and an age for any age.
    """
    lines = [line for line in printed.splitlines() if line.strip()]
    return len(lines) == len(shown) and all(
        re.fullmatch(_pattern(wanted), "".join(line.split()))
        for line, wanted in zip(lines, shown, strict=True)
    )


def _pattern(line: str) -> str:
    words = (
        _AGE.pattern if _AGE.fullmatch(word) else re.escape(word).replace(re.escape("..."), ".*")
        for word in line.split()
    )
    return "".join(words)


class Shell:
    """One shell that runs a page's commands one after the other; made by `open_shell`."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def run(self, command: str) -> tuple[int, str]:
        """Run a command; its exit code, and what it printed on both outputs."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\nprintf '\\n{_END} %d\\n' $?\n".encode())
        printed: list[str] = []
        async with asyncio.timeout(COMMAND_SECONDS):
            while line := (await self._process.stdout.readline()).decode():
                if line.startswith(_END):
                    return int(line.removeprefix(_END)), "".join(printed)
                printed.append(line)
        raise AssertionError(f"the shell ended at: {command}")


@asynccontextmanager
async def open_shell(folder: Path, environment: Mapping[str, str]) -> AsyncIterator[Shell]:
    """A shell in a folder, during a block."""
    process = await asyncio.create_subprocess_exec(
        "bash", cwd=folder, env=environment, stdin=PIPE, stdout=PIPE, stderr=STDOUT
    )
    try:
        yield Shell(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
