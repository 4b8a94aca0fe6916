"""Members: who may do what in a project."""

from enum import StrEnum
from typing import Any, Final

from pydantic import Field

from harbor_operator.api.model import ApiModel, Rule

MAX_MEMBERS: Final = 256
"""Larger circles are better a group of the directory that Harbor asks."""

MEMBERS_SCHEMA: Final[dict[str, Any]] = {
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["kind", "name"],
}
"""Makes the list a map, so that several managers can each apply their own members."""


class MemberKind(StrEnum):
    """Whether a member is one person or many."""

    USER = "User"
    GROUP = "Group"


class GroupType(StrEnum):
    """Where Harbor knows a group from."""

    LDAP = "LDAP"
    """A group of an LDAP directory, named by its distinguished name."""

    OIDC = "OIDC"
    """A group in the claims of an OpenID Connect provider."""

    HTTP = "HTTP"
    """A group that an HTTP authentication proxy states."""


class Role(StrEnum):
    """What a member may do, most to least."""

    PROJECT_ADMIN = "ProjectAdmin"
    MAINTAINER = "Maintainer"
    DEVELOPER = "Developer"
    GUEST = "Guest"
    LIMITED_GUEST = "LimitedGuest"


class MembersPolicy(StrEnum):
    """What happens to members that the spec does not name."""

    ADDITIVE = "Additive"
    """They stay."""

    EXACT = "Exact"
    """They are removed, but for those that Harbor or the operator needs."""


class Member(ApiModel):
    """One person or group, and its role in the project."""

    checks = (
        Rule(
            "(self.kind == 'Group') == has(self.groupType)",
            "groupType: a Group needs it, a User has none",
            field="groupType",
        ),
    )

    kind: MemberKind
    """User or Group."""

    name: str = Field(min_length=1, max_length=255)
    """The user's or the group's name in Harbor; of an LDAP group its distinguished name."""

    group_type: GroupType | None = None
    """Where Harbor knows the group from: LDAP, OIDC or HTTP. Only for a Group."""

    role: Role
    """ProjectAdmin, Maintainer, Developer, Guest or LimitedGuest."""
