"""Members of a project, and the groups that some of them are."""

from collections.abc import Mapping

from harbor_operator.api.blocks.members import GroupType, MemberKind
from harbor_operator.api.conditions import Reason
from harbor_operator.bridge.project_blocks.adapter import Hindered, Scene
from harbor_operator.core.project.blocks.members import (
    GROUP_TYPE_IDS,
    AddMember,
    ChangeRole,
    MemberSeen,
    RemoveMember,
)
from harbor_operator.core.steps import Trouble
from harbor_operator.harbor.errors import Conflict, NotFound, PermissionDenied
from harbor_operator.harbor.members import Member
from harbor_operator.harbor.user_groups import UserGroup

FIRST_USER = 1
"""The id of the user that Harbor was installed with; every project may count on it."""

_GROUP = "g"
_GROUP_TYPES = {number: type_ for type_, number in GROUP_TYPE_IDS.items()}


class MembersAdapter:
    """Reads and changes the members of a project."""

    async def observe(self, scene: Scene) -> tuple[MemberSeen, ...]:
        """All members that Harbor shows; one with an unknown role it hides."""
        rows = await scene.harbor.members.list(scene.project.id)
        groups = await _groups(scene, [row for row in rows if row.entity_type == _GROUP])
        return tuple(_seen(scene, row, groups) for row in rows)

    async def write(self, scene: Scene, write: AddMember | ChangeRole | RemoveMember) -> None:
        """Add, change or remove one member."""
        members, project = scene.harbor.members, scene.project.id
        match write:
            case AddMember():
                await _add(scene, write)
            case ChangeRole(member_id, role):
                await members.change_role(project, member_id, role)
            case RemoveMember(member_id):
                await members.remove(project, member_id)


async def _groups(scene: Scene, rows: list[Member]) -> Mapping[int, UserGroup]:
    """The groups by their ids, with their distinguished names where the login may see them."""
    if not rows:
        return {}
    try:
        listed = await scene.harbor.user_groups.list()
    except PermissionDenied:
        found = [await scene.harbor.user_groups.search(row.entity_name) for row in rows]
        listed = [group for groups in found for group in groups]
    return {group.id: group for group in listed}


def _seen(scene: Scene, row: Member, groups: Mapping[int, UserGroup]) -> MemberSeen:
    if row.entity_type == _GROUP:
        group = groups.get(row.entity_id)
        return MemberSeen(
            id=row.id,
            kind=MemberKind.GROUP,
            name=row.entity_name,
            role=row.role_id,
            group_type=_GROUP_TYPES.get(group.group_type) if group else None,
            distinguished_name=group.ldap_group_dn if group else "",
        )
    own = row.entity_name == scene.login
    needed = own or row.entity_id == FIRST_USER or row.entity_name == scene.project.owner_name
    return MemberSeen(
        id=row.id,
        kind=MemberKind.USER,
        name=row.entity_name,
        role=row.role_id,
        protected=needed,
        own=own,
    )


async def _add(scene: Scene, member: AddMember) -> None:
    members, project = scene.harbor.members, scene.project.id
    try:
        if member.group_type is None:
            await members.add_user(project, member.name, member.role)
        elif _is_distinguished(member):
            await members.add_group(
                project, role=member.role, group_type=member.group_type, ldap_dn=member.name
            )
        else:
            await members.add_group(
                project, role=member.role, group_type=member.group_type, name=member.name
            )
    except NotFound:
        raise Hindered(_unknown(member)) from None
    except Conflict:
        raise Hindered(_hidden(member)) from None


def _is_distinguished(member: AddMember) -> bool:
    return member.group_type == GROUP_TYPE_IDS[GroupType.LDAP] and "=" in member.name


def _unknown(member: AddMember) -> Trouble:
    return Trouble(
        Reason.MEMBER_NOT_FOUND,
        f"members: Harbor does not know {member.kind} {member.name}. With OIDC it learns of a user"
        " at the first login; a group's type must be the one that Harbor logs in with.",
    )


def _hidden(member: AddMember) -> Trouble:
    return Trouble(
        Reason.INVALID_SPEC,
        f"members: {member.kind} {member.name} is a member already, with a role that Harbor does"
        " not show: remove the member in Harbor's database, or by its API.",
    )
