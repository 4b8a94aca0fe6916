"""The one shell that runs a page's commands, so that variables and folders stay."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from testbed.errors import WorldError

COMMAND_SECONDS = 150.0
"""Longer than any wait of a page: `kubectl wait` gives up after 30 s, most rollouts end in 5."""

_END = "@@ended"
_HEAD = """\
set -o pipefail
trap '_code=$?; trap - ERR; return $_code' ERR
"""
"""Ends a block at its first command that fails, but not the shell."""
_FOOT = """
_code=$?; trap - ERR; return $_code
"""


class ShellError(WorldError):
    """A command does not end, or has ended the shell."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a script."""

    code: int
    printed: str
    """On both outputs, as a terminal would show them."""


class Shell:
    """A bash in a folder; made by `open_shell`."""

    def __init__(self, process: Process, scratch: Path) -> None:
        self._process = process
        self._script = scratch / "script"

    async def run(self, script: str, variables: Mapping[str, str] | None = None) -> Outcome:
        """Run commands until one fails, and wait for them.

        Args:
            script: in bash.
            variables: exported before it, and kept.

        Raises:
            ShellError: they do not end in time, or have ended the shell.
        """
        self._script.write_text(_HEAD + script + _FOOT, encoding="utf-8")
        stdin = self._process.stdin
        if stdin is None:
            raise ShellError("the shell has no input")
        for name, value in (variables or {}).items():
            stdin.write(f"export {name}='{value}'\n".encode())
        # Commands that read their input must not read what is run next.
        ending = f"printf '\\n{_END} %d\\n' $?"
        stdin.write(f"source '{self._script}' </dev/null; {ending}\n".encode())
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                return await self._outcome(script)
        except TimeoutError:
            raise ShellError(f"does not end within {COMMAND_SECONDS:.0f} s: {script}") from None

    async def _outcome(self, script: str) -> Outcome:
        stdout = self._process.stdout
        printed: list[str] = []
        while stdout is not None and (line := (await stdout.readline()).decode(errors="replace")):
            if line.startswith(_END):
                # The end is announced on a line of its own, after a line end of ours.
                return Outcome(int(line.removeprefix(_END)), "".join(printed)[:-1])
            printed.append(line)
        raise ShellError(f"the shell was ended by: {script}")


@contextlib.asynccontextmanager
async def open_shell(
    folder: Path, scratch: Path, environment: Mapping[str, str]
) -> AsyncIterator[Shell]:
    """A shell during a block; what it has started in the background ends with it.

    Args:
        folder: where it begins.
        scratch: where the commands are put, outside of the folder.
        environment: all of it.
    """
    process = await asyncio.create_subprocess_exec(
        "bash",
        "--noprofile",
        "--norc",
        cwd=folder,
        env=environment,
        stdin=PIPE,
        stdout=PIPE,
        stderr=STDOUT,
        start_new_session=True,
    )
    try:
        yield Shell(process, scratch)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
