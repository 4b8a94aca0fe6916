"""Which scanner looks into a project's artifacts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from typing_extensions import override

from harbor_operator.api.conditions import Reason
from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.core.project.blocks.block import Block
from harbor_operator.core.statement import Statement
from harbor_operator.core.steps import Change, Comparison, Step, Trouble, Verb


@dataclass(frozen=True, slots=True)
class ScannersSeen:
    """The scanner in use, the system's default included, and all that could be chosen."""

    current: str | None
    candidates: Mapping[str, str] = field(default_factory=dict)
    """Their uuids by their names."""
    default: bool = False
    """Whether the one in use is the system's default, be it chosen or not."""


@dataclass(frozen=True, slots=True)
class ChooseScanner:
    """Use this scanner."""

    uuid: str


class ScannerBlock(Block[str, ScannersSeen]):
    """The choice of a scanner; desired is its name."""

    name = "scanner"

    @override
    def desired(self, spec: ProjectSpec, status: ProjectStatus) -> str | None:
        return spec.scanning.scanner

    @override
    def compare(self, desired: str, observed: ScannersSeen) -> Comparison:
        if observed.current == desired:
            return Comparison()
        uuid = observed.candidates.get(desired)
        if uuid is None:
            return Comparison(troubles=(_unknown(desired, observed),))
        change = Change("scanning", "scanner", observed.current, desired)
        return Comparison((Step(self.name, Verb.UPDATE, "", (change,), ChooseScanner(uuid)),))

    @override
    def blank(self, desired: str) -> ScannersSeen:
        return ScannersSeen(current=None, candidates={desired: ""})

    @override
    def state(self, observed: ScannersSeen) -> Statement:
        chosen = None if observed.default else observed.current
        return Statement({"scanning.scanner": chosen} if chosen else {})


def _unknown(name: str, observed: ScannersSeen) -> Trouble:
    others = ", ".join(sorted(observed.candidates)) or "none"
    return Trouble(
        Reason.SCANNER_NOT_FOUND,
        f"scanning.scanner: Harbor has no scanner {name} (it has: {others}): an administrator"
        " registers scanners in Harbor.",
    )


SCANNER = ScannerBlock()
