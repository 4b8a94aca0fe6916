"""Projects as tests of decisions see them: one at rest, of which a test changes what matters."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from harbor_operator.core.namespaces import Selection
from harbor_operator.core.ownership import Mark
from harbor_operator.core.project.blocks.metadata import MetadataSeen
from harbor_operator.core.project.blocks.quota import Quota
from harbor_operator.core.project.facts import (
    Desired,
    HarborProject,
    Observed,
    OwnerLabel,
    Recorded,
)
from harbor_operator.core.tenancy import TenantRule

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OWN = Mark("cluster", "team", "app", "uid-1")
ADOPTED = replace(OWN, adopted=True)
OLDER = replace(OWN, uid="uid-0")
STRANGER = Mark("cluster", "other", "app", "uid-9")
RULE = TenantRule(namespaces=Selection(names=("team",)), projects=("{namespace}",))
LABEL = OwnerLabel(5, OWN.text())

DESIRED = Desired(name="team")
"""A project of which nothing is stated but its name."""

PROJECT = HarborProject(
    id=7,
    created_at=NOW - timedelta(days=3),
    made_by_us=True,
    repository_count=0,
)

ABSENT = Observed(own=OWN, held=False, rule=RULE, recorded=Recorded())
"""Nothing has been done for the project yet."""

AT_REST = Observed(
    own=OWN,
    held=True,
    rule=RULE,
    recorded=Recorded(project_id=7),
    project=PROJECT,
    label=LABEL,
)
"""The project is there and carries the object's mark."""

UNMARKED = replace(AT_REST, recorded=Recorded(), label=None)
"""A project of that name is there, and the object knows nothing of it."""

QUOTA = Quota(id=9, hard=100, used=40)


def marked(text: str) -> Observed:
    """The project with another mark."""
    return replace(AT_REST, label=OwnerLabel(5, text))


def wanting(**words: str) -> Desired:
    """A project of which these metadata are stated; ``_`` stands for the dot of their names."""
    return replace(DESIRED, settings={"metadata": _dotted(words)})


def showing(base: Observed, **metadata: str) -> Observed:
    """A project of which Harbor shows these metadata, by Harbor's keys."""
    return replace(base, settings={**base.settings, "metadata": MetadataSeen(metadata)})


def _dotted(words: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "."): word for name, word in words.items()}
