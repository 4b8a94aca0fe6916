"""What the cluster has of logins that are not the operator's, and of who uses them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

SECRET: Final = "Secret"  # noqa: S105 -- the name of a kind
EXTERNAL_SECRET: Final = "ExternalSecret"  # noqa: S105 -- the name of a kind


@dataclass(frozen=True, slots=True)
class Source:
    """Who writes a Secret.

    Attributes:
        kind: `SECRET` where people do, `EXTERNAL_SECRET`, or else the word for a copy.
        name: The object's name, or where a copy is from.
    """

    kind: str
    name: str

    @override
    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Login:
    """A login without its password.

    Attributes:
        host: Host and port.
        username: The account's full name.
        project: The project whose robot it is, empty for any other account.
    """

    host: str
    username: str
    project: str = ""


@dataclass(frozen=True, slots=True)
class OldSecret:
    """A pull secret that is not the operator's."""

    namespace: str
    name: str
    source: Source
    logins: tuple[Login, ...]

    def usernames(self, hosts: Iterable[str]) -> tuple[str, ...]:
        """The accounts by which it logs in at one of these hosts."""
        return tuple(login.username for login in self.logins if login.host in {*hosts})


@dataclass(frozen=True, slots=True)
class Account:
    """A ServiceAccount, and the pull secrets that it gives to pods, in their order."""

    namespace: str
    name: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workload:
    """A template of pods, or a pod that has none.

    Attributes:
        kind: Such as `deployment`, as kubectl calls it.
        namespace: Its namespace.
        name: Its name.
        account: The pods' ServiceAccount.
        secrets: The pull secrets that it names itself; without any, pods get the account's.
        images: The images of all containers.
        mounted: The Secrets that it mounts, which is how builds get a login for pushing.
    """

    kind: str
    namespace: str
    name: str
    account: str
    secrets: tuple[str, ...]
    images: tuple[str, ...]
    mounted: tuple[str, ...] = ()

    @override
    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Home:
    """The HarborProject that is for a project."""

    project: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """All that a migration is planned from.

    Attributes:
        hosts: Where registry clients find Harbor.
        secrets: The pull secrets that are not the operator's.
        accounts: The ServiceAccounts.
        workloads: What has pods.
        homes: The HarborProjects.
        pull_secrets: Namespace and name of the HarborPullSecrets.
        notes: What could not be read.
        words: The options that name the hosts again, where people had to.
    """

    hosts: frozenset[str]
    secrets: tuple[OldSecret, ...] = ()
    accounts: tuple[Account, ...] = ()
    workloads: tuple[Workload, ...] = ()
    homes: tuple[Home, ...] = ()
    pull_secrets: frozenset[tuple[str, str]] = frozenset()
    notes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def giving(self, secret: OldSecret) -> tuple[Account, ...]:
        """The ServiceAccounts that give a pull secret to pods."""
        return tuple(
            account
            for account in self.accounts
            if account.namespace == secret.namespace and secret.name in account.secrets
        )

    def naming(self, secret: OldSecret) -> tuple[Workload, ...]:
        """What names a pull secret itself."""
        return tuple(
            workload
            for workload in self.workloads
            if workload.namespace == secret.namespace and secret.name in workload.secrets
        )

    def receiving(self, secret: OldSecret) -> tuple[Workload, ...]:
        """What gets a pull secret from its ServiceAccount."""
        accounts = {account.name for account in self.giving(secret)}
        return tuple(
            workload
            for workload in self.workloads
            if workload.namespace == secret.namespace
            and not workload.secrets
            and workload.account in accounts
        )

    def mounting(self, secret: OldSecret) -> tuple[Workload, ...]:
        """What mounts it as a file."""
        return tuple(
            workload
            for workload in self.workloads
            if workload.namespace == secret.namespace and secret.name in workload.mounted
        )
