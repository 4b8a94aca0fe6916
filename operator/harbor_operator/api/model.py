"""The model that all parts of a custom resource inherit, and the CEL rules it may carry."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import override

SERVER_DEFAULT: Final[dict[str, Any]] = {"x-server-default": True}
"""Marks a field whose default the API server fills in; all other defaults live in the code.

Server-side defaults are owned by whoever wrote the object first, so only fields have one whose
value must be visible or selectable, and never a field inside a list.
"""

_ABBREVIATIONS: Final[Mapping[str, str]] = {
    "id": "ID",
    "http": "HTTP",
    "tls": "TLS",
    "cves": "CVEs",
    "kbps": "KBps",
}
"""Words that keep their capitals inside a field's name."""

_RULES: Final = "x-kubernetes-validations"


def wire_name(name: str) -> str:
    """Give the name that a Python attribute has in YAML: `robot_id` is `robotID`."""
    first, *others = name.split("_")
    return first + "".join(_ABBREVIATIONS.get(word, word.capitalize()) for word in others)


@dataclass(frozen=True, slots=True)
class Rule:
    """A check in CEL that the API server makes; `field` is a path below the rule's own object."""

    rule: str
    message: str
    field: str | None = None

    def to_wire(self) -> dict[str, str]:
        """Give the entry of `x-kubernetes-validations`."""
        path = {} if self.field is None else {"fieldPath": f".{self.field}"}
        return {"rule": self.rule, "message": self.message, **path}


def checked_by(*rules: Rule) -> dict[str, Any]:
    """Give what the schema of a field says besides its type, so that these rules are checked."""
    return {_RULES: [rule.to_wire() for rule in rules]}


def each_once(message: str, key: str | None = None) -> Rule:
    """Give the rule of a list in which no two entries are equal, or equal in the field `key`."""
    path = "" if key is None else f".{key}"
    return Rule(f"self.all(entry, self.exists_one(other, other{path} == entry{path}))", message)


class ApiModel(BaseModel):
    """A frozen piece of a custom resource, camelCase on the wire.

    Unknown fields are ignored: the API server prunes what the schema does not know, and an
    older operator must be able to read what a newer one wrote.
    """

    model_config = ConfigDict(
        alias_generator=wire_name,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # errors are logged, and people paste secrets into wrong fields
        use_attribute_docstrings=True,
        validate_by_alias=True,
        validate_by_name=True,
    )

    checks: ClassVar[tuple[Rule, ...]] = ()
    """What the API server checks besides the types."""

    @classmethod
    @override
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /
    ) -> JsonSchemaValue:
        """Put the model's CEL rules beside its properties."""
        schema = handler(core_schema)
        if cls.checks:
            resolved = handler.resolve_ref_schema(schema)
            resolved |= checked_by(*cls.checks)
        return schema

    def to_wire(self) -> dict[str, Any]:
        """Give the JSON form: camelCase, and absent where there is no value."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
