"""Members of projects: users and groups with a role."""

from pydantic import TypeAdapter

from .answers import created_id
from .models import WireModel
from .pages import read_list
from .request import api_write
from .transport import Transport

_MEMBERS_ROUTE = "/projects/{project}/members"
_MEMBER_ROUTE = "/projects/{project}/members/{id}"


class Member(WireModel):
    """A user or a group with a role in one project."""

    id: int
    """Of the membership, not of the user or the group."""
    entity_id: int = 0
    """Of the user or the group."""
    entity_name: str = ""
    entity_type: str = ""
    """`u` for a user, `g` for a group; of which kind the group is, `user_groups` knows."""
    role_id: int = 0


_MEMBERS = TypeAdapter(list[Member])


class Members:
    """The members of projects."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def list(self, project_id: int) -> list[Member]:
        """All members of a project that Harbor shows.

        Harbor counts a member with an unknown role, but never shows it.

        Raises:
            NotFound: There is no such project.
        """
        segments = {"project": project_id}
        return await read_list(self._transport, _MEMBERS_ROUTE, _MEMBERS, segments=segments)

    async def add_user(self, project_id: int, username: str, role: int) -> int:
        """Give a user a role and return the id of the membership.

        Raises:
            Conflict: The user is a member already, be it with another role.
            NotFound: Harbor does not know the user; with OIDC, until the first login.
            InvalidRequest: Harbor has no such role.
        """
        return await self._add(project_id, role_id=role, member_user={"username": username})

    async def add_group(
        self,
        project_id: int,
        *,
        role: int,
        group_type: int,
        name: str | None = None,
        ldap_dn: str | None = None,
    ) -> int:
        """Give a group a role and return the id of the membership.

        Args:
            project_id: The project's id.
            role: Harbor's number of the role.
            group_type: 1 for LDAP, 2 for an HTTP proxy, 3 for OIDC.
            name: The group's name. Beside `ldap_dn` it only names a group that is new to Harbor.
            ldap_dn: The distinguished name of an LDAP group.

        Raises:
            Conflict: The group is a member already, be it with another role.
            NotFound: Neither Harbor nor its source of logins knows the group.
            InvalidRequest: Harbor has no such role, or neither name is given.
        """
        group: dict[str, object] = {"group_type": group_type}
        if name is not None:
            group["group_name"] = name
        if ldap_dn is not None:
            group["ldap_group_dn"] = ldap_dn
        return await self._add(project_id, role_id=role, member_group=group)

    async def change_role(self, project_id: int, member_id: int, role: int) -> None:
        """Give a member another role.

        Harbor accepts what does not exist: an unknown member stays unknown, and an unknown role
        hides the member.
        """
        segments = {"project": project_id, "id": member_id}
        body = {"role_id": role}
        await self._transport.send(api_write("PUT", _MEMBER_ROUTE, segments, body=body))

    async def remove(self, project_id: int, member_id: int) -> None:
        """Take a member's role away; also where it is gone already."""
        segments = {"project": project_id, "id": member_id}
        await self._transport.send(api_write("DELETE", _MEMBER_ROUTE, segments))

    async def _add(self, project_id: int, **body: object) -> int:
        request = api_write("POST", _MEMBERS_ROUTE, {"project": project_id}, body=body)
        return created_id(await self._transport.send(request))
