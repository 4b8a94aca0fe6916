"""Names in Kubernetes for what has one in Harbor: the same ones on every run."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from harbor_operator.api.values import MAX_NAME_LENGTH

LONGEST_NAMESPACE: Final = 63
_HASH_LENGTH: Final = 5


def namespace_for(project: str) -> str:
    """The namespace that a project's name begins with, up to the first dot.

    The tenant rule that holds where a connection states none gives a namespace the projects of
    its name, and those that begin with it and a dot.
    """
    return _fitting(project.partition(".")[0], LONGEST_NAMESPACE)


def object_name(name: str) -> str:
    """A name of Harbor as Kubernetes takes it."""
    return _fitting(name, MAX_NAME_LENGTH)


def distinct_names(wishes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """A name for each of several things, no two the same, whatever their order.

    Args:
        wishes: By what tells a thing from all others, the names that it may have, best first.
            Where several want a name, each of them goes on to its next one; behind the last it
            gets a few characters that are its own.
    """
    chosen: dict[str, str] = {}
    waiting = dict(wishes)
    for rank in range(max(map(len, wishes.values()), default=0)):
        wanted = {
            key: object_name(names[min(rank, len(names) - 1)]) for key, names in waiting.items()
        }
        counted = Counter([*wanted.values(), *chosen.values()])
        chosen |= {key: name for key, name in wanted.items() if counted[name] == 1}
        waiting = {key: names for key, names in waiting.items() if key not in chosen}
    return chosen | {
        key: f"{_fitting(names[-1], MAX_NAME_LENGTH - _HASH_LENGTH - 1)}-{_digest(key)}"
        for key, names in waiting.items()
    }


def _fitting(name: str, longest: int) -> str:
    """Small letters, and the dash for the underscore, which Kubernetes does not take."""
    plain = name.lower().replace("_", "-")
    if len(plain) <= longest:
        return plain
    return f"{plain[: longest - _HASH_LENGTH - 1].rstrip('-.')}-{_digest(name)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]
