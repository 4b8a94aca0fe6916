"""Asks of each small change to the core whether a test would notice: ``make mutate``.

``python -m tests.mutation [part ...]``, where a part is a path below the package such as
``core/project``. It ends with 1 when more than `LIMIT` of the mutants survive, or one does for a
reason that nobody has written down.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tests.mutation import survivors, workspace
from tests.mutation.survivors import KILLED, UNTRIED, Acceptance, Survivor

LIMIT = 0.05
"""So many mutants may survive."""

SECONDS = int(os.environ.get("MUTATION_SECONDS", "3600"))
"""How long the trials may take; what was not tried by then is told and counts as surviving."""

CHILDREN = os.environ.get("MUTATION_CHILDREN", str(os.cpu_count() or 1))
"""How many mutants are tried at the same time."""

SECONDS_TO_STOP = 120
"""How long mutmut may take to end the trials that it has begun."""

LOG_SHOWN = 3000
"""Characters of mutmut's log that tell why it failed."""


def main(parts: list[str]) -> int:
    """Try all mutants of some parts, and print what came of them."""
    folder = workspace.FOLDER
    workspace.make(folder, parts)
    begun = time.monotonic()
    _mutmut(folder)
    found = survivors.verdicts(folder)
    untried = [name for name, code in found.items() if code is UNTRIED]
    doubtful = [name for name, code in found.items() if code not in KILLED | {UNTRIED}]
    left = _explained(folder, survivors.described(folder, doubtful))
    share = (len(left) + len(untried)) / max(len(found), 1)
    unexplained = [survivor for survivor, reason in left if reason is None]
    _print(left)
    print(
        f"{len(found)} mutants, {len(left)} survived and {len(untried)} were not tried"
        f" ({share:.1%}, {LIMIT:.0%} may), {len(unexplained)} of them without a reason;"
        f" {time.monotonic() - begun:.0f} s"
    )
    return 0 if share <= LIMIT and not unexplained else 1


def _mutmut(folder: Path) -> None:
    """Make the mutants and try them, as long as there is time."""
    command = [*survivors.MUTMUT, "run", "--max-children", CHILDREN]
    # A shell's background job ignores interrupts, and what it starts would do so too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with (folder / "mutmut.log").open("w") as log:
        running = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            failed = running.wait(SECONDS) != 0
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGINT)
            failed = running.wait(SECONDS_TO_STOP) != 0
    if failed:
        raise SystemExit((folder / "mutmut.log").read_text()[-LOG_SHOWN:])


def _explained(folder: Path, doubtful: Iterable[Survivor]) -> list[tuple[Survivor, str | None]]:
    """The mutants that survive, and why they may."""
    acceptances = survivors.accepted()
    reasons = ((survivor, _reason(survivor, acceptances)) for survivor in doubtful)
    return [
        (survivor, reason)
        for survivor, reason in reasons
        if reason is not None or _survives_afresh(folder, survivor.name)
    ]


def _survives_afresh(folder: Path, name: str) -> bool:
    """Whether a mutant survives in a process of its own, in which it is there from the start.

    mutmut switches a mutant on when all modules are loaded, too late for what runs before.
    """
    command = [sys.executable, "-m", "pytest", "-x", "-q", *workspace.TESTS]
    ran = subprocess.run(
        command,
        cwd=folder / "mutants",
        env={**os.environ, "MUTANT_UNDER_TEST": name},
        capture_output=True,
        check=False,
    )
    return ran.returncode == 0


def _reason(survivor: Survivor, acceptances: tuple[Acceptance, ...]) -> str | None:
    if survivor.is_wording:
        return "another wording of a sentence for people"
    return next((row.reason for row in acceptances if row.explains(survivor)), None)


def _print(left: list[tuple[Survivor, str | None]]) -> None:
    for survivor, reason in left:
        print(f"{survivor.place}: {reason or 'NO TEST NOTICES'}")
        print(f"    - {survivor.before}\n    + {survivor.after}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["core"]))
