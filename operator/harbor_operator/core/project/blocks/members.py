"""Who may do what in a project: users and groups, each with a role.

Additive, the default, leaves everybody alone whom the spec does not name and has never named.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from harbor_operator.api.blocks.members import (
    GroupType,
    Member,
    MemberKind,
    MembersPolicy,
    Role,
)
from harbor_operator.api.conditions import Reason
from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.core.project.blocks.block import Block
from harbor_operator.core.statement import Statement
from harbor_operator.core.steps import Change, Comparison, Step, Trouble, Verb

ROLE_IDS: Mapping[Role, int] = {
    Role.PROJECT_ADMIN: 1,
    Role.DEVELOPER: 2,
    Role.GUEST: 3,
    Role.MAINTAINER: 4,
    Role.LIMITED_GUEST: 5,
}
"""Harbor's numbers. A member with any other number vanishes from Harbor's lists."""

GROUP_TYPE_IDS: Mapping[GroupType, int] = {
    GroupType.LDAP: 1,
    GroupType.HTTP: 2,
    GroupType.OIDC: 3,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The members of a spec."""

    members: tuple[Member, ...]
    exact: bool = False
    """Whether everybody else goes."""
    managed: frozenset[str] = frozenset()
    """Whom earlier specs named, by `key_of`; they go when the spec no longer does."""


@dataclass(frozen=True, slots=True)
class MemberSeen:
    """One member in Harbor."""

    id: int
    kind: MemberKind
    name: str
    role: int
    group_type: GroupType | None = None
    """None for a user, and where Harbor does not tell."""
    distinguished_name: str = ""
    """Of an LDAP group, where the login may see it."""
    protected: bool = False
    """Whether Harbor or the operator needs it: user 1, the project's creator, our own login."""
    own: bool = False
    """Whether it is the operator's own login."""

    @property
    def key(self) -> str:
        """How plans name it."""
        return key_of(self.kind, self.distinguished_name or self.name)


@dataclass(frozen=True, slots=True)
class AddMember:
    """Make somebody a member."""

    kind: MemberKind
    name: str
    role: int
    group_type: int | None


@dataclass(frozen=True, slots=True)
class ChangeRole:
    """Give a member another role."""

    member_id: int
    role: int


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Take a member out of the project."""

    member_id: int


Seen = tuple[MemberSeen, ...]


def key_of(kind: MemberKind, name: str) -> str:
    """How plans and the status name a member."""
    return f"{kind}/{name}"


class MembersBlock(Block[Wanted, Seen]):
    """The members, users and groups."""

    name = "members"

    @override
    def desired(self, spec: ProjectSpec, status: ProjectStatus) -> Wanted | None:
        exact = spec.members_policy is MembersPolicy.EXACT
        managed = frozenset(status.managed_members)
        if not spec.members and not exact and not managed:
            return None
        return Wanted(spec.members, exact, managed)

    @override
    def compare(self, desired: Wanted, observed: Seen) -> Comparison:
        steps: list[Step] = []
        troubles: list[Trouble] = []
        for member in desired.members:
            seen = _find(member, observed)
            if seen is None:
                steps.append(_addition(member))
            elif seen.role != ROLE_IDS[member.role]:
                if seen.own:
                    troubles.append(_own_role(member))
                else:
                    steps.append(_change(seen, member))
        steps.extend(_removals(desired, observed))
        return Comparison(tuple(steps), tuple(troubles))

    @override
    def blank(self, desired: Wanted) -> Seen:
        return ()

    @override
    def state(self, observed: Seen) -> Statement:
        rows = sorted(observed, key=lambda seen: (seen.kind, seen.key, seen.id))
        stated = {entry["kind"] + entry["name"]: entry for entry in map(_stated, rows) if entry}
        missing = len(rows) - len(stated)
        notes = (f"{self.name}: {missing} cannot be stated",) if missing else ()
        return Statement({self.name: [*stated.values()]} if stated else {}, notes)

    @override
    def report(self, desired: Wanted, observed: Seen) -> Mapping[str, Any]:
        named = {key_of(member.kind, member.name) for member in desired.members}
        others = _others(desired, observed)
        leaving = {seen.key for seen in others if _was_ours(seen, desired.managed)}
        return {"managedMembers": sorted(named | leaving) or None}


def _find(member: Member, observed: Seen) -> MemberSeen | None:
    return next((seen for seen in observed if _is(seen, member)), None)


def _is(seen: MemberSeen, member: Member) -> bool:
    if seen.kind is not member.kind:
        return False
    if seen.group_type is not None and seen.group_type is not member.group_type:
        return False
    distinguished = seen.distinguished_name.lower()  # Harbor keeps these in small letters
    return member.name == seen.name or member.name.lower() == distinguished


def _was_ours(seen: MemberSeen, managed: frozenset[str]) -> bool:
    if key_of(seen.kind, seen.name) in managed:
        return True
    distinguished = key_of(seen.kind, seen.distinguished_name).lower()
    return bool(seen.distinguished_name) and distinguished in {key.lower() for key in managed}


def _others(desired: Wanted, observed: Seen) -> list[MemberSeen]:
    """Those whom the spec does not name and who can go."""
    named = [_find(member, observed) for member in desired.members]
    return [seen for seen in observed if seen not in named and not seen.protected]


def _removals(desired: Wanted, observed: Seen) -> Iterator[Step]:
    for seen in _others(desired, observed):
        if desired.exact or _was_ours(seen, desired.managed):
            change = Change(MembersBlock.name, "role", _role_word(seen.role), None)
            write = RemoveMember(seen.id)
            yield Step(MembersBlock.name, Verb.DELETE, seen.key, (change,), write)


def _stated(seen: MemberSeen) -> dict[str, str] | None:
    """An entry of a spec; None for a role or a sort of group that it has no word for."""
    role = next((word for word, number in ROLE_IDS.items() if number == seen.role), None)
    if role is None:
        return None
    if seen.kind is MemberKind.USER:
        return {"kind": seen.kind.value, "name": seen.name, "role": role.value}
    if seen.group_type is None:
        return None
    return {
        "kind": seen.kind.value,
        "name": seen.distinguished_name or seen.name,
        "groupType": seen.group_type.value,
        "role": role.value,
    }


def _addition(member: Member) -> Step:
    group_type = None if member.group_type is None else GROUP_TYPE_IDS[member.group_type]
    write = AddMember(member.kind, member.name, ROLE_IDS[member.role], group_type)
    change = Change(MembersBlock.name, "role", None, member.role)
    target = key_of(member.kind, member.name)
    return Step(MembersBlock.name, Verb.CREATE, target, (change,), write)


def _change(seen: MemberSeen, member: Member) -> Step:
    change = Change(MembersBlock.name, "role", _role_word(seen.role), member.role)
    write = ChangeRole(seen.id, ROLE_IDS[member.role])
    return Step(MembersBlock.name, Verb.UPDATE, seen.key, (change,), write)


def _own_role(member: Member) -> Trouble:
    return Trouble(
        Reason.INVALID_SPEC,
        f"members: {member.name} is the operator's own login, whose role is not changed: remove"
        " the entry.",
    )


def _role_word(role: int) -> str:
    return next((word for word, number in ROLE_IDS.items() if number == role), str(role))


MEMBERS = MembersBlock()
