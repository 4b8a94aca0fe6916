"""May this object own that Harbor object? May this namespace do that? One answer for all kinds.

The rules are those of a claim by a unique label: the mark that is there wins, and a mark is
changed only by the object that it names.
"""

from dataclasses import dataclass, replace
from enum import Enum, auto

OWNER_LABEL = "harbor-operator.dev/owner"
ADOPTED_SUFFIX = "/adopted"
RELEASED_PREFIX = "released:"

_PARTS = 4
"""Cluster, namespace, name, uid."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Who owns a Harbor object: one custom resource of one cluster.

    Its text stands in a robot's description and in the description of a project's owner label.
    """

    cluster: str
    namespace: str
    name: str
    uid: str
    adopted: bool = False

    def text(self) -> str:
        """The mark as Harbor stores it."""
        path = f"{self.cluster}/{self.namespace}/{self.name}/{self.uid}"
        return path + ADOPTED_SUFFIX if self.adopted else path

    def released(self) -> str:
        """The mark that a retained object leaves behind."""
        path = f"{RELEASED_PREFIX}{self.cluster}/{self.namespace}/{self.name}"
        return path + ADOPTED_SUFFIX if self.adopted else path

    def as_adopter(self) -> "Mark":
        """The mark of an object that takes a project over instead of making it."""
        return replace(self, adopted=True)

    def same_object(self, other: "Mark") -> bool:
        """Whether both name one custom resource, uid included."""
        return self.same_place(other) and self.uid == other.uid

    def same_place(self, other: "Mark") -> bool:
        """Whether both name the same namespace and name of one cluster, whatever the uid."""
        return (self.cluster, self.namespace, self.name) == (
            other.cluster,
            other.namespace,
            other.name,
        )


def parse_mark(text: str) -> Mark | None:
    """Read a mark, None when the text is not one."""
    adopted = text.endswith(ADOPTED_SUFFIX)
    parts = text.removesuffix(ADOPTED_SUFFIX).split("/")
    if len(parts) != _PARTS or not all(parts) or text.startswith(RELEASED_PREFIX):
        return None
    cluster, namespace, name, uid = parts
    return Mark(cluster, namespace, name, uid, adopted)


def is_adopted(mark_text: str) -> bool:
    """Whether a mark, released or not, says that the project was taken over."""
    path = mark_text.removesuffix(ADOPTED_SUFFIX)
    parts = _PARTS - 1 if mark_text.startswith(RELEASED_PREFIX) else _PARTS
    return mark_text.endswith(ADOPTED_SUFFIX) and path.count("/") == parts - 1


class Claim(Enum):
    """How one custom resource stands to one Harbor object."""

    OURS = auto()
    """The mark names this object."""
    OURS_OLDER = auto()
    """The mark names an earlier object of this namespace and name, or was released by it."""
    FREE = auto()
    """No mark."""
    RELEASED = auto()
    """Released by another object: as good as unmarked, for adoption."""
    FOREIGN = auto()
    """Marked by somebody else."""


def claim_of(mark_text: str | None, own: Mark) -> Claim:
    """Read the mark on a Harbor object from the point of view of its would-be owner."""
    if mark_text is None:
        return Claim.FREE
    if mark_text.startswith(RELEASED_PREFIX):
        released = {own.released(), own.as_adopter().released()}
        return Claim.OURS_OLDER if mark_text in released else Claim.RELEASED
    mark = parse_mark(mark_text)
    if mark is None or not mark.same_place(own):
        return Claim.FOREIGN
    return Claim.OURS if mark.same_object(own) else Claim.OURS_OLDER
