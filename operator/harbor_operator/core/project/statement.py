"""A project's settings as a spec that keeps them, and what no spec can say."""

from collections.abc import Mapping
from typing import Any, Final

from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.api.validation import spec_problems
from harbor_operator.core.project.blocks.block import Block
from harbor_operator.core.project.blocks.table import BLOCKS
from harbor_operator.core.statement import Statement
from harbor_operator.core.steps import Trouble

_ABSENT: Final = object()


def statement_of(seen: Mapping[str, Any], *, everything: bool) -> Statement:
    """What a spec says so that nothing is to be done, as nested fields, and notes about the rest.

    Each field is tried: where the operator would do anything because of it, it is left out with
    a note, and Harbor's value is left alone.

    Args:
        seen: What Harbor has of each block, by the block's name; a `Trouble` where it is hidden.
        everything: Whether to state also what is as in a project that nobody has set.
    """
    accepted: dict[str, Any] = {}
    notes: list[str] = []
    for block in BLOCKS:
        observed = seen[block.name]
        if isinstance(observed, Trouble):
            notes.append(f"{block.name} is not stated: the login may not read it")
            continue
        statement = block.state(observed)
        notes.extend(statement.notes)
        for path, value in statement.fields.items():
            problem = _problem(block, {**accepted, path: value}, observed)
            if problem is not None:
                notes.append(f"{path} is left out, so that Harbor's stays as it is: {problem}")
            elif everything or block.usual.get(path, _ABSENT) != value:
                accepted[path] = value
    return Statement(nested(accepted), tuple(notes))


def nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields by their paths, such as ``scanning.onPush``, as one spec."""
    spec: dict[str, Any] = {}
    for path, value in fields.items():
        *above, last = path.split(".")
        place = spec
        for name in above:
            place = place.setdefault(name, {})
        place[last] = value
    return spec


def _problem(block: Block[Any, Any], fields: Mapping[str, Any], observed: object) -> str | None:
    """Why these fields do not keep what is observed; None where they do."""
    stated = nested(fields)
    problems = spec_problems(ProjectSpec, stated)
    if problems:
        return problems[0]
    wanted = block.desired(ProjectSpec.model_validate(stated), ProjectStatus())
    if wanted is None:
        return None
    comparison = block.compare(wanted, observed)
    if not comparison.steps and not comparison.troubles:
        return None
    return "no spec can say it as Harbor has it"
