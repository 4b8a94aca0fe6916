"""User groups, which under database login can be kept, but never become members."""

from aiohttp import web

from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.errors import bad_request, conflict, not_found
from testbed.harbor.models import UserGroup
from testbed.harbor.paging import Column
from testbed.harbor.state import Group

GROUP_TYPES = frozenset({1, 2, 3})
"""LDAP, HTTP authentication proxy, OIDC."""

_COLUMNS: dict[str, Column[Group]] = {
    "id": lambda group: group.id,
    "group_name": lambda group: group.name,
    "group_type": lambda group: group.type,
}


def _view(group: Group) -> dict[str, object]:
    view: dict[str, object] = {
        "group_name": group.name,
        "group_type": group.type,
        "id": group.id,
    }
    return view | ({"ldap_group_dn": group.ldap_dn} if group.ldap_dn else {})


async def list_groups(call: Call) -> web.StreamResponse:
    """GET /usergroups."""
    call.require_on_system("list", "user-group")
    groups = call.state.groups.values()
    return call.page(groups, call.list_query(), columns=_COLUMNS, order="group_name", view=_view)


async def create_group(call: Call) -> web.StreamResponse:
    """POST /usergroups."""
    body = await call.body(UserGroup, "usergroup")
    call.require_on_system("create", "user-group")
    if not body.group_name:
        raise bad_request("Missing group name")
    if body.group_type not in GROUP_TYPES:
        raise bad_request("Invalid group type")
    number = call.state.next_id("group")
    if any(group.name == body.group_name for group in call.state.groups.values()):
        raise conflict(f"user group {body.group_name} already exists")
    call.state.groups[number] = Group(number, body.group_name, body.group_type, body.ldap_group_dn)
    return call.created(number)


def _existing(call: Call) -> Group:
    number = call.number("id")
    group = call.state.groups.get(number)
    if group is None:
        raise not_found(f"user group {number} not found")
    return group


async def get_group(call: Call) -> web.StreamResponse:
    """GET /usergroups/{id}; the answer does not repeat the id."""
    call.require_on_system("read", "user-group")
    view = _view(_existing(call))
    del view["id"]
    return answer(view)


async def delete_group(call: Call) -> web.StreamResponse:
    """DELETE /usergroups/{id}."""
    call.require_on_system("delete", "user-group")
    del call.state.groups[_existing(call).id]
    return done()


ROUTES = (
    Route("GET", "/usergroups", list_groups),
    Route("POST", "/usergroups", create_group),
    Route("GET", "/usergroups/{id}", get_group),
    Route("DELETE", "/usergroups/{id}", delete_group),
)
