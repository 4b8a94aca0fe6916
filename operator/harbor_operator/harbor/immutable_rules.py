"""Immutable tag rules: which tags of a project can be neither moved nor deleted."""

from pydantic import AliasPath, Field, TypeAdapter

from .answers import created_id
from .models import FlatModel
from .pages import read_list
from .request import api_write
from .selectors import Selector
from .transport import Transport

_RULES_ROUTE = "/projects/{project}/immutabletagrules"
_RULE_ROUTE = "/projects/{project}/immutabletagrules/{id}"


class ImmutableRule(FlatModel):
    """A rule with the selectors that count: Harbor looks at the first of each kind only."""

    id: int = 0
    """Harbor's number; 0 in a rule that is yet to be made."""
    disabled: bool = False
    tag_selector: Selector | None = Field(
        default=None, validation_alias=AliasPath("tag_selectors", 0)
    )
    repository_selector: Selector | None = Field(
        default=None, validation_alias=AliasPath("scope_selectors", "repository", 0)
    )


_RULES = TypeAdapter(list[ImmutableRule])


class ImmutableRules:
    """The immutable tag rules of projects."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def list(self, project_id: int) -> list[ImmutableRule]:
        """All rules of a project."""
        return await read_list(
            self._transport,
            _RULES_ROUTE,
            _RULES,
            segments={"project": project_id},
            query=[("sort", "id")],  # without it the database may order each page differently
        )

    async def create(self, project_id: int, rule: ImmutableRule) -> int:
        """Make a rule and return its id; it is enabled, whatever is asked for.

        Raises:
            Conflict: The project has exactly this rule.
        """
        request = api_write("POST", _RULES_ROUTE, {"project": project_id}, body=_body(rule))
        return created_id(await self._transport.send(request))

    async def replace(self, project_id: int, rule: ImmutableRule) -> None:
        """Set a rule's selectors, or else whether it is disabled.

        Harbor drops the selectors when `disabled` is not what it has stored: both need two calls.

        Raises:
            NotFound: The project has no rule with this id.
        """
        segments = {"project": project_id, "id": rule.id}
        body = {**_body(rule), "id": rule.id}
        await self._transport.send(api_write("PUT", _RULE_ROUTE, segments, body=body))

    async def delete(self, project_id: int, rule_id: int) -> None:
        """Remove a rule.

        Raises:
            NotFound: It is gone already.
        """
        segments = {"project": project_id, "id": rule_id}
        await self._transport.send(api_write("DELETE", _RULE_ROUTE, segments))


def _body(rule: ImmutableRule) -> dict[str, object]:
    return {
        "action": "immutable",
        "template": "immutable_template",
        "disabled": rule.disabled,
        "tag_selectors": _only(rule.tag_selector),
        "scope_selectors": {"repository": _only(rule.repository_selector)},
    }


def _only(selector: Selector | None) -> list[dict[str, object]]:
    return [] if selector is None else [selector.body()]
