"""User groups, which under database login can only be kept and made members by their number."""

from collections.abc import Callable
from dataclasses import replace

from aiohttp import web

from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.directory import normalized_dn
from testbed.harbor.errors import bad_request, conflict, internal_error, not_found
from testbed.harbor.models import GroupName, UserGroup
from testbed.harbor.onboarding import AuthMode, GroupType, auth_mode
from testbed.harbor.paging import Column, Keyword, ListQuery
from testbed.harbor.state import Group

_TYPES = frozenset(kind.value for kind in GroupType)
_COLUMNS: dict[str, Column[Group]] = {
    "id": lambda group: group.id,
    "group_name": lambda group: group.name,
    "group_type": lambda group: group.type,
    "ldap_group_dn": lambda group: group.ldap_dn,
}


def _view(group: Group) -> dict[str, object]:
    view: dict[str, object] = {
        "group_name": group.name,
        "group_type": group.type,
        "id": group.id,
    }
    return view | ({"ldap_group_dn": group.ldap_dn} if group.ldap_dn else {})


async def list_groups(call: Call) -> web.StreamResponse:
    """GET /usergroups: those that the login system in force can have."""
    call.require_on_system("list", "user-group")
    query = call.list_query()
    shown = {AuthMode.LDAP: GroupType.LDAP, AuthMode.PROXY: GroupType.PROXY}
    keywords: dict[str, Keyword] = {}
    if call.parameter("group_name"):
        keywords["group_name"] = Keyword(call.parameter("group_name"), fuzzy=True)
    kind = shown.get(auth_mode(call.state))
    if kind is not None:
        keywords["group_type"] = Keyword(str(kind.value))
    if kind is GroupType.LDAP and call.parameter("ldap_group_dn"):
        keywords["ldap_group_dn"] = Keyword(call.parameter("ldap_group_dn"))
    return _page(call, replace(query, keywords=keywords), _view)


def _page(
    call: Call, query: ListQuery, view: Callable[[Group], dict[str, object]]
) -> web.StreamResponse:
    groups = call.state.groups.values()
    return call.page(groups, query, columns=_COLUMNS, order="group_name", view=view)


async def search_groups(call: Call) -> web.StreamResponse:
    """GET /usergroups/search: parts of names, for anybody who is known."""
    call.require_authenticated()
    name = call.parameter("groupname")
    if not name:
        raise bad_request("need to provide groupname to search user group")
    query = replace(call.list_query(), keywords={"group_name": Keyword(name, fuzzy=True)})
    return _page(call, query, _search_view)


def _search_view(group: Group) -> dict[str, object]:
    return {"group_name": group.name, "group_type": group.type, "id": group.id}


async def create_group(call: Call) -> web.StreamResponse:
    """POST /usergroups: one of LDAP must exist there."""
    body = await call.body(UserGroup, "usergroup")
    call.require_on_system("create", "user-group")
    if not body.group_name:
        raise bad_request("Missing group name")
    if body.group_type not in _TYPES:
        raise bad_request("Invalid group type")
    if body.group_type == GroupType.LDAP.value:
        _require_in_directory(call, body.ldap_group_dn)
    _require_free(call, body)
    number = call.state.next_id("group")
    dn = normalized_dn(body.ldap_group_dn)
    call.state.groups[number] = Group(number, body.group_name, body.group_type, dn)
    return call.created(number)


def _require_in_directory(call: Call, dn: str) -> None:
    if auth_mode(call.state) is AuthMode.LDAP and call.core.directory.group_at(dn) is not None:
        return
    raise bad_request(f"LDAP Group DN is not found: DN:{dn}")


def _require_free(call: Call, body: UserGroup) -> None:
    for group in call.state.groups.values():
        if group.name != body.group_name:
            continue
        if group.type != body.group_type:
            # Names are unique over all types in the database, which Harbor does not foresee.
            raise internal_error()
        raise conflict(
            f"duplicate user group, group name:{body.group_name}, group type: {body.group_type}, "
            f"ldap group DN: {body.ldap_group_dn}"
        )


def _existing(call: Call) -> Group:
    number = call.number("id")
    group = call.state.groups.get(number)
    if group is None:
        raise not_found(f"the user group with id {number} is not found")
    return group


async def get_group(call: Call) -> web.StreamResponse:
    """GET /usergroups/{id}; the answer does not repeat the id."""
    call.require_on_system("read", "user-group")
    view = _view(_existing(call))
    del view["id"]
    return answer(view)


async def rename_group(call: Call) -> web.StreamResponse:
    """PUT /usergroups/{id}: the name only."""
    body = await call.body(GroupName, "usergroup")
    call.require_on_system("update", "user-group")
    if not body.group_name:
        return web.Response(status=400)
    _existing(call).name = body.group_name
    return done()


async def delete_group(call: Call) -> web.StreamResponse:
    """DELETE /usergroups/{id}, existing or not, with its memberships."""
    call.require_on_system("delete", "user-group")
    number = call.number("id")
    call.state.groups.pop(number, None)
    memberships = call.state.members.items()
    call.state.members = {k: m for k, m in memberships if not m.is_group(number)}
    return done()


ROUTES = (
    Route("GET", "/usergroups", list_groups),
    Route("GET", "/usergroups/search", search_groups),
    Route("POST", "/usergroups", create_group),
    Route("GET", "/usergroups/{id}", get_group),
    Route("PUT", "/usergroups/{id}", rename_group),
    Route("DELETE", "/usergroups/{id}", delete_group),
)
