"""What is told of marked things that have no object."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """How a marked thing stands to the objects of this cluster."""

    ORPHANED = "orphaned"
    """The object that it names is gone."""
    IN_USE = "in use"
    """That object is gone, but another one needs the thing or may take it over."""
    UNKNOWN = "unknown"
    """Whether that object is there could not be found out."""
    RELEASED = "released"
    """Left behind on purpose."""
    FOREIGN = "foreign"
    """Another cluster's."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One marked thing without an object.

    Attributes:
        what: How the command line names it, such as `account/42`.
        kind: What it is, in words.
        name: Its name, as Harbor or the cluster shows it.
        standing: How it stands to this cluster.
        owner: The object that it names.
        cluster: The cluster that it names, empty for what is in the cluster itself.
        since: When it was made.
        reason: Why it stands so.
        remover: Who takes it away without being told.
        cure: The command that takes it away; empty where none should.
    """

    what: str
    kind: str
    name: str
    standing: Standing
    owner: str
    cluster: str
    since: datetime | None
    reason: str
    remover: str
    cure: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """How the deletion of one orphan ended."""

    what: str
    done: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Orphans:
    """All that `orphans` has to say.

    Attributes:
        findings: The orphaned first, then what is in use or not known, released and foreign.
        clusters: What the marks of this cluster say.
        deletions: What was taken away, or was not.
        complete: Whether everything could be read.
        notes: What could not be read.
    """

    findings: tuple[Finding, ...]
    clusters: tuple[str, ...]
    deletions: tuple[Deletion, ...]
    complete: bool
    notes: tuple[str, ...]

    @property
    def orphaned(self) -> tuple[Finding, ...]:
        """Those that may be taken away."""
        return tuple(found for found in self.findings if found.standing is Standing.ORPHANED)
