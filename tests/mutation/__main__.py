"""Asks of each small change to the core whether a test would notice: ``make mutate``.

``python -m tests.mutation [part ...]``, where a part is a path below the package such as
``core/project``. It ends with 1 when more than `LIMIT` of the mutants survive, or one does for a
reason that nobody has written down.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.mutation import survivors, workspace
from tests.mutation.survivors import KILLED, UNTRIED, Acceptance, Survivor

LIMIT = 0.05
"""So many mutants may survive."""

SECONDS = int(os.environ.get("SECONDS_PER_PART", "3600"))
"""How long one part may take; what was not tried by then is told and counts as surviving."""

SECOND_TRIAL = ("-x", "-q", "--ignore-glob=*_properties.py", "tests/core")
"""The fast tests, for mutants of code that runs while a module is loaded."""


def main(parts: list[str]) -> int:
    """Try all mutants of some parts, and print what came of them."""
    failed = [part for part in parts or ["core"] if not _holds(part)]
    return 1 if failed else 0


def _holds(part: str) -> bool:
    folder = Path(tempfile.gettempdir()) / f"mutants-of-{part.replace('/', '-')}"
    workspace.make(folder, part)
    begun = time.monotonic()
    _mutmut(folder)
    found = survivors.verdicts(folder)
    tried = {name: code for name, code in found.items() if code is not UNTRIED}
    alive = [name for name, code in tried.items() if code not in KILLED]
    alive = [name for name in alive if _survives_afresh(folder, name)]
    left = [*survivors.described(folder, sys.executable, alive)]
    untried = len(found) - len(tried)
    seconds = time.monotonic() - begun
    print(f"{part}: {len(found)} mutants, {len(tried) - len(left)} killed, {len(left)} survived,")
    print(f"  {untried} not tried, in {seconds:.0f} s")
    unexplained = _explain(left)
    share = (len(left) + untried) / max(len(found), 1)
    print(f"  {share:.1%} survive, {LIMIT:.0%} may; {unexplained} without a reason")
    return share <= LIMIT and not unexplained


def _mutmut(folder: Path) -> None:
    """Make the mutants and try them, as long as there is time."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(os.cpu_count() or 1)]
    with (folder / "mutmut.log").open("w") as log:
        try:
            subprocess.run(command, cwd=folder, stdout=log, stderr=log, timeout=SECONDS, check=True)
        except subprocess.TimeoutExpired:
            print(f"the time of {SECONDS} s is over")


def _survives_afresh(folder: Path, name: str) -> bool:
    """Whether a mutant survives in a process of its own, in which it is there from the start.

    mutmut switches a mutant on when all modules are loaded, too late for what runs before.
    """
    command = [sys.executable, "-m", "pytest", *SECOND_TRIAL]
    ran = subprocess.run(
        command,
        cwd=folder / "mutants",
        env={**os.environ, "MUTANT_UNDER_TEST": name},
        capture_output=True,
        check=False,
    )
    return ran.returncode == 0


def _explain(left: list[Survivor]) -> int:
    """Print why each may survive; the number of those of which nobody has said it."""
    acceptances = survivors.accepted()
    reasons: Counter[str] = Counter()
    unexplained = 0
    for survivor in left:
        reason = _reason(survivor, acceptances)
        if reason is None:
            unexplained += 1
            print(f"  no test notices {survivor.name}:")
            print(f"    - {survivor.before}\n    + {survivor.after}")
        else:
            reasons[reason] += 1
    for reason, number in reasons.most_common():
        print(f"  {number} survive: {reason}")
    return unexplained


def _reason(survivor: Survivor, acceptances: tuple[Acceptance, ...]) -> str | None:
    if survivor.is_wording:
        return "another wording of a sentence for people"
    return next((row.reason for row in acceptances if row.explains(survivor)), None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
