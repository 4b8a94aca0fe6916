"""Turns the models into the structural schemas that CustomResourceDefinitions ask for.

Kubernetes takes a subset of OpenAPI 3.0: no references, no titles, no unions with null, and
what it adds itself (list types, validations) in `x-kubernetes-*` keys.
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
"""

from collections.abc import Mapping
from typing import Any, Final

from harbor_operator.api.model import SERVER_DEFAULT, ApiModel

Schema = dict[str, Any]

_RULES: Final = "x-kubernetes-validations"
_LIST_TYPE: Final = "x-kubernetes-list-type"
_DROPPED: Final = frozenset({"title", "default", *SERVER_DEFAULT})


def structural_schema(model: type[ApiModel]) -> Schema:
    """Give a model's schema as a CustomResourceDefinition may hold it."""
    schema = model.model_json_schema(by_alias=True)
    definitions: Mapping[str, Schema] = schema.pop("$defs", {})
    return _structural(schema, definitions)


def _structural(node: Schema, definitions: Mapping[str, Schema]) -> Schema:
    resolved = _without_reference(_without_null(node), definitions)
    result = {key: value for key, value in resolved.items() if key not in _DROPPED}
    if resolved.keys() & SERVER_DEFAULT.keys():
        result["default"] = resolved["default"]
    if "description" in result:
        result["description"] = _folded(result["description"])
    if "properties" in result:
        result["properties"] = {
            name: _structural(property_, definitions)
            for name, property_ in result["properties"].items()
        }
    for key in ("items", "additionalProperties"):
        if key in result:
            result[key] = _structural(result[key], definitions)
    return _ordered(result | _additions(result))


def _without_null(node: Schema) -> Schema:
    """Make an optional field an ordinary one: absent is how a custom resource says null."""
    if "anyOf" not in node:
        return node
    (choice,) = (option for option in node["anyOf"] if option != {"type": "null"})
    return {**choice, **{key: value for key, value in node.items() if key != "anyOf"}}


def _without_reference(node: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Put a referenced schema in its place; what the field says about itself goes before."""
    if "$ref" not in node:
        return node
    target = definitions[node["$ref"].removeprefix("#/$defs/")]
    own = {key: value for key, value in node.items() if key != "$ref"}
    merged = {**target, **own}
    rules = [*target.get(_RULES, []), *own.get(_RULES, [])]
    return merged | ({_RULES: rules} if rules else {})


def _additions(schema: Schema) -> Schema:
    """Give what Kubernetes wants to know of every list and number."""
    match schema.get("type"):
        case "array":
            return {_LIST_TYPE: schema.get(_LIST_TYPE, "atomic")}
        case "integer":
            return {"format": "int64"}
        case _:
            return {}


def _ordered(schema: Schema) -> Schema:
    """Put first what a reader looks for first."""
    first = {key: schema[key] for key in ("description", "type") if key in schema}
    return first | schema


def _folded(text: str) -> str:
    """Join the lines of each paragraph, which were broken for the width of the source."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
