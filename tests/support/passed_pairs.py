"""Which pairs of Kubernetes and Harbor a run uses, for the record of what was passed."""

import os
from pathlib import Path

import pytest

from testbed.compatibility import Run, write
from testbed.control_plane.api import Api

FILE_VARIABLE = "COMPATIBILITY_FILE"
"""Names the record that a passed run adds to; without it nothing is written."""
RUNS = pytest.StashKey[set[Run]]()


def note(config: pytest.Config, run: Run) -> None:
    """Remember a pair until the end of the session."""
    config.stash.setdefault(RUNS, set()).add(run)


def write_down(config: pytest.Config) -> None:
    """Add the pairs of a session that passed to the record."""
    runs = config.stash.get(RUNS, set())
    if (path := os.environ.get(FILE_VARIABLE)) and runs:
        write(Path(path), runs)


async def kubernetes_version(api: Api) -> str:
    """The version of a cluster, as it states it."""
    return str((await api.get("/version"))["gitVersion"])
