"""What the API server would say to a manifest: types, unknown fields, and rules in CEL."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from pydantic import ValidationError

from harbor_operator.api.cel import CelError, evaluate
from harbor_operator.api.model import ApiModel, Rule
from harbor_operator.api.resources import CustomResource
from harbor_operator.api.schema import Schema, structural_schema
from harbor_operator.api.values import DNS_SUBDOMAIN_PATTERN, MAX_NAME_LENGTH

_RULES: Final = "x-kubernetes-validations"
_OLD: Final = "oldSelf"
_BRANCHES: Final = frozenset({"int", "str", "constrained-int", "constrained-str"})
"""How pydantic calls choices of a field."""
_NAMES: Final[Rule] = Rule(
    f"self.metadata.name.matches('{DNS_SUBDOMAIN_PATTERN}')"
    f" && self.metadata.name.size() <= {MAX_NAME_LENGTH}",
    "small letters, digits, '-' and '.', a letter or digit first and last",
    field="metadata.name",
)
"""What the API server asks of every object's name."""


def problems_of(
    kind: CustomResource[Any, Any], body: Mapping[str, Any], old: Mapping[str, Any] | None = None
) -> list[str]:
    """Say what the API server would refuse in a manifest, each with its field; none if nothing.

    Args:
        kind: The kind that the manifest is of.
        body: The manifest, with a name in its metadata.
        old: The object that is there and would be changed by it.
    """
    body, old = _without_nulls(body), _without_nulls(old or {}) or None
    spec = body.get("spec")
    if not isinstance(spec, Mapping):
        return ["spec: it has to be given"]
    found = [
        f"spec.{problem}" for problem in spec_problems(kind.spec, spec, (old or {}).get("spec"))
    ]
    if found:
        return found
    rules = [rule.to_wire() for rule in (_NAMES, *kind.rules)]
    return [*_broken(rules, body, old, "")]


def spec_problems(
    model: type[ApiModel], spec: Mapping[str, Any], old: Mapping[str, Any] | None = None
) -> list[str]:
    """Say what the API server would refuse in a spec; `old` is the one that is there."""
    spec = _without_nulls(spec)
    try:
        model.model_validate_json(
            json.dumps(spec), strict=True, extra="forbid", by_alias=True, by_name=False
        )
    except ValidationError as error:
        return _mistyped(error)
    schema = _schema_of(model)
    return [*_checked(schema, _filled(schema, spec), _filled(schema, old), "")]


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 -- JSON
    """Without fields that are null, which is how YAML says that they are absent."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(field) for key, field in value.items() if field is not None}
    return [_without_nulls(entry) for entry in value] if isinstance(value, list) else value


@cache
def _schema_of(model: type[ApiModel]) -> Schema:
    return structural_schema(model)


def _mistyped(error: ValidationError) -> list[str]:
    """What does not fit the types, a line for each field; choices of one field are joined."""
    found: dict[str, list[str]] = {}
    for problem in error.errors(include_url=False, include_input=False):
        # The branches of a union stand in the path as well, which says nothing to a reader.
        path = [str(part) for part in problem["loc"] if part not in _BRANCHES]
        place = ".".join(part for part in path if "[" not in part)
        said = problem["msg"].removeprefix("Value error, ")
        unknown = problem["type"] == "extra_forbidden"
        found.setdefault(place, []).append("there is no such field" if unknown else said)
    return [f"{place}: {' or: '.join(dict.fromkeys(said))}" for place, said in found.items()]


def _filled(schema: Schema, value: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The value with what the API server fills in; that is only done at the top of a spec."""
    if value is None:
        return None
    properties: Mapping[str, Schema] = schema["properties"]
    defaults = {name: field["default"] for name, field in properties.items() if "default" in field}
    return {**defaults, **value}


def _checked(schema: Schema, value: Any, old: Any, path: str) -> Iterator[str]:  # noqa: ANN401
    """The rules of a part and of all parts below; entries of lists have no earlier state."""
    yield from _broken(schema.get(_RULES, ()), value, old, path)
    if isinstance(value, Mapping):
        for name, field in schema.get("properties", {}).items():
            if name in value:
                before = old.get(name) if isinstance(old, Mapping) else None
                yield from _checked(field, value[name], before, f"{path}{name}.")
    elif isinstance(value, list):
        yield from _doubled(schema, value, path)
        for number, entry in enumerate(value):
            yield from _checked(schema["items"], entry, None, f"{path}{number}.")


def _doubled(schema: Schema, entries: list[Any], path: str) -> Iterator[str]:
    """The entries of a map in form of a list that have the key of an earlier one."""
    names: list[str] = schema.get("x-kubernetes-list-map-keys", [])
    keys = [tuple(entry.get(name) for name in names) for entry in entries] if names else []
    for number, key in enumerate(keys):
        if key in keys[:number]:
            yield f"{path}{number}: {'/'.join(str(part) for part in key)} is listed already"


def _broken(
    rules: Any,  # noqa: ANN401 -- entries of a schema
    value: Any,  # noqa: ANN401 -- as JSON has it
    old: Any,  # noqa: ANN401 -- as above
    path: str,
) -> Iterator[str]:
    for rule in rules:
        if _OLD in rule["rule"] and old is None:
            continue
        try:
            holds = evaluate(rule["rule"], self=value, **{_OLD: old})
        except CelError:
            holds = False
        if not holds:
            yield _said(
                f"{path}{rule.get('fieldPath', '').lstrip('.')}".rstrip("."), rule["message"]
            )


def _said(place: str, message: str) -> str:
    """A broken rule with its field, which most messages name themselves."""
    message = message.removeprefix(f"{place.rpartition('.')[2]}: ")
    return f"{place}: {message}" if place else message
