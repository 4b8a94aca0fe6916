"""The vulnerabilities that block no pull: the system's list, or the project's own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from typing_extensions import override

from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.api.values import format_time
from harbor_operator.core.project.blocks.block import Block
from harbor_operator.core.statement import Statement
from harbor_operator.core.steps import Comparison, Step, Verb, differences

_BLOCK, _FIELD = "pullRestrictions", "allowedCVEs"
_PATH = f"{_BLOCK}.{_FIELD}"
_INHERITED = {"inheritSystem": True}


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
    usual: ClassVar[Mapping[str, Any]] = {_PATH: _INHERITED}

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

    @override
    def state(self, observed: AllowedCVEs) -> Statement:
        if observed.inherit:
            unused = f"{_PATH}: the project's own list is not in force and is not stated"
            return Statement({_PATH: _INHERITED}, (unused,) if observed.ids else ())
        end = observed.expires_at
        expiry = {"expiresAt": format_time(end)} if end else {}
        return Statement({_PATH: {"ids": sorted(observed.ids), **expiry}})


ALLOWED_CVES = AllowedCVEsBlock()
