"""Groups of users as Harbor knows them: it learns of a group when somebody uses it."""

from pydantic import TypeAdapter

from .answers import parsed
from .models import WireModel
from .pages import PAGE_SIZE, read_list
from .request import api_read
from .transport import Transport


class UserGroup(WireModel):
    """A group that Harbor knows."""

    id: int
    group_name: str = ""
    group_type: int = 0
    """1 for LDAP, 2 for an HTTP proxy, 3 for OIDC."""
    ldap_group_dn: str = ""
    """The distinguished name in small letters; empty in answers to a search."""


_GROUPS = TypeAdapter(list[UserGroup])


class UserGroups:
    """The groups that Harbor knows."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def search(self, name: str) -> list[UserGroup]:
        """The groups with this part in their name, the shortest names first; at most 100.

        Every authenticated caller may ask. Harbor ignores the page and gives the first rows
        always, so one request gets all that there is to get.

        Raises:
            InvalidRequest: The name is empty.
        """
        query = [("groupname", name), ("page_size", str(PAGE_SIZE))]
        answer = await self._transport.send(api_read("/usergroups/search", query=query))
        return parsed(answer, _GROUPS)

    async def list(self) -> list[UserGroup]:
        """All groups with their distinguished names.

        Where logins come from LDAP or an HTTP proxy, groups of this kind only.

        Raises:
            PermissionDenied: The client may not list the groups of the whole system.
        """
        return await read_list(self._transport, "/usergroups", _GROUPS)
