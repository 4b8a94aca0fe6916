"""Which namespaces a selection means: anchored globs, label selectors, exclusions."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

OWN_NAMESPACE = "{namespace}"


@dataclass(frozen=True, slots=True)
class Namespace:
    """What decisions need of a Namespace object."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    accepts_from: frozenset[str] = frozenset()
    """Namespaces whose pull secrets it accepts by its own annotation."""
    terminating: bool = False


class Operator(StrEnum):
    """How a selector's requirement compares, by the Kubernetes names."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of a label selector."""

    key: str
    operator: Operator
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels meet it, as the API server reads it."""
        value = labels.get(self.key)
        match self.operator:
            case Operator.IN:
                return value in self.values
            case Operator.NOT_IN:
                return value not in self.values
            case Operator.EXISTS:
                return value is not None
            case Operator.DOES_NOT_EXIST:
                return value is None


@dataclass(frozen=True, slots=True)
class Selection:
    """A set of namespaces; a part that is None says nothing, an empty selection selects nothing."""

    names: tuple[str, ...] | None = None
    selector: tuple[Requirement, ...] | None = None
    exclude: tuple[str, ...] = ()

    def targets(self, namespace: Namespace) -> bool:
        """Whether it is wanted there: names or selector, minus exclude."""
        if matches_any(self.exclude, namespace.name):
            return False
        return self._by_name(namespace) or self._by_label(namespace)

    def permits(self, namespace: Namespace) -> bool:
        """Whether it is allowed there: all that is given must match, minus exclude.

        Tenants can set their namespace's labels in some clusters, so a label alone widens
        nothing that a name restricts.
        """
        if self.names is None and self.selector is None:
            return False
        return (
            (self.names is None or self._by_name(namespace))
            and (self.selector is None or self._by_label(namespace))
            and not matches_any(self.exclude, namespace.name)
        )

    def _by_name(self, namespace: Namespace) -> bool:
        return matches_any(self.names or (), namespace.name)

    def _by_label(self, namespace: Namespace) -> bool:
        return bool(self.selector) and all(r.matches(namespace.labels) for r in self.selector or ())


def matches_any(globs: Collection[str], text: str) -> bool:
    """Whether one of the anchored globs, with ``*`` for any run of characters, is the text."""
    return bool(globs) and any(_matches(glob, text) for glob in globs)


def matches_own(globs: Collection[str], text: str, namespace: str) -> bool:
    """Like `matches_any`, with ``{namespace}`` standing for the asking namespace."""
    return matches_any([glob.replace(OWN_NAMESPACE, namespace) for glob in globs], text)


def _matches(glob: str, text: str) -> bool:
    return glob == text or ("*" in glob and _pattern(glob).fullmatch(text) is not None)


@lru_cache(maxsize=4096)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in glob.split("*")), re.DOTALL)
