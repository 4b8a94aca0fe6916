"""The fields of a kind, read from the JSON schema of its models."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from harbor_operator.api.model import ApiModel
from testbed.docs.markdown import code

Schema = Mapping[str, Any]

LONGEST_PATTERN: Final = 60
"""Longer patterns help no reader; a message or the description says what they mean."""

_RULES: Final = "x-kubernetes-validations"
_LIMITS: Final = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} entries"),
    ("maxItems", "at most {} entries"),
    ("minProperties", "at least {} entries"),
    ("maxProperties", "at most {} entries"),
)
_IMMUTABLE: Final = re.compile(r"^(\w+) is immutable")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a part.

    Attributes:
        name: Its name in YAML.
        type: Its type as Markdown; other parts of the page are links.
        default: What holds without it, as JSON-like text; empty if nothing does.
        stored: Whether the API server writes the default into the object.
        required: Whether it has to be given.
        limits: What its values have to be, besides their type.
        description: What it means.
    """

    name: str
    type: str
    default: str
    stored: bool
    required: bool
    limits: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Check:
    """One CEL rule: the field that it blames, empty for the whole part, and its message."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Part:
    """An object in YAML with its fields, or an enumeration with its values."""

    name: str
    description: str
    fields: tuple[Field, ...] = ()
    checks: tuple[Check, ...] = ()
    values: tuple[str, ...] = ()


def parts(model: type[ApiModel]) -> tuple[Part, ...]:
    """The parts of a model: itself first, then those that its fields are made of, by name."""
    schema = model.model_json_schema(by_alias=True)
    definitions: Mapping[str, Schema] = schema.get("$defs", {})
    nested = (_part(name, definitions[name], definitions) for name in sorted(definitions))
    return (_part(model.__name__, schema, definitions), *nested)


def immutable_fields(checks: tuple[Check, ...]) -> frozenset[str]:
    """The fields of which a rule says that they never change."""
    found = (_IMMUTABLE.match(check.message) for check in checks)
    return frozenset(match[1] for match in found if match)


def _part(name: str, schema: Schema, definitions: Mapping[str, Schema]) -> Part:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    required = frozenset(schema.get("required", ()))
    inner = [check for field, node in properties.items() for check in _inner_checks(field, node)]
    return Part(
        name=name,
        description=schema.get("description", ""),
        fields=tuple(
            _field(field, node, definitions, required=field in required)
            for field, node in properties.items()
        ),
        checks=(*_own_checks(schema), *inner),
        values=tuple(map(str, schema.get("enum", ()))),
    )


def _own_checks(schema: Schema) -> Iterator[Check]:
    for rule in schema.get(_RULES, ()):
        yield Check(rule.get("fieldPath", "").removeprefix("."), rule["message"])


def _inner_checks(field: str, node: Schema) -> Iterator[Check]:
    """The rules that a field brings along itself, or of its entries."""
    chosen = _without_null(node)
    for schema in (chosen, chosen.get("items"), chosen.get("additionalProperties")):
        if isinstance(schema, Mapping):
            yield from (Check(field, rule["message"]) for rule in schema.get(_RULES, ()))


def _field(name: str, node: Schema, definitions: Mapping[str, Schema], *, required: bool) -> Field:
    chosen = _without_null(node)
    return Field(
        name=name,
        type=_type(chosen, definitions),
        default=_default(node.get("default")),
        stored="x-server-default" in node,
        required=required,
        limits=(*_limits(chosen), *(f"each {limit}" for limit in _limits(_entries(chosen)))),
        description=node.get("description") or _of_type(chosen, definitions),
    )


def _of_type(node: Schema, definitions: Mapping[str, Schema]) -> str:
    """What the field's type says of itself, for a field that adds nothing to it."""
    name = node.get("$ref", "").rpartition("/")[2]
    return str(definitions[name].get("description", "")) if name else ""


def _without_null(node: Schema) -> Schema:
    if "anyOf" not in node:
        return node
    (choice,) = (option for option in node["anyOf"] if option != {"type": "null"})
    return {**choice, **{key: value for key, value in node.items() if key != "anyOf"}}


def _entries(node: Schema) -> Schema:
    entries = node.get("items") or node.get("additionalProperties")
    return entries if isinstance(entries, Mapping) else {}


def _type(node: Schema, definitions: Mapping[str, Schema]) -> str:
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "x-kubernetes-int-or-string" in node:
        return "integer or string"
    match node.get("type"):
        case "array":
            return f"list of {_type(node['items'], definitions)}"
        case "object" if _entries(node):
            return f"map of {_type(_entries(node), definitions)}"
        case kind:
            return f"{kind}, {node['format']}" if "format" in node else str(kind)


def _limits(node: Schema) -> Iterator[str]:
    if "const" in node:
        yield f"always {node['const']}"
    for key, words in _LIMITS:
        if key in node and node[key] not in {0, -1} and (key, node[key]) != ("minLength", 1):
            yield words.format(node[key])
    pattern = node.get("pattern", "")
    if pattern and len(pattern) <= LONGEST_PATTERN:
        yield code(pattern)


def _default(value: object) -> str:
    match value:
        case None | [] | {}:
            return ""
        case bool():
            return str(value).lower()
        case dict():
            return "{" + ", ".join(f"{key}: {_default(part)}" for key, part in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_default, value)) + "]"
        case _:
            return str(value)
