"""A tenant rule's defaults: they fill, field by field, what a project's spec leaves out."""

from collections.abc import Iterator
from typing import Any

from harbor_operator.api.blocks.settings import ProjectSettings
from harbor_operator.api.model import ApiModel, wire_name
from harbor_operator.api.project import ProjectSpec

BY_FIELD = frozenset({"scanning", "pull_restrictions"})
"""Blocks whose fields are filled one by one; all others are one value, lists too."""

MEMBERS = "members"
"""The one list in which absent and empty mean the same: it is a map to the API server."""

MAX_SHOWN = 256
"""Characters of a value in the status; a long list is cut."""


def filled(
    spec: ProjectSpec, defaults: ProjectSettings | None
) -> tuple[ProjectSpec, tuple[tuple[str, str], ...]]:
    """The spec with the defaults under it, and what was filled in, by path and value."""
    if defaults is None:
        return spec, ()
    changes: dict[str, Any] = {}
    shown: list[tuple[str, str]] = []
    for name in ProjectSettings.model_fields:
        stated, default = getattr(spec, name), getattr(defaults, name)
        if name in BY_FIELD:
            missing = dict(_missing(stated, default))
            changes[name] = stated.model_copy(update=missing)
            shown += [
                (f"{wire_name(name)}.{wire_name(field)}", _words(value))
                for field, value in missing.items()
            ]
        elif _is_absent(name, stated) and not _is_absent(name, default):
            changes[name] = default
            shown.append((wire_name(name), _words(default)))
    return spec.model_copy(update=changes), tuple(shown)


def _missing(stated: ApiModel, default: ApiModel) -> Iterator[tuple[str, Any]]:
    for name in type(stated).model_fields:
        value = getattr(default, name)
        if getattr(stated, name) is None and value is not None:
            yield name, value


def _is_absent(name: str, value: object) -> bool:
    """Whether a setting is not stated: an empty list is, but for that of the members."""
    return value is None or (name == MEMBERS and not value)


def _words(value: object) -> str:
    match value:
        case bool():
            words = str(value).lower()
        case ApiModel():
            words = ", ".join(f"{name}: {_words(v)}" for name, v in value.to_wire().items())
        case tuple() | list():
            words = "; ".join(_words(entry) for entry in value)
        case dict():
            words = ", ".join(f"{name}: {_words(v)}" for name, v in value.items())
        case _:
            words = str(value)
    return words if len(words) <= MAX_SHOWN else words[: MAX_SHOWN - 1] + "…"
