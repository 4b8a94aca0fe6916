"""Members of projects: users only, as groups need another kind of login."""

from aiohttp import web

from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.errors import bad_request, conflict, not_found
from testbed.harbor.models import ProjectMember, RoleRequest, UserEntity, UserGroup
from testbed.harbor.paging import page_headers, page_of
from testbed.harbor.permissions import ROLE_NAMES
from testbed.harbor.state import Member


async def add_member(call: Call) -> web.StreamResponse:
    """POST /projects/{project}/members."""
    body = await call.body(ProjectMember, "project_member")
    reference = call.project_reference()
    project = call.project("create", "member")
    if body.member_user is None and body.member_group is None:
        raise bad_request("at least one of member_user or member_group must be provided")
    if body.member_user is None:
        raise _unknown_group(body.member_group)
    user_id = _user_of(call, body.member_user)
    if body.role_id not in ROLE_NAMES:
        raise bad_request("Failed to update project member, role is not in 1,2,3")
    if call.state.roles_of(user_id, project.project_id):
        raise conflict("The project member specified already exist")
    member = Member(call.state.next_id("member"), project.project_id, user_id, body.role_id)
    call.state.members[member.id] = member
    location = f"/api/v2.0/projects/{reference}/members/{member.id}"
    return web.Response(status=201, headers={"Location": location})


def _unknown_group(group: UserGroup | None) -> Exception:
    name = (group.ldap_group_dn or group.group_name) if group is not None else ""
    return not_found(f"{name} not found: not supported")


def _user_of(call: Call, entity: UserEntity) -> int:
    if entity.user_id:
        if entity.user_id not in call.state.users:
            raise bad_request(
                f"Failed to get user {entity.user_id}: user {entity.user_id} not found"
            )
        return entity.user_id
    user = call.state.user_named(entity.username)
    if user is None:
        raise not_found(f"user {entity.username} is not found")
    return user.user_id


def _view(call: Call, member: Member) -> dict[str, object]:
    return {
        "entity_id": member.user_id,
        "entity_name": call.state.users[member.user_id].username,
        "entity_type": "u",
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
        if member.role_id in ROLE_NAMES
        and wanted in {"", call.state.users[member.user_id].username}
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
