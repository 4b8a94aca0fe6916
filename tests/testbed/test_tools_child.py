"""Programs of the world end with it, however it ends."""

import fcntl
import signal
import sys
from pathlib import Path

import pytest

import testbed
from testbed.errors import NotReadyError, ProgramEndedError
from testbed.tools.child import Child, Command
from testbed.tools.ports import free_ports
from testbed.tools.waiting import until

ROOT = Path(testbed.__file__).parent.parent
SECONDS = 10.0
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
"""
LOCKING = """
import fcntl, sys, time
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("locked", flush=True)
time.sleep(60)
"""
PARENT = """
import sys, time
from pathlib import Path
from testbed.tools.child import Child, Command
output = Path(sys.argv[3])
arguments = [sys.executable, "-c", sys.argv[1], sys.argv[2]]
Child(Command("locking", arguments, output, scratch=output.parent))
time.sleep(60)
"""


def python(code: str, folder: Path) -> Command:
    return Command("the program", [sys.executable, "-c", code], folder / "program.out")


def is_locked(path: Path) -> bool:
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


async def never() -> bool:
    return False


async def test_a_program_that_ends_on_request_is_not_killed(tmp_path: Path) -> None:
    child = Child(Command("sleep", ["sleep", "60"], tmp_path / "sleep.out"))

    await child.stop(grace=SECONDS)

    assert child.exit_code == -signal.SIGTERM


async def test_a_program_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    command = python(STUBBORN, tmp_path)
    child = Child(command)

    async def is_deaf() -> bool:
        return "deaf" in child.tail()

    await child.ready(is_deaf, within=SECONDS)
    await child.stop(grace=0.1)

    assert child.exit_code == -signal.SIGKILL


async def test_stopping_twice_does_nothing(tmp_path: Path) -> None:
    child = Child(Command("sleep", ["sleep", "60"], tmp_path / "sleep.out"))

    await child.stop(grace=SECONDS)
    await child.stop(grace=SECONDS)

    assert child.exit_code == -signal.SIGTERM


async def test_an_early_end_is_reported_with_the_last_lines(tmp_path: Path) -> None:
    child = Child(python("raise SystemExit('no such flag')", tmp_path))

    with pytest.raises(ProgramEndedError, match="the program ended with code 1:\nno such flag"):
        await child.ready(never, within=SECONDS)
    child.kill()


async def test_a_program_that_never_becomes_ready_is_reported(tmp_path: Path) -> None:
    child = Child(Command("sleep", ["sleep", "60"], tmp_path / "sleep.out"))

    with pytest.raises(NotReadyError, match="sleep is not ready"):
        await child.ready(never, within=0.1)
    child.kill()


async def test_a_program_does_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    lock, output = tmp_path / "lock", tmp_path / "scratch" / "program.out"
    output.parent.mkdir()
    arguments: list[str | Path] = [sys.executable, "-c", PARENT, LOCKING, lock, output]
    parent = Child(Command("the parent", arguments, tmp_path / "parent.out", directory=ROOT))

    async def is_running() -> bool:
        return output.exists() and "locked" in output.read_text()

    await parent.ready(is_running, within=SECONDS)
    held_before = is_locked(lock)
    parent.kill()

    async def nothing_is_left() -> bool:
        return not is_locked(lock) and not output.parent.exists()

    assert held_before
    await until(nothing_is_left, within=SECONDS)


def test_free_ports_are_distinct_and_below_the_ephemeral_range() -> None:
    ports = free_ports(20)

    assert len(set(ports)) == 20
    assert all(20_000 <= port < 30_000 for port in ports)
