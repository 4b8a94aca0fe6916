"""Reading a request's JSON body into a dataclass, with the complaints of Harbor's API layer.

The dataclasses are named and typed after Harbor's API models, because the messages quote them.
Unknown fields are dropped and `null` means absent, as there.
"""

import json
import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from typing import TypeVar

from aiohttp import web

from testbed.harbor.errors import HarborError, unprocessable

Body = TypeVar("Body")

_TYPE_NAMES = {str: "string", bool: "bool", int: "int64"}
"""How Harbor's language calls the types of single values."""


KnowsField = Callable[[str, str], bool]
"""Whether a model, by its name, has a field."""


async def bind_body(request: web.Request, model: type[Body], name: str, knows: KnowsField) -> Body:
    """The request's body as an instance of `model`; `name` is the parameter's name in messages.

    Fields that are not known are dropped, as those are that the model does not have.

    Raises:
        HarborError: 422 for a wrong content type, no body, broken JSON or a value of a wrong type.
    """
    document = await _read_document(request, name)
    if not isinstance(document, dict):
        raise _wrong_type(document, f"value of type models.{model.__name__}", name)
    return typing.cast("Body", _decode_object(model, document, _Place(name, knows)))


async def bind_mapping(request: web.Request, name: str) -> dict[str, object]:
    """The request's body as an object with any keys.

    Raises:
        HarborError: 422 as `bind_body`.
    """
    document = await _read_document(request, name)
    if not isinstance(document, dict):
        raise _wrong_type(document, "value of type map[string]string", name)
    return document


async def _read_document(request: web.Request, name: str) -> object:
    raw = await request.read()
    content_type = request.headers.get("Content-Type", "application/octet-stream")
    if raw and content_type.split(";")[0].strip() != "application/json":
        raise unprocessable(
            f'unsupported media type "{content_type}", only [application/json] are allowed'
        )
    if not raw.strip():
        raise unprocessable(f"{name} in body is required")
    return _parse(raw, name)


def _parse(raw: bytes, name: str) -> object:
    try:
        return json.loads(raw)
    except ValueError as error:
        truncated = isinstance(error, json.JSONDecodeError) and error.pos >= len(raw.rstrip())
        reason = "unexpected EOF" if truncated else f"invalid character: {error}"
        raise unprocessable(f'parsing {name} body from "" failed, because {reason}') from error


def _decode_object(model: type, document: dict[str, object], place: "_Place") -> object:
    hints = typing.get_type_hints(model)
    if not is_dataclass(model):
        raise TypeError(f"{model.__name__} is no model of a body")
    values: dict[str, object] = {}
    for column in fields(model):
        value = document.get(column.name)
        if value is not None and place.knows(model.__name__, column.name):
            values[column.name] = _decode(hints[column.name], value, place.at(model, column.name))
        elif column.default is MISSING and column.default_factory is MISSING:
            raise unprocessable(f"{column.name} in body is required")
    return model(**values)


class _Place(typing.NamedTuple):
    """Where in the body a value stands, for messages."""

    parameter: str
    knows: KnowsField
    struct: str = ""
    path: tuple[str, ...] = ()

    def at(self, model: type, column: str) -> "_Place":
        return self._replace(struct=model.__name__, path=(*self.path, column))

    def describe(self, wanted: str) -> str:
        return f"Go struct field {self.struct}.{'.'.join(self.path)} of type {wanted}"


def _decode(kind: object, value: object, place: _Place) -> object:
    kind = _without_none(kind)
    if kind is object:
        return value
    origin = typing.get_origin(kind)
    if origin is list and isinstance(value, list):
        (item,) = typing.get_args(kind)
        return [_decode(item, element, place) for element in value]
    if origin is dict and isinstance(value, dict):
        _, item = typing.get_args(kind)
        return {key: _decode(item, element, place) for key, element in value.items()}
    if isinstance(kind, type) and is_dataclass(kind) and isinstance(value, dict):
        return _decode_object(kind, value, place)
    if kind in _TYPE_NAMES and type(value) is kind:
        return value
    wanted = _TYPE_NAMES.get(kind, str(kind)) if isinstance(kind, type) else str(kind)
    raise _wrong_type(value, place.describe(wanted), place.parameter)


def _without_none(kind: object) -> object:
    if isinstance(kind, types.UnionType):
        return next(part for part in typing.get_args(kind) if part is not type(None))
    return kind


def _wrong_type(value: object, target: str, name: str) -> HarborError:
    return unprocessable(
        f'parsing {name} body from "" failed, because json: cannot unmarshal '
        f"{_json_kind(value)} into {target}"
    )


def _json_kind(value: object) -> str:
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"
