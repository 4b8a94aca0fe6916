"""What was found out beside the cluster: at the image's host, with the pod's login, from Harbor.

No password and no token gets into these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from harbor_operator.cli.why.spoken import Spoken


class Result(StrEnum):
    """What came of trying a login as the kubelet would."""

    PULLS = "Pulls"
    """The manifest is served."""

    REFUSED = "Refused"
    """Harbor does not know the login: wrong, disabled, expired and gone look alike."""

    NO_RIGHT = "NoRight"
    """Harbor knows the login, or nobody logged in, and the project is not open to it."""

    NOT_FOUND = "NotFound"
    """The login may pull from the project, where there is no such image."""

    BLOCKED = "Blocked"
    """A policy of the project forbids the pull."""

    UNDECIDED = "Undecided"
    """Harbor did not answer as it should."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One login, tried.

    Attributes:
        secret: The pull secret that it is from, empty for a pull without login.
        username: Its user name.
        result: What came of it.
        words: Harbor's own sentence, where it said one.
        tags: Where the image was not found: the tags of its repository, None without such a one.
    """

    secret: str
    username: str
    result: Result
    words: str = ""
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate, as its server shows it.

    Attributes:
        subject: Whom it is for.
        issuer: Who signed it.
        not_before: From when on it is valid.
        not_after: Until when.
        names: The host names and addresses in it.
    """

    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """How the image's host answers us, who are not the node, without any login.

    Attributes:
        trouble: What keeps us from an answer, None where there was one.
        certificate: What it shows where TLS is spoken, None where it could not be read.
        url: By which it was reached, empty where it was not.
        status: Of its answer about the manifest, None where there was none.
        hops: What the answer says of who gave it and who passed it on.
        by_proxy: Whether its body is of a proxy's making, None where that cannot be told.
        is_harbor: Whether it sends registry clients to its own token service, as Harbor does.
        ahead: How far its clock is ahead of ours, None where it did not tell its time.
    """

    trouble: Spoken | None = None
    certificate: Certificate | None = None
    url: str = ""
    status: int | None = None
    hops: tuple[str, ...] = ()
    by_proxy: bool | None = None
    is_harbor: bool = False
    ahead: timedelta | None = None


@dataclass(frozen=True, slots=True)
class HarborAccount:
    """What Harbor has of a robot account.

    Attributes:
        exists: Whether there is one of that name.
        disabled: Whether it is switched off.
        expires: When it ends, None where it never does.
        projects: The projects that it may pull from; `*` for all.
    """

    exists: bool = True
    disabled: bool = False
    expires: datetime | None = None
    projects: frozenset[str] = frozenset()

    def reaches(self, project: str) -> bool:
        """Whether it may pull from a project."""
        return not self.projects.isdisjoint({project, "*"})


@dataclass(frozen=True, slots=True)
class Flaw:
    """A vulnerability of an image that the project's policy does not let pass."""

    id: str
    severity: str
    fixed_in: str = ""


@dataclass(frozen=True, slots=True)
class HarborView:
    """What Harbor said about an image; None where it was not asked or may not say.

    Attributes:
        now: Harbor's time.
        accounts: The robot accounts of the pod's logins that could be looked up, by user name.
        project: Whether the project exists.
        repository: Whether it has the repository.
        artifact: Whether that has the tag or digest.
        near: Names like the missing one.
        scanned: Whether the image was scanned.
        threshold: The severity from which on the project blocks, empty if it does not.
        flaws: What is at or above it and not exempt, the worst first.
        signed_only: The kinds of signature that the project wants, empty if none.
        accessories: The types of what is attached to the image.
    """

    now: datetime
    accounts: Mapping[str, HarborAccount] = field(default_factory=dict)
    project: bool | None = None
    repository: bool | None = None
    artifact: bool | None = None
    near: tuple[str, ...] = ()
    scanned: bool | None = None
    threshold: str = ""
    flaws: tuple[Flaw, ...] = ()
    signed_only: tuple[str, ...] = ()
    accessories: tuple[str, ...] | None = None
