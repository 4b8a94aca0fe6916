"""The vulnerabilities that block no pull: the system's list, or the project's own."""

from dataclasses import dataclass, replace
from datetime import datetime

from typing_extensions import override

from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.api.values import format_time
from harbor_operator.core.project.blocks.block import Block
from harbor_operator.core.steps import Comparison, Step, Verb, differences

_BLOCK, _FIELD = "pullRestrictions", "allowedCVEs"


@dataclass(frozen=True, slots=True)
class AllowedCVEs:
    """Whose list counts, and the project's own list."""

    inherit: bool = True
    """Whether the system's list counts, and the project's own does not."""
    ids: frozenset[str] = frozenset()
    expires_at: datetime | None = None
    """Until when the own list counts; None: for ever."""

    def words(self) -> dict[str, str | None]:
        """The settings in the words of the spec."""
        return {
            f"{_FIELD}.inheritSystem": str(self.inherit).lower(),
            f"{_FIELD}.ids": ", ".join(sorted(self.ids)),
            f"{_FIELD}.expiresAt": format_time(self.expires_at) if self.expires_at else None,
        }


@dataclass(frozen=True, slots=True)
class InheritSystem:
    """Let the system's list count; the project's own stays as it is."""


@dataclass(frozen=True, slots=True)
class ReplaceList:
    """Let the project's own list count, and make it this one."""

    ids: frozenset[str]
    expires_at: datetime | None


class AllowedCVEsBlock(Block[AllowedCVEs, AllowedCVEs]):
    """The allowlist. Harbor ignores it in the request that creates a project."""

    name = _FIELD
    in_pages = True

    @override
    def desired(self, spec: ProjectSpec, status: ProjectStatus) -> AllowedCVEs | None:
        stated = spec.pull_restrictions.allowed_cves
        if stated is None:
            return None
        if stated.ids is None:
            return AllowedCVEs(inherit=True)
        return AllowedCVEs(
            inherit=False,
            ids=frozenset(stated.ids),
            expires_at=stated.expires_at.replace(microsecond=0) if stated.expires_at else None,
        )

    @override
    def compare(self, desired: AllowedCVEs, observed: AllowedCVEs) -> Comparison:
        if desired.inherit:
            desired = replace(observed, inherit=True)
        if desired == observed:
            return Comparison()
        write = InheritSystem() if desired.inherit else ReplaceList(desired.ids, desired.expires_at)
        changes = differences(_BLOCK, observed.words(), desired.words())
        return Comparison((Step(self.name, Verb.UPDATE, "", changes, write),))

    @override
    def blank(self, desired: AllowedCVEs) -> AllowedCVEs:
        return AllowedCVEs()


ALLOWED_CVES = AllowedCVEsBlock()
