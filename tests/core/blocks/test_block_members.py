"""Who may do what in a project."""

import pytest

from harbor_operator.api.blocks.members import GroupType, MemberKind, Role
from harbor_operator.api.conditions import Reason
from harbor_operator.core.project.blocks.members import (
    MEMBERS,
    ROLE_IDS,
    AddMember,
    ChangeRole,
    MemberSeen,
    RemoveMember,
    Seen,
    Wanted,
)
from harbor_operator.core.project.facts import Desired, Observed
from harbor_operator.core.project.settings import compare
from harbor_operator.core.steps import Attempts, Change, Comparison, Step, Trouble, Verb
from tests.support.harbor_settings import VANISHED, RefusedWriteError, carried_out
from tests.support.project_settings import Fields, compared, outline, stated, wanted
from tests.support.projects import AT_REST

USER, GROUP = MemberKind.USER, MemberKind.GROUP
ADMIN = MemberSeen(18, USER, "admin", 1, protected=True)
OPERATOR = MemberSeen(17, USER, "operator", 1, protected=True, own=True)
ALICE = MemberSeen(19, USER, "alice", 2)
BOB = MemberSeen(20, USER, "bob", 5)
DEVS = MemberSeen(21, GROUP, "devs", 2, GroupType.OIDC)
DN = "cn=devs,dc=x"
STAFF = MemberSeen(22, GROUP, "staff", 3, GroupType.LDAP, distinguished_name=DN)

Row = dict[str, str]


def user(name: str, role: str = "Developer") -> Row:
    return {"kind": "User", "name": name, "role": role}


def group(name: str, type_: str, role: str = "Developer") -> Row:
    return {"kind": "Group", "name": name, "groupType": type_, "role": role}


def members(*rows: Row, policy: str | None = None) -> Fields:
    exact = {} if policy is None else {"membersPolicy": policy}
    return {"members": list(rows), **exact}


@pytest.mark.parametrize(
    ("role", "number"),
    [
        pytest.param("ProjectAdmin", 1, id="project admin"),
        pytest.param("Maintainer", 4, id="maintainer"),
        pytest.param("Developer", 2, id="developer"),
        pytest.param("Guest", 3, id="guest"),
        pytest.param("LimitedGuest", 5, id="limited guest"),
    ],
)
def test_a_missing_user_is_added(role: str, number: int) -> None:
    comparison = compared(MEMBERS, members(user("alice", role)), (ADMIN,))

    change = Change("members", "role", None, role)
    write = AddMember(USER, "alice", number, None)
    step = Step("members", Verb.CREATE, "User/alice", (change,), write)
    assert comparison == Comparison((step,))


@pytest.mark.parametrize(
    ("type_", "number"),
    [
        pytest.param("LDAP", 1, id="of LDAP"),
        pytest.param("HTTP", 2, id="of an HTTP proxy"),
        pytest.param("OIDC", 3, id="of OIDC"),
    ],
)
def test_a_missing_group_is_added(type_: str, number: int) -> None:
    steps = compared(MEMBERS, members(group("ops", type_)), (ADMIN,)).steps

    assert outline(steps) == [(Verb.CREATE, "Group/ops", AddMember(GROUP, "ops", 2, number))]


def test_every_role_has_a_number_that_harbor_lists() -> None:
    """Members 22-23: a role 9 is stored, and the member vanishes from the list."""
    assert sorted(ROLE_IDS) == sorted(Role)
    assert sorted(ROLE_IDS.values()) == [1, 2, 3, 4, 5]


