"""Competitors as programs of their own, so that their CPU time and memory are theirs alone."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from testbed.errors import WorldError

_ROOT = Path(__file__).parent.parent
_SECONDS = 300.0
"""A hundred times what a bare program takes for the default size."""


class FloorError(WorldError):
    """A bare program did not get to its end; what it said is on standard error."""


async def answer_of(module: str, task: Mapping[str, Any]) -> dict[str, Any]:
    """Run a module that reads its task from standard input and writes its answer to its output.

    Args:
        module: its full name.
        task: one JSON object, as the answer is one.

    Raises:
        FloorError: it ended with an error, or did not end.
    """
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=_ROOT,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            answer, _ = await program.communicate(json.dumps(task).encode())
    except TimeoutError:
        raise FloorError(f"{module} did not end in {_SECONDS:.0f} s") from None
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()
    if program.returncode != 0:
        raise FloorError(f"{module} ended with code {program.returncode}")
    read: dict[str, Any] = json.loads(answer)
    return read
