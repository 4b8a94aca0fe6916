"""Every exploration and every mutant, told line by line; for a longer run than a test's."""

import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from tests.core.exploration.budgets import DEEP_FAMILIES, FAMILIES, Family
from tests.core.exploration.mutants import MUTANTS, Mutant
from tests.core.exploration.search import Finding, explore


@dataclass(frozen=True, slots=True)
class _Task:
    """One exploration, and its share of what time there is."""

    family: Family
    deadline: float
    """When all are to have ended, by the clock that all of them share."""
    share: float
    """Which part of the time left at its start it may take."""


def run(seconds: float) -> int:
    """Explore for so long at most; the exit status, 0 when all is as it should be."""
    mutants_found = [_told_mutant(mutant) for mutant in MUTANTS]
    states, promises_kept = 0, True
    for family, finding, took in _explored((*FAMILIES, *DEEP_FAMILIES), seconds):
        _tell(f"{took:7.1f} s  {family.told}, {family.start.value}: {finding}")
        states += finding.states
        promises_kept = promises_kept and finding.fault is None
    _tell(f"{states} states")
    return 0 if promises_kept and all(mutants_found) else 1


def _explored(
    families: Sequence[Family], seconds: float
) -> Iterator[tuple[Family, Finding, float]]:
    """In as many processes as there are processors; what a short one leaves the others may take."""
    width = multiprocessing.cpu_count()
    deadline = time.monotonic() + seconds
    tasks = [
        _Task(family, deadline, min(1.0, width / (len(families) - place)))
        for place, family in enumerate(families)
    ]
    with multiprocessing.get_context("spawn").Pool(width, maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(_explore, tasks)


def _explore(task: _Task) -> tuple[Family, Finding, float]:
    begun = time.monotonic()
    seconds = (task.deadline - begun) * task.share
    finding = explore(task.family.start.scene(), task.family.budget, seconds=seconds)
    return task.family, finding, time.monotonic() - begun


def _told_mutant(mutant: Mutant) -> bool:
    with pytest.MonkeyPatch.context() as monkeypatch:
        finding = mutant.hunt(monkeypatch)
    found = finding.fault is not None and mutant.fault in finding.fault
    _tell(f"{'found' if found else 'NOT FOUND'}, mutant: {mutant.mistake}")
    _tell("".join(f"    {line}\n" for line in str(finding).splitlines()))
    return found


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
