"""Kills a process group when the program that started it is gone.

Runs as a script: its arguments are the process group and the folders that nobody needs after it,
its standard input is a pipe from the parent. A byte on the pipe releases the group; the end of
the pipe without a byte means that the parent died (even by SIGKILL, which no handler in the
parent could answer): the group is killed and the folders are removed.

A pipe is used rather than Linux's PR_SET_PDEATHSIG, because that signal follows the thread that
started the child (so a child of a short-lived thread dies too early), needs code between fork
and exec, and does not exist on macOS.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path

_ATTEMPTS = 10
_ATTEMPT_SECONDS = 0.1
"""A killed program may write for another moment into a folder that is being removed."""


def main() -> None:
    """Wait for the release or the death of the parent."""
    group, folders = int(sys.argv[1]), sys.argv[2:]
    if sys.stdin.buffer.read(1):
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    for folder in folders:
        _remove(Path(folder))


def _remove(folder: Path) -> None:
    for _ in range(_ATTEMPTS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(_ATTEMPT_SECONDS)


if __name__ == "__main__":
    main()
