"""The causes of a failed pull: a table of pure functions of the evidence, the surest first."""

from typing import Final

from harbor_operator.cli.why.evidence import Evidence
from harbor_operator.cli.why.harbor_causes import ACCOUNT_CAUSES, NAME_CAUSES, TRIAL_CAUSES
from harbor_operator.cli.why.owner_causes import OWNER_CAUSES
from harbor_operator.cli.why.pod_causes import NO_LOGIN, POD_CAUSES
from harbor_operator.cli.why.spoken import LOGIN, Symptom
from harbor_operator.cli.why.spoken_causes import SPOKEN_CAUSES
from harbor_operator.cli.why.told import Cause, Finding

CAUSES: Final[tuple[Cause, ...]] = (
    *POD_CAUSES,
    *OWNER_CAUSES,
    *ACCOUNT_CAUSES,
    *NAME_CAUSES,
    NO_LOGIN,
    *TRIAL_CAUSES,
    *SPOKEN_CAUSES,
)

_ANSWERS: Final = frozenset({*LOGIN, Symptom.NOT_FOUND})
_TRIED: Final = frozenset(cause.name for cause in TRIAL_CAUSES)
_GENERAL: Final = (_ANSWERS | _TRIED, _ANSWERS)
"""Told only where nothing more particular is: what was tried, and less than that, what was said."""


def find(evidence: Evidence) -> tuple[Finding, ...]:
    """All causes of one failed pull, the surest first; a refusal only if nothing explains it."""
    told = ((cause.name, cause.explain(evidence)) for cause in CAUSES)
    found = tuple(Finding(name, *words) for name, words in told if words is not None)
    for general in _GENERAL:
        particular = tuple(finding for finding in found if finding.cause not in general)
        if particular:
            return particular
    return found
