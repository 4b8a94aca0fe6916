"""With another login system than the database, users and groups come from there."""

from collections.abc import AsyncIterator

import pytest

from testbed.harbor import HarborSimulator
from tests.support.simulated_harbor import SimulatedHarbor, running

MEMBERS = "/api/v2.0/projects/team/members"
GROUPS = "/api/v2.0/usergroups"
DEVELOPERS_DN = "cn=Developers,ou=groups,dc=example,dc=com"
DIRECTORY = {
    "users": [{"username": "dora", "password": "secret", "groups": [DEVELOPERS_DN]}],
    "groups": [{"dn": DEVELOPERS_DN, "name": "developers"}],
}


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with running(HarborSimulator()) as harbor:
        await harbor.create_project("team")
        yield harbor


async def switch(harbor: SimulatedHarbor, mode: str) -> None:
    await harbor.control("PUT", "/configuration", {"auth_mode": mode})
    await harbor.control("PUT", "/directory", DIRECTORY)


def user(name: str) -> dict[str, object]:
    return {"role_id": 2, "member_user": {"username": name}}


def group(**fields: object) -> dict[str, object]:
    return {"role_id": 2, "member_group": fields}


async def test_oidc_takes_every_name_for_a_group(harbor: SimulatedHarbor) -> None:
    await switch(harbor, "oidc_auth")

    added = await harbor.admin("POST", MEMBERS, group(group_name="devs", group_type=3))
    again = await harbor.admin("POST", MEMBERS, group(group_name="devs", group_type=3))
    shown = await harbor.admin("GET", added.headers["Location"])

    assert (added.status, again.status) == (201, 409)
    assert (shown.field("entity_name"), shown.field("entity_type")) == ("devs", "g")
    assert '"group_name": "devs", "group_type": 3' in (await harbor.admin("GET", GROUPS)).text


async def test_oidc_knows_a_user_only_after_the_first_login(harbor: SimulatedHarbor) -> None:
    await switch(harbor, "oidc_auth")

    before = await harbor.admin("POST", MEMBERS, user("dora"))
    await harbor.control("POST", "/logins", {"username": "dora", "groups": ["devs"]})
    after = await harbor.admin("POST", MEMBERS, user("dora"))

    assert (before.status, after.status) == (404, 201)
    assert "dora not found" in before.text


async def test_ldap_is_searched_for_users_and_groups(harbor: SimulatedHarbor) -> None:
    await switch(harbor, "ldap_auth")

    by_name = await harbor.admin("POST", MEMBERS, user("dora"))
    by_dn = await harbor.admin("POST", MEMBERS, group(ldap_group_dn=DEVELOPERS_DN))
    nobody = await harbor.admin("POST", MEMBERS, user("nobody"))
    nowhere = await harbor.admin("POST", MEMBERS, group(ldap_group_dn="cn=x,dc=example"))
    no_dn = await harbor.admin("POST", MEMBERS, group(ldap_group_dn="developers"))

    statuses = [reply.status for reply in (by_name, by_dn, nobody, nowhere, no_dn)]
    assert statuses == [201, 201, 404, 404, 500]
    groups = await harbor.admin("GET", GROUPS)
    assert f'"ldap_group_dn": "{DEVELOPERS_DN.lower()}"' in groups.text


async def test_a_group_gives_its_role_to_those_who_log_in_with_it(harbor: SimulatedHarbor) -> None:
    await switch(harbor, "ldap_auth")
    await harbor.admin("POST", MEMBERS, group(ldap_group_dn=DEVELOPERS_DN))
    dora = harbor.anonymous.signed_in("dora", "secret")

    allowed = await dora("GET", "/api/v2.0/projects/team")
    wrong = await harbor.anonymous.signed_in("dora", "guess")("GET", "/api/v2.0/users/current")

    assert allowed.field("current_user_role_id") == "2"
    assert wrong.status == 401


@pytest.mark.parametrize(
    ("skips_search", "statuses"),
    [
        pytest.param(True, (201, 201), id="skipping the search"),
        pytest.param(False, (404, 500), id="searching"),
    ],
)
async def test_an_authentication_proxy_knows_everybody_or_nobody(
    harbor: SimulatedHarbor, statuses: tuple[int, int], *, skips_search: bool
) -> None:
    await switch(harbor, "http_auth")
    settings = {"http_authproxy_skip_search": skips_search}
    await harbor.admin("PUT", "/api/v2.0/configurations", settings)

    somebody = await harbor.admin("POST", MEMBERS, user("somebody"))
    team = await harbor.admin("POST", MEMBERS, group(group_name="devs", group_type=2))

    assert (somebody.status, team.status) == statuses


async def test_the_mode_cannot_change_while_there_are_users(harbor: SimulatedHarbor) -> None:
    configurations = "/api/v2.0/configurations"
    changed = await harbor.admin("PUT", configurations, {"auth_mode": "oidc_auth"})
    await harbor.control("POST", "/logins", {"username": "dora"})

    refused = await harbor.admin("PUT", configurations, {"auth_mode": "db_auth"})
    local = {"username": "x", "email": "x@example.com", "realname": "X", "password": "Abcdefg1"}
    created = await harbor.admin("POST", "/api/v2.0/users", local)

    assert (changed.status, refused.status, created.status) == (200, 400, 403)


async def test_a_deleted_group_takes_its_memberships_along(harbor: SimulatedHarbor) -> None:
    created = await harbor.admin("POST", GROUPS, {"group_name": "devs", "group_type": 3})
    member = await harbor.admin("POST", MEMBERS, group(id=1))

    await harbor.admin("DELETE", created.headers["Location"])

    assert member.status == 201
    assert (await harbor.admin("GET", member.headers["Location"])).status == 404
