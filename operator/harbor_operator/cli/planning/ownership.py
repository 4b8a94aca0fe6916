"""Whose marks in Harbor an object may call its own, as far as that is known here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from harbor_operator.core.ownership import RELEASED_PREFIX, Mark, parse_mark

UNKNOWN_CLUSTER: Final = "(cluster)"
UNKNOWN_UID: Final = "(uid)"
"""What stands in a mark for what is not known; neither is a valid part of one."""


@dataclass(frozen=True, slots=True)
class Owner:
    """An object as a would-be owner: its place, and what the cluster tells of it."""

    namespace: str
    name: str
    uid: str | None = None
    """None: the cluster has no such object, or was not asked."""
    cluster: str | None = None
    """The id of the cluster; None where it is not known."""


def own_mark(owner: Owner, texts: Iterable[str]) -> Mark:
    """The mark that the object has or would write.

    A uid is given once, so a mark with the object's own is its own, whatever the cluster calls
    itself. Where the cluster cannot tell, a mark of the same namespace and name counts as its own.

    Args:
        owner: The object.
        texts: The marks on what it would own, the most recent first.
    """
    found = [mark for text in texts if (mark := _at_place(owner, text)) is not None]
    if owner.uid is not None:
        same = next((mark for mark in found if mark.uid == owner.uid), None)
    else:
        same = next((mark for mark in found if owner.cluster in {None, mark.cluster}), None)
    if same is not None:
        return Mark(same.cluster, same.namespace, same.name, same.uid)
    cluster = owner.cluster or (found[0].cluster if found else UNKNOWN_CLUSTER)
    return Mark(cluster, owner.namespace, owner.name, owner.uid or UNKNOWN_UID)


def _at_place(owner: Owner, text: str) -> Mark | None:
    """A mark of the object's namespace and name, be it a released one."""
    mark = parse_mark(text.strip()) or _released(text.strip())
    if mark is None or (mark.namespace, mark.name) != (owner.namespace, owner.name):
        return None
    return mark


def _released(text: str) -> Mark | None:
    """A released mark, which holds no uid; it is nobody's, and names the cluster."""
    if not text.startswith(RELEASED_PREFIX):
        return None
    return parse_mark(_with_uid(text.removeprefix(RELEASED_PREFIX)))


def _with_uid(path: str) -> str:
    cluster, _, rest = path.partition("/")
    namespace, _, rest = rest.partition("/")
    name, _, adopted = rest.partition("/")
    return "/".join(part for part in (cluster, namespace, name, UNKNOWN_UID, adopted) if part)
