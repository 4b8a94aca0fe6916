"""Runs the cases: `python -m bench [CASE]`, with SIZE in the environment for smaller fleets.

Ratios are reported, not judged: the exit status is 1 only when a case could not be measured.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping

from bench import converge
from testbed.errors import WorldError

CASES: Mapping[str, Callable[[int], Awaitable[None]]] = {"converge": converge.run}
"""The cases, one file each."""
SIZE_VARIABLE = "SIZE"
_DEFAULT_SIZE = 200


async def _run(names: list[str], size: int) -> None:
    for name in names:
        await CASES[name](size)


def _size(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{SIZE_VARIABLE} must be a number from 1, not {text!r}")
    return int(text)


def main() -> None:
    """Run the named case, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("case", nargs="?", choices=sorted(CASES), help="default: all")
    parser.add_argument(
        "--size",
        type=_size,
        default=os.environ.get(SIZE_VARIABLE, str(_DEFAULT_SIZE)),
        help=f"objects of each kind; default: ${SIZE_VARIABLE}, or {_DEFAULT_SIZE}",
    )
    arguments = parser.parse_args()
    names = [arguments.case] if arguments.case else sorted(CASES)
    failed: list[str] = []
    try:
        asyncio.run(_run(names, arguments.size))
    except* WorldError as failures:
        failed = [str(failure) for failure in failures.exceptions]
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
