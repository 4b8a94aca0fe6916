"""Retention policies: which tags of a project are kept; at most one policy per project."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import AliasPath, Field, TypeAdapter

from .answers import created_id, parsed
from .errors import NotFound
from .models import FlatModel
from .request import api_read, api_write
from .selectors import Selector
from .transport import Transport

_POLICY_ROUTE = "/retentions/{id}"


class RetentionRule(FlatModel):
    """Keeps some of the tags that its selectors take; what no rule keeps is deleted."""

    disabled: bool = False
    template: str = ""
    params: Mapping[str, Any] = {}
    """By the template's name; Harbor takes its own default for a wrong or missing one."""
    tag_selectors: tuple[Selector, ...] = ()
    repository_selectors: tuple[Selector, ...] = Field(
        default=(), validation_alias=AliasPath("scope_selectors", "repository")
    )


class RetentionPolicy(FlatModel):
    """The retention policy of one project."""

    id: int
    cron: str = Field(default="", validation_alias=AliasPath("trigger", "settings", "cron"))
    """Six fields, the first for seconds; empty when it runs by hand only."""
    rules: tuple[RetentionRule, ...] = ()


@dataclass(frozen=True, slots=True)
class RetentionRequest:
    """A whole retention policy as it should be.

    `cron` has six fields with 0 for seconds, or is empty.
    """

    cron: str
    rules: tuple[RetentionRule, ...]


_POLICY = TypeAdapter(RetentionPolicy)


class Retentions:
    """The retention policies of projects, which have ids of their own."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, policy_id: int) -> RetentionPolicy | None:
        """The policy with this id; ask only for ids that a project's metadata has just named.

        Raises:
            ServerError: Harbor answers so for an id that it does not know, too.
        """
        try:
            answer = await self._transport.send(api_read(_POLICY_ROUTE, {"id": policy_id}))
        except NotFound:
            return None
        return parsed(answer, _POLICY)

    async def create(self, project_id: int, policy: RetentionRequest) -> int:
        """Make a project's policy and return its id, which its metadata then names.

        Raises:
            InvalidRequest: The project has a policy, has more than 15 rules, or the schedule is
                wrong; `reason` says which.
            Conflict: Two rules are the same.
            ServerError: The schedule cannot be registered now.
        """
        body = _body(project_id, policy)
        return created_id(await self._transport.send(api_write("POST", "/retentions", body=body)))

    async def replace(self, policy_id: int, project_id: int, policy: RetentionRequest) -> None:
        """Set a policy's schedule and all its rules.

        Raises:
            NotFound: It is not this project's policy.
            HarborError: As for `create`.
        """
        request = api_write("PUT", _POLICY_ROUTE, {"id": policy_id}, body=_body(project_id, policy))
        await self._transport.send(request)

    async def delete(self, policy_id: int) -> None:
        """Remove a policy. Before 2.14 Harbor leaves its id in the project's metadata.

        Raises:
            InvalidRequest: It is gone already.
        """
        await self._transport.send(api_write("DELETE", _POLICY_ROUTE, {"id": policy_id}))


def _body(project_id: int, policy: RetentionRequest) -> dict[str, object]:
    """All fields always: Harbor fails on a policy without its scope, trigger or schedule."""
    return {
        "algorithm": "or",
        "scope": {"level": "project", "ref": project_id},
        "trigger": {"kind": "Schedule", "settings": {"cron": policy.cron}},
        "rules": [_rule(rule) for rule in policy.rules],
    }


def _rule(rule: RetentionRule) -> dict[str, object]:
    return {
        "disabled": rule.disabled,
        "action": "retain",
        "template": rule.template,
        "params": dict(rule.params),
        "tag_selectors": [selector.body() for selector in rule.tag_selectors],
        "scope_selectors": {
            "repository": [selector.body() for selector in rule.repository_selectors]
        },
    }