CHANGES = [
    pytest.param(
        members(user("alice", "Maintainer")),
        (ADMIN, ALICE),
        [(Verb.UPDATE, "User/alice", ChangeRole(19, 4))],
        id="members 7: another role is a PUT, since a second POST is a conflict",
    ),
    pytest.param(
        members(user("admin", "Guest")),
        (ADMIN,),
        [(Verb.UPDATE, "User/admin", ChangeRole(18, 3))],
        id="also of somebody whom the operator would not remove",
    ),
    pytest.param(
        members(group("devs", "OIDC", "Guest")),
        (DEVS,),
        [(Verb.UPDATE, "Group/devs", ChangeRole(21, 3))],
        id="of a group",
    ),
    pytest.param(
        members(group("CN=Devs,DC=x", "LDAP")),
        (STAFF,),
        [(Verb.UPDATE, f"Group/{DN}", ChangeRole(22, 2))],
        id="of a group by its distinguished name, in any case",
    ),
    pytest.param(
        members(user("devs")),
        (DEVS,),
        [(Verb.CREATE, "User/devs", AddMember(USER, "devs", 2, None))],
        id="a group is no user of its name",
    ),
    pytest.param(
        members(group("devs", "LDAP")),
        (DEVS,),
        [(Verb.CREATE, "Group/devs", AddMember(GROUP, "devs", 2, 1))],
        id="nor a group of another type",
    ),
    pytest.param(
        members(group("Devs", "OIDC")),
        (DEVS,),
        [(Verb.CREATE, "Group/Devs", AddMember(GROUP, "Devs", 2, 3))],
        id="names have a case",
    ),
]


@pytest.mark.parametrize(("spec", "seen", "steps"), CHANGES)
def test_a_member_that_differs(
    spec: Fields, seen: Seen, steps: list[tuple[Verb, str, object]]
) -> None:
    comparison = compared(MEMBERS, spec, seen)

    assert outline(comparison.steps) == steps
    assert {step.source for step in comparison.steps} == {"members"}
    assert comparison.troubles == ()


IN_LINE = [
    pytest.param(members(user("alice")), (ADMIN, ALICE), id="a user"),
    pytest.param(members(group("devs", "OIDC")), (DEVS,), id="a group"),
    pytest.param(
        members(group("devs", "OIDC")),
        (MemberSeen(21, GROUP, "devs", 2),),
        id="a group whose type Harbor does not tell",
    ),
    pytest.param(
        members(group("staff", "LDAP", "Guest")), (STAFF,), id="an LDAP group by its name"
    ),
    pytest.param(members(group(DN, "LDAP", "Guest")), (STAFF,), id="or by its distinguished name"),
    pytest.param(members(user("alice")), (BOB, ALICE, DEVS), id="others stay where it is Additive"),
    pytest.param(
        members(user("alice"), policy="Additive"), (ALICE, BOB), id="also when that is stated"
    ),
    pytest.param(members(user("operator", "ProjectAdmin")), (OPERATOR,), id="the operator itself"),
]


@pytest.mark.parametrize(("spec", "seen"), IN_LINE)
def test_without_a_difference_nothing_is_written(spec: Fields, seen: Seen) -> None:
    assert compared(MEMBERS, spec, seen) == Comparison()


def test_a_role_shows_before_and_after() -> None:
    comparison = compared(MEMBERS, members(user("alice", "Maintainer")), (ALICE,))

    assert comparison.steps[0].changes == (Change("members", "role", "Developer", "Maintainer"),)


def test_a_role_that_no_spec_can_state_shows_as_its_number() -> None:
    seen = MemberSeen(19, USER, "alice", 8)

    comparison = compared(MEMBERS, members(user("alice", "Guest")), (seen,))

    assert comparison.steps[0].changes == (Change("members", "role", "8", "Guest"),)


REMOVALS = [
    pytest.param(
        members(user("alice"), policy="Exact"),
        (),
        (ADMIN, OPERATOR, ALICE, BOB, DEVS),
        [
            (Verb.DELETE, "User/bob", RemoveMember(20)),
            (Verb.DELETE, "Group/devs", RemoveMember(21)),
        ],
        id="members 4: Exact removes all others but those who are needed",
    ),
    pytest.param(
        members(policy="Exact"),
        (),
        (ADMIN, BOB),
        [(Verb.DELETE, "User/bob", RemoveMember(20))],
        id="Exact with nobody listed",
    ),
    pytest.param(
        members(),
        ("User/bob", "User/admin"),
        (ADMIN, ALICE, BOB),
        [(Verb.DELETE, "User/bob", RemoveMember(20))],
        id="whom earlier specs named goes, but for those who are needed",
    ),
    pytest.param(
        members(user("bob", "LimitedGuest")),
        ("User/bob",),
        (ALICE, BOB),
        [],
        id="whom the spec names still stays",
    ),
    pytest.param(
        members(),
        ("Group/CN=Devs,DC=x",),
        (DEVS, STAFF),
        [(Verb.DELETE, f"Group/{DN}", RemoveMember(22))],
        id="a distinguished name in any case",
    ),
    pytest.param(
        members(),
        ("Group/staff",),
        (STAFF,),
        [(Verb.DELETE, f"Group/{DN}", RemoveMember(22))],
        id="or the group's name",
    ),
    pytest.param(members(), ("Group/",), (DEVS,), [], id="a group without one has no empty one"),
]


