"""A program with a folder of its own, which is there as long as it runs."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from testbed.tools.child import Child, Command
from testbed.tools.waiting import Probe


class Housed:
    """Starts and stops one program; nothing in it belongs to an event loop."""

    def __init__(self, *, prefix: str, grace: float) -> None:
        """Describe how it is kept.

        Args:
            prefix: What its folder's name begins with.
            grace: Seconds that it has to end by itself.
        """
        self._prefix = prefix
        self._grace = grace
        self._folder: Path | None = None
        self._child: Child | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped since."""
        return self._child is not None

    @property
    def output(self) -> bytes:
        """What it has written to standard output so far; nothing while it does not run."""
        return self._child.output.read_bytes() if self._child else b""

    async def start(
        self, command: Callable[[Path], Command], probe: Probe, *, within: float
    ) -> None:
        """Start it and wait until it is ready; where it does not become so, nothing is left of it.

        Args:
            command: What to run in an empty folder, which may be filled.
            probe: Whether it is ready.
            within: Seconds to wait for that.

        Raises:
            ProgramEndedError: it ended.
            NotReadyError: it did not become ready in time.
        """
        folder = self._folder = Path(tempfile.mkdtemp(prefix=f"{self._prefix}-"))
        try:
            self._child = Child(replace(command(folder), scratch=folder))
            await self._child.ready(probe, within=within)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop it and remove its folder; does nothing when it does not run."""
        if self._child:
            await self._child.stop(grace=self._grace)
            self._child = None
        if self._folder:
            shutil.rmtree(self._folder)
            self._folder = None
