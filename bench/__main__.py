"""Runs the cases: `python -m bench [CASE]`, with SIZE in the environment for another size.

Ratios are reported, not judged: the exit status is 1 only when a case could not be measured.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from bench import cli, converge, fanout, new_namespace, project_drift, restart, rollout, rotate
from testbed.errors import WorldError


@dataclass(frozen=True, slots=True)
class Case:
    """Something to measure."""

    run: Callable[[int], Awaitable[None]]
    size: int
    """How many objects of each kind, or namespaces, it has by default."""


CASES: Mapping[str, Case] = {
    "cli": Case(cli.run, 5000),
    "converge": Case(converge.run, 200),
    "fanout": Case(fanout.run, 5000),
    "new-namespace": Case(new_namespace.run, 1000),
    "project-drift": Case(project_drift.run, 1000),
    "restart": Case(restart.run, 10_000),
    "rollout": Case(rollout.run, 5000),
    "rotate": Case(rotate.run, 1000),
}
"""The cases, one file each."""
SIZE_VARIABLE = "SIZE"


async def _run(names: list[str], size: int | None) -> None:
    for name in names:
        case = CASES[name]
        await case.run(size or case.size)


def _size(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{SIZE_VARIABLE} must be a number from 1, not {text!r}")
    return int(text)


def _messages(failures: ExceptionGroup[WorldError]) -> Iterator[str]:
    for failure in failures.exceptions:
        if isinstance(failure, ExceptionGroup):
            yield from _messages(failure)
        else:
            yield str(failure)


def main() -> None:
    """Run the named case, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("case", nargs="?", choices=sorted(CASES), help="default: all")
    sizes = ", ".join(f"{case.size} for {name}" for name, case in CASES.items())
    parser.add_argument(
        "--size",
        type=_size,
        default=os.environ.get(SIZE_VARIABLE),
        help=f"objects of each kind, or namespaces; default: ${SIZE_VARIABLE}, or {sizes}",
    )
    arguments = parser.parse_args()
    names = [arguments.case] if arguments.case else sorted(CASES)
    failed: list[str] = []
    try:
        asyncio.run(_run(names, arguments.size))
    except* WorldError as failures:
        failed = list(_messages(failures))
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
