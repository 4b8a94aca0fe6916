"""Members of projects: users and groups."""

from aiohttp import web

from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.errors import bad_request, conflict, not_found
from testbed.harbor.models import ProjectMember, RoleRequest, UserEntity, UserGroup
from testbed.harbor.onboarding import GroupType, onboard_searched_group, onboard_searched_user
from testbed.harbor.paging import page_headers, page_of
from testbed.harbor.permissions import ROLE_NAMES
from testbed.harbor.state import EntityType, Member


async def add_member(call: Call) -> web.StreamResponse:
    """POST /projects/{project}/members: a user or a group, added to Harbor first if need be."""
    body = await call.body(ProjectMember, "project_member")
    reference = call.project_reference()
    project = call.project("create", "member")
    entity_type, entity_id = _entity_of(call, body)
    entity = (project.project_id, entity_type, entity_id)
    if any(_entity(member) == entity for member in call.state.members.values()):
        raise conflict("The project member specified already exist")
    if body.role_id not in ROLE_NAMES:
        raise bad_request("Failed to update project member, role is not in 1,2,3")
    number = call.state.next_id("member")
    member = Member(number, project.project_id, entity_id, body.role_id, entity_type)
    call.state.members[member.id] = member
    location = f"/api/v2.0/projects/{reference}/members/{member.id}"
    return web.Response(status=201, headers={"Location": location})


def _entity(member: Member) -> tuple[int, EntityType, int]:
    return member.project_id, member.entity_type, member.entity_id


def _entity_of(call: Call, body: ProjectMember) -> tuple[EntityType, int]:
    """Who is meant: the first that is given of user id, group id, user name, DN, group name."""
    user, group = body.member_user or UserEntity(), body.member_group or UserGroup()
    if user.user_id > 0:
        return EntityType.USER, _known_user(call, user.user_id)
    if group.id > 0:
        return EntityType.GROUP, _known_group(call, group.id)
    if user.username:
        return EntityType.USER, _named_user(call, user.username)
    if group.ldap_group_dn:
        return EntityType.GROUP, _group_at(call, group)
    if group.group_name:
        return EntityType.GROUP, _named_group(call, group)
    raise bad_request("at least one of member_user or member_group must be provided")


def _known_user(call: Call, user_id: int) -> int:
    if user_id not in call.state.users:
        raise bad_request(f"Failed to get user {user_id}: user {user_id} not found")
    return user_id


def _known_group(call: Call, group_id: int) -> int:
    if group_id not in call.state.groups:
        raise bad_request(f"Group {group_id} not found")
    return group_id


def _named_user(call: Call, username: str) -> int:
    user = call.state.user_named(username)
    return user.user_id if user is not None else onboard_searched_user(call.core, username)


def _group_at(call: Call, wanted: UserGroup) -> int:
    # Harbor looks for the DN as it was written, although it stores it in small letters.
    for group in call.state.groups.values():
        if group.type == GroupType.LDAP.value and group.ldap_dn == wanted.ldap_group_dn:
            return group.id
    return onboard_searched_group(call.core, wanted.ldap_group_dn, wanted.group_name)


def _named_group(call: Call, wanted: UserGroup) -> int:
    for group in call.state.groups.values():
        if (group.name, group.type) == (wanted.group_name, wanted.group_type):
            return group.id
    return onboard_searched_group(call.core, wanted.group_name)


def _name(call: Call, member: Member) -> str:
    if member.entity_type is EntityType.GROUP:
        return call.state.groups[member.entity_id].name
    return call.state.users[member.entity_id].username


def _view(call: Call, member: Member) -> dict[str, object]:
    return {
        "entity_id": member.entity_id,
        "entity_name": _name(call, member),
        "entity_type": member.entity_type.value,
        "id": member.id,
        "project_id": member.project_id,
        "role_id": member.role_id,
        "role_name": ROLE_NAMES[member.role_id],
    }


async def list_members(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/members, by name.

    `entityname` filters exactly; the total counts everybody all the same. Members with an unknown
    role are counted, but not shown.
    """
    project = call.project("list", "member")
    query = call.list_query()
    members = [m for m in call.state.members.values() if m.project_id == project.project_id]
    wanted = call.parameter("entityname")
    shown = [
        _view(call, member)
        for member in members
        if member.role_id in ROLE_NAMES and wanted in {"", _name(call, member)}
    ]
    shown.sort(key=lambda view: str(view["entity_name"]))
    headers = page_headers(call.request, query, len(members))
    return answer(page_of(query, shown), headers=headers)


def _find(call: Call, project_id: int) -> Member | None:
    member = call.state.members.get(call.number("id"))
    belongs = member is not None and member.project_id == project_id
    return member if belongs else None


async def get_member(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/members/{id}."""
    project = call.project("read", "member")
    member = _find(call, project.project_id)
    if member is None or member.role_id not in ROLE_NAMES:
        raise not_found(
            f"the project member is not found, project id {project.project_id}, "
            f"member id {call.number('id')}"
        )
    return answer(_view(call, member))


async def update_member(call: Call) -> web.StreamResponse:
    """PUT /projects/{project}/members/{id}: any role, any member, existing or not."""
    body = await call.body(RoleRequest, "role")
    member = _find(call, call.project("update", "member").project_id)
    if member is not None:
        member.role_id = body.role_id
    return done()


async def delete_member(call: Call) -> web.StreamResponse:
    """DELETE /projects/{project}/members/{id}, existing or not."""
    member = _find(call, call.project("delete", "member").project_id)
    if member is not None:
        del call.state.members[member.id]
    return done()


ROUTES = (
    Route("POST", "/projects/{project}/members", add_member),
    Route("GET", "/projects/{project}/members", list_members),
    Route("GET", "/projects/{project}/members/{id}", get_member),
    Route("PUT", "/projects/{project}/members/{id}", update_member),
    Route("DELETE", "/projects/{project}/members/{id}", delete_member),
)
