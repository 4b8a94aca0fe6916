"""Programs that run as long as the world does, and not longer."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from testbed.errors import NotReadyError, ProgramEndedError
from testbed.tools import watchdog
from testbed.tools.waiting import Probe, until

_TAIL_LINES = 20
_TAIL_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Command:
    """What to run: its name for messages, its arguments, and where its output goes."""

    name: str
    arguments: Sequence[str | Path]
    output: Path
    """File that receives standard output; standard error goes beside it with suffix `.err`."""
    environment: Mapping[str, str] | None = None
    """The whole environment; `None` passes on our own."""
    directory: Path | None = None
    """Where to run; `None` for our own working directory."""
    scratch: Path | None = None
    """Folder to remove when our process dies without having stopped the program."""


class Child:
    """A started program in a process group of its own.

    Nothing here belongs to an event loop, so a child can be started in one loop and stopped in
    another. When the Python process dies without having stopped it, a watchdog kills the group.
    """

    def __init__(self, command: Command) -> None:
        self._command = command
        with command.output.open("wb") as output, self.errors.open("wb") as errors:
            self._program = subprocess.Popen(
                command.arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env=command.environment,
                cwd=command.directory,
                start_new_session=True,
            )
        self._watchdog = _watch(self._program.pid, command.scratch)

    @property
    def pid(self) -> int:
        """The program's process id, which is also the id of its process group."""
        return self._program.pid

    @property
    def output(self) -> Path:
        """The file with the program's standard output."""
        return self._command.output

    @property
    def errors(self) -> Path:
        """The file with the program's standard error."""
        return self._command.output.with_suffix(".err")

    @property
    def exit_code(self) -> int | None:
        """The program's exit code, negative for a signal; `None` while it runs."""
        return self._program.poll()

    def tail(self) -> str:
        """The last lines that the program wrote, for messages."""
        return _tail(self.errors) or _tail(self._command.output)

    def require_running(self) -> None:
        """Complain when the program has ended.

        Raises:
            ProgramEndedError: with the last lines of its output.
        """
        if self.exit_code is not None:
            raise ProgramEndedError(
                f"{self._command.name} ended with code {self.exit_code}:\n{self.tail()}"
            )

    async def ready(self, probe: Probe, *, within: float) -> None:
        """Wait until the probe answers true.

        Raises:
            ProgramEndedError: the program ended while we waited.
            NotReadyError: the probe still answers false after `within` seconds.
        """

        async def ready_or_ended() -> bool:
            self.require_running()
            return await probe()

        try:
            await until(ready_or_ended, within=within)
        except TimeoutError as late:
            raise NotReadyError(
                f"{self._command.name} is not ready after {within:.0f} s:\n{self.tail()}"
            ) from late

    async def stop(self, *, grace: float) -> None:
        """End the program: SIGTERM, then SIGKILL after `grace` seconds."""
        self._signal(signal.SIGTERM)
        try:
            with contextlib.suppress(TimeoutError):
                await until(self._has_ended, within=grace)
        finally:
            self.kill()

    def kill(self) -> None:
        """End the program at once; does nothing when it has ended."""
        self._signal(signal.SIGKILL)
        self._program.wait()
        _release(self._watchdog)

    async def _has_ended(self) -> bool:
        return self.exit_code is not None

    def _signal(self, number: signal.Signals) -> None:
        # An exit code means that the id was given back to the system and may be someone else's.
        if self.exit_code is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)


def _watch(group: int, scratch: Path | None) -> subprocess.Popen[bytes]:
    folders = [scratch] if scratch else []
    return subprocess.Popen(
        # Isolated and without site-packages: the watchdog needs a few milliseconds to start.
        [sys.executable, "-I", "-S", watchdog.__file__, str(group), *folders],
        stdin=subprocess.PIPE,
        # Ctrl-C on a terminal must not take the watchdog away before its parent.
        start_new_session=True,
    )


def _release(watching: subprocess.Popen[bytes]) -> None:
    if watching.returncode is None:
        with contextlib.suppress(BrokenPipeError):
            watching.communicate(b"released")


def _tail(path: Path) -> str:
    text = path.read_bytes()[-_TAIL_BYTES:].decode(errors="replace")
    return "\n".join(text.rstrip().splitlines()[-_TAIL_LINES:])