@pytest.mark.parametrize(("spec", "managed", "seen", "steps"), REMOVALS)
def test_removals(
    spec: Fields, managed: tuple[str, ...], seen: Seen, steps: list[tuple[Verb, str, object]]
) -> None:
    assert outline(compared(MEMBERS, spec, seen, managed=managed).steps) == steps


def test_a_removal_shows_the_role_that_ends() -> None:
    (step,) = compared(MEMBERS, members(policy="Exact"), (BOB,)).steps

    assert step.source == "members"
    assert step.changes == (Change("members", "role", "LimitedGuest", None),)


def test_the_operators_own_role_is_not_changed() -> None:
    comparison = compared(MEMBERS, members(user("operator", "Guest"), user("alice")), (OPERATOR,))

    assert [step.target for step in comparison.steps] == ["User/alice"]
    (trouble,) = comparison.troubles
    assert trouble.reason is Reason.INVALID_SPEC
    assert trouble.message.startswith("members: operator is the operator's own login")


REFUSED = [
    pytest.param(
        members(group("devs", "OIDC")),
        "Group/devs",
        id="members 13-15: Harbor does not know a group before somebody has brought it along",
    ),
    pytest.param(
        members(user("ghost")), "User/ghost", id="members 8: nor a user before the first login"
    ),
    pytest.param(
        members(user("alice")),
        "User/alice",
        id="members 22-23: a member of role 9 is in no list, and the POST is a conflict",
    ),
]


@pytest.mark.parametrize(("spec", "target"), REFUSED)
def test_a_member_whom_harbor_refuses_is_told_and_not_tried_again(
    spec: Fields, target: str
) -> None:
    trouble = Trouble(Reason.MEMBER_NOT_FOUND, f"Harbor does not know {target}.")
    desired = Desired("team", {"members": wanted(MEMBERS, spec)})
    attempts = Attempts(refused={("members", Verb.CREATE, target): trouble})

    comparison = compare(desired, looking(attempts))

    assert comparison == Comparison((), (trouble,))


def looking(attempts: Attempts) -> Observed:
    return Observed(
        own=AT_REST.own,
        held=True,
        rule=AT_REST.rule,
        recorded=AT_REST.recorded,
        settings={"members": (ADMIN,)},
        attempts=attempts,
    )


def test_a_vanished_member_cannot_be_added() -> None:
    (step,) = compared(MEMBERS, members(user(VANISHED)), (ADMIN,)).steps

    with pytest.raises(RefusedWriteError):
        carried_out(step, (ADMIN,))


def test_whoever_has_never_named_a_member_manages_none() -> None:
    assert stated(MEMBERS, members()) is None
    assert stated(MEMBERS, members(policy="Additive")) is None
    assert stated(MEMBERS, members(), managed=("User/bob",)) == Wanted(
        (), managed=frozenset({"User/bob"})
    )
    assert stated(MEMBERS, members(policy="Exact")) == Wanted((), exact=True)


REPORTS = [
    pytest.param(
        members(user("bob"), user("alice")), (), (), ["User/alice", "User/bob"], id="all, by name"
    ),
    pytest.param(members(), ("User/bob",), (ALICE,), None, id="nobody once the last one is gone"),
    pytest.param(
        members(user("alice")),
        ("User/bob", "User/admin"),
        (ADMIN, ALICE, BOB, DEVS),
        ["User/alice", "User/bob"],
        id="whoever is still to be removed is remembered",
    ),
]


@pytest.mark.parametrize(("spec", "managed", "seen", "keys"), REPORTS)
def test_the_report(
    spec: Fields, managed: tuple[str, ...], seen: Seen, keys: list[str] | None
) -> None:
    desired = wanted(MEMBERS, spec, managed=managed)

    assert MEMBERS.report(desired, seen) == {"managedMembers": keys}
