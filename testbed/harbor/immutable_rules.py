"""Rules that keep tags of a project from being moved or deleted."""

import json
from dataclasses import replace

from aiohttp import web

from testbed.harbor.artifact_state import Artifact, Repository
from testbed.harbor.call import Call, Route, done
from testbed.harbor.doublestar import matches
from testbed.harbor.errors import (
    bad_request,
    conflict,
    internal_error,
    not_found,
    precondition_failed,
)
from testbed.harbor.paging import Column
from testbed.harbor.policy_models import ImmutableRule, ImmutableSelector
from testbed.harbor.policy_state import ImmutableTagRule
from testbed.harbor.printing import printed, printed_object
from testbed.harbor.state import HarborState

_RESOURCE = "immutable-tag"
_EXCLUDING = frozenset({"excludes", "repoExcludes"})


async def create_rule(call: Call) -> web.StreamResponse:
    """POST /projects/{project}/immutabletagrules: any rule, always enabled at first."""
    body = await call.body(ImmutableRule, "ImmutableRule")
    project = call.project("create", _RESOURCE)
    number = call.state.next_id("immutable_rule")
    written = _written(body)
    if _is_taken(call.state, project.project_id, written):
        raise conflict("immutable rule already exists")
    rule = replace(body, id=number, disabled=False)
    call.state.immutable_rules[number] = ImmutableTagRule(number, project.project_id, rule, written)
    return call.created(number)


def _written(rule: ImmutableRule) -> str:
    # Harbor compares rules as it stores them, id and flag included. So a new rule never equals one
    # that was changed after its creation.
    return json.dumps(printed(rule), sort_keys=True)


def _is_taken(state: HarborState, project_id: int, written: str) -> bool:
    return any(row.written == written for row in _rules_of(state, project_id))


def _rules_of(state: HarborState, project_id: int) -> list[ImmutableTagRule]:
    return [row for row in state.immutable_rules.values() if row.project_id == project_id]


_COLUMNS: dict[str, Column[ImmutableTagRule]] = {"id": lambda row: row.id}


async def list_rules(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/immutabletagrules, by id."""
    project = call.project("list", _RESOURCE)
    return call.page(
        [
            row
            for row in call.state.immutable_rules.values()
            if row.project_id == project.project_id
        ],
        call.list_query(),
        columns=_COLUMNS,
        order="id",
        view=_view,
    )


def _view(row: ImmutableTagRule) -> dict[str, object]:
    view = printed_object(row.rule)
    view["tag_selectors"] = view["tag_selectors"] or None
    return view


def _existing(call: Call, project_id: int) -> ImmutableTagRule:
    number = call.number("id")
    row = call.state.immutable_rules.get(number)
    if row is None:
        raise not_found(f"immutable rule {number} not found")
    if row.project_id != project_id:
        raise not_found(f"resource not found: project id {project_id} does not match")
    return row


async def update_rule(call: Call) -> web.StreamResponse:
    """PUT /projects/{project}/immutabletagrules/{id}: either switches a rule or changes it."""
    body = await call.body(ImmutableRule, "ImmutableRule")
    if body.id != call.number("id"):
        raise bad_request(
            "bad request: the immutable_rule_id doesn't match the id in the payload body of "
            "ImmutableRule"
        )
    row = _existing(call, call.project("update", _RESOURCE).project_id)
    if body.disabled != row.rule.disabled:
        row.rule.disabled = body.disabled
        return done()
    written = _written(body)
    if written != row.written and _is_taken(call.state, row.project_id, written):
        raise internal_error()
    row.rule, row.written = body, written
    return done()


async def delete_rule(call: Call) -> web.StreamResponse:
    """DELETE /projects/{project}/immutabletagrules/{id}."""
    row = _existing(call, call.project("delete", _RESOURCE).project_id)
    del call.state.immutable_rules[row.id]
    return done()


def is_immutable(state: HarborState, repository: Repository, tag: str) -> bool:
    """Whether a rule in force protects a tag."""
    rows = _rules_of(state, repository.project_id)
    short_name = repository.name.partition("/")[2]
    return any(not row.rule.disabled and _protects(row.rule, short_name, tag) for row in rows)


def _protects(rule: ImmutableRule, repository: str, tag: str) -> bool:
    # Only the first selector of either kind counts.
    repositories, tags = rule.scope_selectors.get("repository"), rule.tag_selectors
    if not repositories or not tags:
        return False
    return _selects(repositories[0], repository) and _selects(tags[0], tag)


def _selects(selector: ImmutableSelector, name: str) -> bool:
    return matches(selector.pattern, name) != (selector.decoration in _EXCLUDING)


def require_deletable(state: HarborState, repository: Repository, artifact: Artifact) -> None:
    """Refuses to delete an artifact whose tags are protected.

    Raises:
        HarborError: 412.
    """
    for tag in artifact.tags:
        require_tag_deletable(state, repository, tag)


def require_tag_deletable(state: HarborState, repository: Repository, tag: str) -> None:
    """Refuses to delete a protected tag.

    Raises:
        HarborError: 412.
    """
    if is_immutable(state, repository, tag):
        raise precondition_failed(f"the tag {tag} configured as immutable, cannot be deleted")


def require_pushable(state: HarborState, repository: Repository, tag: str) -> None:
    """Refuses to push over a protected tag that exists, even the same content.

    Raises:
        HarborError: 412.
    """
    artifact = repository.find(tag)
    if artifact is not None and tag in artifact.tags and is_immutable(state, repository, tag):
        short_name = repository.name.partition("/")[2]
        raise precondition_failed(
            f"Failed to process request due to '{short_name}:{tag}' configured as immutable."
        )


_RULES = "/projects/{project}/immutabletagrules"

ROUTES = (
    Route("POST", _RULES, create_rule),
    Route("GET", _RULES, list_rules),
    Route("PUT", _RULES + "/{id}", update_rule),
    Route("DELETE", _RULES + "/{id}", delete_rule),
)
