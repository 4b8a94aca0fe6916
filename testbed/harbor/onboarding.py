"""How users and groups of other login systems come to exist in Harbor's own database."""

from datetime import datetime
from enum import Enum
from secrets import token_urlsafe

from testbed.harbor.core import Core
from testbed.harbor.directory import DirectoryGroup, DirectoryUser, is_dn, normalized_dn
from testbed.harbor.errors import internal_error, not_found
from testbed.harbor.state import Group, HarborState, User


class AuthMode(Enum):
    """Who checks passwords, by the values of the setting `auth_mode`."""

    DATABASE = "db_auth"
    LDAP = "ldap_auth"
    PROXY = "http_auth"
    UAA = "uaa_auth"
    OIDC = "oidc_auth"


class GroupType(Enum):
    """Where a group comes from, by the numbers of the API."""

    LDAP = 1
    PROXY = 2
    OIDC = 3


_COMMENTS = {
    AuthMode.LDAP: "from LDAP.",
    AuthMode.PROXY: "By Authproxy",
    AuthMode.OIDC: "Onboarded via OIDC provider",
}
MAX_GROUP_NAME = 255


def auth_mode(state: HarborState) -> AuthMode:
    """The mode in force."""
    return AuthMode(state.configuration["auth_mode"])


def onboard_searched_user(core: Core, username: str) -> int:
    """The number of a user whom Harbor does not know, but the login system does.

    Raises:
        HarborError: 404 when the login system does not know the user, or cannot be searched.
    """
    mode = auth_mode(core.state)
    match mode:
        case AuthMode.DATABASE:
            raise not_found(f"user {username} is not found")
        case AuthMode.LDAP:
            found = core.directory.users.get(username)
            if found is None:
                raise not_found(f"no user found: {username}")
        case AuthMode.PROXY if core.state.configuration["http_authproxy_skip_search"]:
            found = DirectoryUser(username)
        case AuthMode.PROXY:
            raise not_found(f"user {username} is not found")
        case _:
            raise not_found(f"{username} not found: not supported")
    return onboard_user(core.state, core.clock.now(), found).user_id


def onboard_user(state: HarborState, now: datetime, found: DirectoryUser) -> User:
    """The user in Harbor's database, added if it is not there yet."""
    user = state.user_named(found.username)
    if user is None:
        user = User(
            user_id=state.next_id("user"),
            username=found.username,
            email=found.email,
            realname=found.realname or found.username,
            comment=_COMMENTS.get(auth_mode(state), ""),
            # Nobody shall log in with it, should the login system ever be the database again.
            password=token_urlsafe(),
            sysadmin=False,
            created=now,
            updated=now,
        )
        state.users[user.user_id] = user
    return user


def onboard_searched_group(core: Core, key: str, other_name: str = "") -> int:
    """The number of a group by its DN (LDAP) or name; `other_name` is what to call it instead.

    Raises:
        HarborError: 404 when it does not exist, 500 for what is no DN.
    """
    state = core.state
    match auth_mode(state):
        case AuthMode.OIDC:
            # Nobody can be asked, so every name is taken for a group.
            return _onboard(state, Group(0, key, GroupType.OIDC.value, "")).id
        case AuthMode.PROXY if state.configuration["http_authproxy_skip_search"]:
            return _onboard(state, Group(0, key, GroupType.PROXY.value, "")).id
        case AuthMode.PROXY:
            raise internal_error()
        case AuthMode.LDAP:
            found = find_ldap_group(core, key)
            return _onboard_ldap(state, found, other_name).id
        case _:
            raise not_found(f"{key} not found: not supported")


def find_ldap_group(core: Core, dn: str) -> DirectoryGroup:
    """The group with this DN.

    Raises:
        HarborError: 404 when there is none, 500 for what is no DN.
    """
    if not is_dn(dn):
        raise internal_error()
    found = core.directory.group_at(dn)
    if found is None:
        raise not_found(f"failed to searh ldap group with groupDN:{dn}")
    return found


def _onboard_ldap(state: HarborState, found: DirectoryGroup, other_name: str) -> Group:
    dn, name = normalized_dn(found.dn), other_name or found.name
    same = (group for group in state.groups.values() if group.ldap_dn == dn)
    existing = next(same, None)
    if existing is not None:
        return existing
    taken = any(
        group.name == name and group.type == GroupType.LDAP.value for group in state.groups.values()
    )
    return _onboard(
        state, Group(0, dn[:MAX_GROUP_NAME] if taken else name, GroupType.LDAP.value, dn)
    )


def _onboard(state: HarborState, wanted: Group) -> Group:
    for group in state.groups.values():
        if (group.name, group.type) == (wanted.name, wanted.type):
            return group
        if group.name == wanted.name:
            # Names are unique over all types in the database, which Harbor does not foresee.
            raise internal_error()
    wanted.id = state.next_id("group")
    state.groups[wanted.id] = wanted
    return wanted


def log_in(core: Core, found: DirectoryUser) -> User:
    """What a successful login leaves: the user and the groups that it names."""
    user = onboard_user(core.state, core.clock.now(), found)
    user.group_ids = []
    for key in found.groups:
        if auth_mode(core.state) is AuthMode.LDAP and core.directory.group_at(key) is None:
            continue
        user.group_ids.append(onboard_searched_group(core, key))
    return user
