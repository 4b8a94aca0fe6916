"""Building the pinned programs into a cache outside the checkout.

`python -m testbed.tools.build [NAME...]` builds ahead of time what tests would build on demand.
"""

import argparse
import asyncio
import contextlib
import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from testbed.errors import BuildError, WorldError
from testbed.tools.child import Child, Command
from testbed.tools.toolchain import GoToolchain, find_go, parse_version
from testbed.tools.versions import (
    MODULE,
    GoProgram,
    all_programs,
    cosign,
    gitops_judge,
    go_directive,
    helm,
    kubectl,
    prometheus,
    promtool,
)

_PROGRESS_SECONDS = 10.0
"""Often enough to show life during builds that take minutes."""
_POLL_SECONDS = 0.2


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where built programs are kept: `HARBOR_OPERATOR_CACHE`, else the user's cache folder."""
    if own := environment.get("HARBOR_OPERATOR_CACHE"):
        return Path(own)
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "harbor-operator"


async def ensure_built(program: GoProgram, *, cache: Path | None = None) -> Path:
    """The path of the program's binary, which is built first when the cache does not have it.

    Safe to call at the same time from several tasks and processes: one builds, the others wait.

    Raises:
        BuildError: no toolchain, or the build failed; the message ends with what Go said.
    """
    folder = (cache or cache_folder()) / program.key
    binary = folder / program.name
    if not binary.exists():
        folder.mkdir(parents=True, exist_ok=True)
        async with _locked(folder / "lock", program):
            if not binary.exists():
                await _build(program, binary)
    return binary


async def find_kubectl() -> Path:
    """The user's own kubectl, else the pinned one."""
    found = shutil.which("kubectl")
    return Path(found) if found else await ensure_built(kubectl())


async def find_helm() -> Path:
    """The pinned Helm: others word their refusals differently."""
    return await ensure_built(helm())


async def find_cosign() -> Path:
    """The pinned cosign: its flags and formats change with its releases."""
    return await ensure_built(cosign())


async def find_judge() -> Path:
    """Our own program that says what GitOps tools make of objects."""
    return await ensure_built(gitops_judge())


async def find_promtool() -> Path:
    """The pinned tool of Prometheus."""
    return await ensure_built(promtool())


async def find_prometheus() -> Path:
    """The pinned Prometheus."""
    return await ensure_built(prometheus())


@contextlib.asynccontextmanager
async def _locked(path: Path, program: GoProgram) -> AsyncIterator[None]:
    with path.open("w") as lock:
        waiting = False
        while not _try_lock(lock.fileno()):
            if not waiting:
                _report(f"waiting for another build of {program.name}")
            waiting = True
            await asyncio.sleep(_POLL_SECONDS)
        yield  # closing the file unlocks it, and so does the end of the process


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _build(program: GoProgram, binary: Path) -> None:
    go = find_go(parse_version(go_directive(program.module or MODULE)))
    # In the cache's own file system, so that the finished program appears by one rename.
    with tempfile.TemporaryDirectory(dir=binary.parent) as scratch:
        output = Path(scratch) / "bin"
        output.mkdir()
        compiler = Child(
            Command(
                name=f"the build of {program.name}",
                arguments=_go_arguments(go, program, output),
                output=Path(scratch) / "go.out",
                environment=go.environment() | {"GOBIN": str(output)},
                directory=program.module or Path(scratch),
                scratch=Path(scratch),
            )
        )
        try:
            await _finish(compiler, f"{program.name} {program.version}")
        finally:
            compiler.kill()
        (output / program.name).replace(binary)


def _go_arguments(go: GoToolchain, program: GoProgram, output: Path) -> list[str | Path]:
    if program.module:
        target = ["-o", str(output / program.name), program.package]
        return [go.executable, "build", *program.build_arguments, *target]
    return [
        go.executable,
        "install",
        *program.build_arguments,
        f"{program.package}@{program.version}",
    ]


async def _finish(compiler: Child, title: str) -> None:
    started = time.monotonic()
    reported = 0.0
    _report(f"building {title} (once; later runs take it from the cache)")
    while (code := compiler.exit_code) is None:
        elapsed = time.monotonic() - started
        if elapsed - reported >= _PROGRESS_SECONDS:
            reported = elapsed
            _report(f"building {title}: {elapsed:.0f} s")
        await asyncio.sleep(_POLL_SECONDS)
    if code != 0:
        raise BuildError(f"go could not build {title}:\n{compiler.tail()}")
    _report(f"built {title} in {time.monotonic() - started:.0f} s")


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def _build_named(names: list[str]) -> None:
    for program in all_programs():
        if not names or program.name in names:
            print(await ensure_built(program))


def main() -> None:
    """Build the named programs, or all of them, and print where they are."""
    parser = argparse.ArgumentParser(description="Build the Go programs of the world.")
    known = [program.name for program in all_programs()]
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    names: list[str] = parser.parse_args().names
    if unknown := set(names) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    try:
        asyncio.run(_build_named(names))
    except WorldError as failure:
        sys.exit(str(failure))


if __name__ == "__main__":
    main()
