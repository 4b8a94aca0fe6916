"""Case `cli`: how long `kubectl harbor status -A` takes among thousands, and how long `--help`.

Each is a program from its start to its end, as a person waits for it. Programs and floors take
turns, so that whatever else the machine does meets both.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import aiohttp

from bench import bare_lists
from bench.copies import OBJECTS, team
from bench.figures import Figure, table
from bench.parallel import DELIVERIES, each
from bench.sessions import ApiServer
from testbed.control_plane import ControlPlane
from testbed.control_plane.api import Json, open_api
from testbed.control_plane.crds import install_crds, read_crds
from testbed.endtoend.objects import path_of
from testbed.errors import WorldError
from testbed.world import CRDS

STATUS_SECONDS = 2.0
"""The goal with 5,000 objects."""
HELP_MILLISECONDS = 150.0
"""The goal for what completion and help need."""
_STATUS_TURNS, _HELP_TURNS = 7, 21
_UNREADY_OF = 100
"""One team in so many has a project that is not ready."""
_MERGE = {"Content-Type": "application/merge-patch+json"}
_LONG_AGO, _LATER, _LATEST = (f"{year}-01-01T00:00:00Z" for year in (2026, 2099, 2100))
_PLUGIN = (sys.executable, "-m", "harbor_operator.cli")
_BARE_LISTS = (sys.executable, bare_lists.__file__)
_NOTHING = (sys.executable, "-c", "pass")


class ProgramError(WorldError):
    """A program returned or printed something else than it should."""


@dataclass(frozen=True, slots=True)
class Run:
    """A program's whole life."""

    seconds: float
    cpu_seconds: float
    output: str


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, and which code it shall return."""

    words: Sequence[str]
    code: int = 0
    stdin: str = ""


async def run(size: int) -> None:
    """Measure and print.

    Args:
        size: how many objects there are; a fifth of them are projects, the others half and half.

    Raises:
        WorldError: something could not be started, or a program said something else.
    """
    teams = max(size // OBJECTS, 1)
    async with ControlPlane() as plane:
        server = ApiServer(plane.url, str(plane.ca_file), plane.token)
        async with open_api(plane.kubeconfig) as api:
            await install_crds(api, read_crds(CRDS))
        async with server.session() as session:
            await each(range(teams), lambda n: _make_team(session, n), parallel=DELIVERIES)
        words = ("--kubeconfig", str(plane.kubeconfig), "status", "-A", "-o")
        status = [
            Program((*_PLUGIN, *words, "table"), code=1),
            Program(_BARE_LISTS, stdin=json.dumps(asdict(server))),
        ]
        counted = await asyncio.to_thread(_once, Program((*_PLUGIN, *words, "json"), code=1))
        _require(counted.output, teams)
        runs, bare = await asyncio.to_thread(_by_turns, status, _STATUS_TURNS)
    if int(bare[0].output) != teams * OBJECTS:
        raise ProgramError(f"the floor has read {bare[0].output.strip()} objects")
    helps = [Program((*_PLUGIN, "--help")), Program(_NOTHING)]
    shown, nothing = await asyncio.to_thread(_by_turns, helps, _HELP_TURNS)
    print(f"cli: status -A with {teams * OBJECTS} objects, and --help; medians of whole programs\n")
    print(table([*_status_figures(runs, bare), *_help_figures(shown, nothing)]))


async def _make_team(session: aiohttp.ClientSession, number: int) -> None:
    namespace = f"team-{number:05}"
    body: Json = {"metadata": {"name": namespace}}
    async with session.post("/api/v1/namespaces", json=body):
        pass
    for manifest in team(namespace):
        path = path_of(manifest)
        async with session.post(path.rpartition("/")[0], json=manifest) as answer:
            generation = (await answer.json())["metadata"]["generation"]
        ready = manifest["kind"] != "HarborProject" or number % _UNREADY_OF != 0
        status = _status(manifest["kind"], generation, ready=ready)
        async with session.patch(f"{path}/status", json={"status": status}, headers=_MERGE):
            pass


def _status(kind: str, generation: int, *, ready: bool) -> Json:
    condition = {
        "type": "Ready",
        "status": str(ready),
        "reason": "Succeeded" if ready else "HarborUnreachable",
        "message": "All is as it should be." if ready else "Harbor did not answer.",
        "lastTransitionTime": _LONG_AGO,
        "observedGeneration": generation,
    }
    status: Json = {"observedGeneration": generation, "conditions": [condition]}
    if kind == "HarborRobot":
        status |= {"nextRotationAt": _LATER, "expiresAt": _LATEST}
    return status


def _require(output: str, teams: int) -> None:
    """Raise ProgramError unless the report counts everything that was made."""
    counts: Mapping[str, Mapping[str, int]] = json.loads(output)["counts"]
    unready = -(-teams // _UNREADY_OF)
    seen = sum(count["total"] for count in counts.values())
    ready = sum(count["ready"] for count in counts.values())
    if (seen, seen - ready) != (teams * OBJECTS, unready):
        raise ProgramError(f"status counts {ready} ready of {seen}")


def _by_turns(programs: Sequence[Program], turns: int) -> list[list[Run]]:
    """Run each once for nothing, then each as often as there are turns; the runs of each."""
    for program in programs:
        _once(program)
    rounds = [[_once(program) for program in programs] for _ in range(turns)]
    return [list(runs) for runs in zip(*rounds, strict=True)]


def _once(program: Program) -> Run:
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as taken:
        given.write(program.stdin.encode())
        given.seek(0)
        started = time.perf_counter()
        pid = os.posix_spawn(
            program.words[0],
            [*program.words],
            {"PYTHONPATH": str(Path(CRDS).parent / "operator")},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, given.fileno(), 0),
                (os.POSIX_SPAWN_DUP2, taken.fileno(), 1),
            ],
        )
        _, status, used = os.wait4(pid, 0)
        seconds = time.perf_counter() - started
        taken.seek(0)
        output = taken.read().decode()
    if (code := os.waitstatus_to_exitcode(status)) != program.code:
        raise ProgramError(f"{' '.join(program.words)} ended with code {code}")
    return Run(seconds, used.ru_utime + used.ru_stime, output)


def _status_figures(runs: Sequence[Run], bare: Sequence[Run]) -> Iterator[Figure]:
    yield Figure(
        "status -A, s",
        median(run.seconds for run in runs),
        median(run.seconds for run in bare),
        most=STATUS_SECONDS,
    )
    yield Figure(
        "its CPU time, s",
        median(run.cpu_seconds for run in runs),
        median(run.cpu_seconds for run in bare),
    )


def _help_figures(runs: Sequence[Run], bare: Sequence[Run]) -> Iterator[Figure]:
    yield Figure(
        "--help, ms",
        median(run.seconds for run in runs) * 1000,
        median(run.seconds for run in bare) * 1000,
        most=HELP_MILLISECONDS,
    )
