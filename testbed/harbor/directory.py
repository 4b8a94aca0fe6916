"""A small directory of users and groups, which stands for LDAP or an authentication proxy."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DirectoryUser:
    """A user of the directory with the groups that hold it (their names or DNs)."""

    username: str
    password: str = field(default="", repr=False)
    email: str = ""
    realname: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DirectoryGroup:
    """A group of the directory."""

    dn: str
    name: str


@dataclass(slots=True)
class Directory:
    """Everybody whom Harbor can find there."""

    users: dict[str, DirectoryUser] = field(default_factory=dict)
    groups: dict[str, DirectoryGroup] = field(default_factory=dict)

    def replace(self, users: list[DirectoryUser], groups: list[DirectoryGroup]) -> None:
        """Fills the directory anew."""
        self.users = {user.username: user for user in users}
        self.groups = {normalized_dn(group.dn): group for group in groups}

    def group_at(self, dn: str) -> DirectoryGroup | None:
        """The group with this DN, in whatever case."""
        return self.groups.get(normalized_dn(dn))


def normalized_dn(dn: str) -> str:
    """A DN as Harbor stores it."""
    return dn.strip().lower()


def is_dn(text: str) -> bool:
    """Whether a text has the form of a DN."""
    parts = [part.partition("=") for part in text.split(",")]
    return all(name.strip() and value.strip() for name, _, value in parts)
