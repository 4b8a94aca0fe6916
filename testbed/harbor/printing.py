"""Turning the dataclasses of the API's models into JSON as Harbor prints them."""

from dataclasses import fields, is_dataclass
from typing import Final

_KEPT = "printed even when empty"
ALWAYS: Final = {_KEPT: True}
"""The metadata of a field that is printed even when it is empty, as lists and some flags are."""


def printed(value: object) -> object:
    """A value as JSON; fields of dataclasses with zero values (empty, 0, null) are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return _printed_fields(value)
    if isinstance(value, list):
        return [printed(item) for item in value]
    if isinstance(value, dict):
        return {key: printed(item) for key, item in value.items()}
    return value


def printed_object(model: object) -> dict[str, object]:
    """The JSON object of a dataclass.

    Raises:
        TypeError: it is no dataclass.
    """
    document = printed(model)
    if not isinstance(document, dict):
        raise TypeError(f"{type(model).__name__} is printed as no object")
    return document


def _printed_fields(model: object) -> dict[str, object]:
    if not is_dataclass(model):
        return {}
    pairs = ((column, getattr(model, column.name)) for column in fields(model))
    return {
        column.name: printed(value) for column, value in pairs if value or _KEPT in column.metadata
    }
