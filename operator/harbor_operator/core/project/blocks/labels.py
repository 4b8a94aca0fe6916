"""A project's labels: a stated list is all of them, but for the operator's own label."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from typing_extensions import override

from harbor_operator.api.blocks.labels import ProjectLabel
from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.core.project.blocks.block import Block
from harbor_operator.core.statement import Statement
from harbor_operator.core.steps import Change, Comparison, Step, Verb, differences

DEFAULT_COLOR = "#FFFFFF"
"""Harbor's, for a label that is made without one."""


@dataclass(frozen=True, slots=True)
class LabelSeen:
    """One label in Harbor."""

    id: int
    name: str
    color: str = DEFAULT_COLOR
    description: str = ""


@dataclass(frozen=True, slots=True)
class CreateLabel:
    """Make a label."""

    name: str
    color: str
    description: str


@dataclass(frozen=True, slots=True)
class UpdateLabel:
    """Give a label this colour and description."""

    label: LabelSeen
    color: str
    description: str


@dataclass(frozen=True, slots=True)
class DeleteLabel:
    """Remove a label, from its artifacts too."""

    label: LabelSeen


Wanted = tuple[ProjectLabel, ...]
Seen = tuple[LabelSeen, ...]


class LabelsBlock(Block[Wanted, Seen]):
    """The labels that people can put on a project's artifacts."""

    name = "labels"
    usual: ClassVar[Mapping[str, Any]] = {name: []}

    @override
    def desired(self, spec: ProjectSpec, status: ProjectStatus) -> Wanted | None:
        return spec.labels

    @override
    def compare(self, desired: Wanted, observed: Seen) -> Comparison:
        return Comparison((*self._missing_or_changed(desired, observed), *_gone(desired, observed)))

    @override
    def blank(self, desired: Wanted) -> Seen:
        return ()

    @override
    def state(self, observed: Seen) -> Statement:
        rows = sorted(observed, key=lambda label: label.name)
        return Statement({self.name: [_stated(label) for label in rows]})

    def _missing_or_changed(self, desired: Wanted, observed: Seen) -> Iterator[Step]:
        by_name = {label.name: label for label in observed}
        for label in desired:
            seen = by_name.get(label.name)
            color = _color(label, seen)
            description = _description(label, seen)
            after = {"color": color, "description": description}
            if seen is None:
                write = CreateLabel(label.name, color, description)
                changes = differences(self.name, {}, after)
                yield Step(self.name, Verb.CREATE, label.name, changes, write)
                continue
            before = {"color": seen.color, "description": seen.description}
            changes = differences(self.name, before, after)
            if changes:
                update = UpdateLabel(seen, color, description)
                yield Step(self.name, Verb.UPDATE, label.name, changes, update)


def _stated(label: LabelSeen) -> dict[str, str]:
    description = {"description": label.description} if label.description else {}
    return {"name": label.name, "color": label.color, **description}


def _gone(desired: Wanted, observed: Seen) -> Iterator[Step]:
    names = {label.name for label in desired}
    for label in observed:
        if label.name not in names:
            change = Change(LabelsBlock.name, "color", label.color, None)
            yield Step(LabelsBlock.name, Verb.DELETE, label.name, (change,), DeleteLabel(label))


def _color(label: ProjectLabel, seen: LabelSeen | None) -> str:
    present = seen.color if seen else DEFAULT_COLOR
    if label.color is None or label.color.lower() == present.lower():
        return present
    return label.color


def _description(label: ProjectLabel, seen: LabelSeen | None) -> str:
    present = seen.description if seen else ""
    return present if label.description is None else label.description


LABELS = LabelsBlock()
