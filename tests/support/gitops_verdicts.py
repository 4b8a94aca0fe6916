"""What GitOps tools have to make of an object in each state."""

from dataclasses import dataclass

import pytest

from tests.support.gitops_states import KINDS, STATES


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The words of each tool."""

    argo: str
    kstatus: str
    flux: str


VERDICTS = {
    "fresh": Verdicts("Progressing", "InProgress", "InProgress"),
    "progressing": Verdicts("Progressing", "InProgress", "InProgress"),
    "ready": Verdicts("Healthy", "Current", "Current"),
    "outdated": Verdicts("Progressing", "InProgress", "InProgress"),
    "stalled": Verdicts("Degraded", "Failed", "Failed"),
    "suspended": Verdicts("Suspended", "Current", "Current"),
    "suspended-unready": Verdicts("Suspended", "InProgress", "InProgress"),
    "suspended-changed": Verdicts("Suspended", "Current", "Current"),
    "deleting": Verdicts("Progressing", "Terminating", "InProgress"),
}
"""The same for all kinds. A suspended object keeps the Ready that it had."""

CASES = [(kind.kind, state) for kind in KINDS for state in STATES]
each_case = pytest.mark.parametrize(
    ("kind", "state"), CASES, ids=["-".join(case) for case in CASES]
)
each_kind = pytest.mark.parametrize("kind", [kind.kind for kind in KINDS])
