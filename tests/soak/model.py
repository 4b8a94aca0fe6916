"""Where each pull secret has to be, by what docs/pull-secrets.md says and by no code of ours.

It knows what people have asked for and when, and never what the operator did about it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TypeAlias

GRACE_SECONDS = 300.0
"""How long a namespace whose labels changed keeps a pull secret."""
DOUBT_SECONDS = 20.0
"""For so long before the end of a grace nobody can say from outside whether it is over."""
BLIND_SECONDS = 60.0
"""How long the operator may see namespaces as they were, if its watch is cut again and again."""

Key: TypeAlias = tuple[str, str]
"""Namespace and name of a HarborPullSecret."""
Place: TypeAlias = tuple[str, str]
"""Namespace and name of a Secret."""


@dataclass(frozen=True, slots=True)
class Space:
    """A namespace as people have made it.

    Attributes:
        accepts: The namespaces whose pull secrets it accepts.
        accounts: Its ServiceAccounts, with the entries that are not the operator's, in order.
        foreign: Names of Secrets that people made, and that pull secrets may want as well.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    accepts: frozenset[str] = frozenset()
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    foreign: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Selection:
    """Namespaces by names, with `*`, or by one label; without those that are excluded."""

    names: tuple[str, ...] = ()
    label: tuple[str, str] | None = None
    exclude: tuple[str, ...] = ()

    def selects(self, space: Space) -> bool:
        """Whether a namespace is meant."""
        by_label = self.label is not None and self.label in space.labels.items()
        chosen = by_label or _matches(space.name, self.names)
        return chosen and not _matches(space.name, self.exclude)


@dataclass(frozen=True, slots=True)
class Accounts:
    """ServiceAccounts by names, or every one."""

    names: tuple[str, ...] = ()
    every: bool = False

    def selects(self, name: str) -> bool:
        """Whether a ServiceAccount is meant."""
        return self.every or name in self.names


@dataclass(frozen=True, slots=True)
class PullSecret:
    """A HarborPullSecret: with projects, or with the name of a robot."""

    key: Key
    secret: str
    projects: tuple[str, ...] = ()
    robot: str = ""
    targets: Selection | None = None
    accounts: Accounts = Accounts()

    @property
    def robot_name(self) -> str:
        """The HarborRobot whose credential it delivers."""
        return self.robot or f"{self.key[1]}-robot"


@dataclass(frozen=True, slots=True)
class Rule:
    """A connection's word that pull secrets of one namespace may go to others."""

    source: str
    to: Selection


@dataclass(frozen=True, slots=True)
class Holding:
    """Whose a Secret may be, and whether it has to be there."""

    owners: frozenset[Key]
    needed: bool


@dataclass(frozen=True, slots=True)
class Entries:
    """Which Secrets a ServiceAccount has to list for the operator, and which it may."""

    needed: frozenset[str]
    allowed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Grace:
    """A namespace that keeps a pull secret although its labels do not match any more."""

    since: float
    firm: bool
    """Whether the Secret was surely there: then it stays, else it may be there."""

    def holds(self, now: float) -> bool:
        """Whether the Secret has to be there."""
        return self.firm and now < self.since + GRACE_SECONDS - DOUBT_SECONDS


@dataclass(slots=True)
class Model:
    """All that people have asked for."""

    rules: tuple[Rule, ...] = ()
    spaces: dict[str, Space] = field(default_factory=dict)
    pulls: dict[Key, PullSecret] = field(default_factory=dict)
    graces: dict[tuple[Key, str], Grace] = field(default_factory=dict)
    _past: list[tuple[float, Space]] = field(default_factory=list)
    """Namespaces as they were, until when."""

    def place(self, space: Space, now: float, sure: Collection[Key] = ()) -> None:
        """A namespace appears or changes.

        Args:
            space: As it is from now on.
            now: Seconds on any clock.
            sure: The pull secrets that it held for sure, and that were through with their specs.
        """
        before = self.spaces.get(space.name)
        self.spaces[space.name] = space
        if before is not None:
            self._past.append((now, before))
        for key, pull in self.pulls.items():
            if not self.may_hold(pull, space) or self.wants(pull, space):
                self.graces.pop((key, space.name), None)
            elif before is not None and self.serves(pull, before):
                self.graces[key, space.name] = Grace(now, key in sure)

    def remove(self, name: str) -> None:
        """A namespace is deleted, with all that is in it."""
        del self.spaces[name]
        self._past = [(until, space) for until, space in self._past if space.name != name]
        self._forget(lambda _, space: space == name)

    def ask(self, pull: PullSecret, now: float) -> None:
        """A pull secret appears or changes; other targets end all graces at once.

        They may begin others: whoever sees a namespace's new labels after the new targets takes
        it for one that left by its labels.
        """
        before = self.pulls.get(pull.key)
        self.pulls[pull.key] = pull
        if before is None or before.targets != pull.targets:
            self._forget(lambda key, _: key == pull.key)
            for name in self._seen_late(pull, now):
                self.graces[pull.key, name] = Grace(now, firm=False)

    def withdraw(self, key: Key) -> None:
        """A pull secret is deleted."""
        del self.pulls[key]
        self._forget(lambda other, _: other == key)

    def doubt(self, place: Place) -> None:
        """Somebody deletes a Secret: one in its grace need not come back."""
        for (key, space), grace in self.graces.items():
            if space == place[0] and self.pulls[key].secret == place[1]:
                self.graces[key, space] = replace(grace, firm=False)

    def wants(self, pull: PullSecret, space: Space) -> bool:
        """Whether a pull secret is meant for a namespace."""
        if pull.targets is None:
            return space.name == pull.key[0]
        return pull.targets.selects(space)

    def may_hold(self, pull: PullSecret, space: Space) -> bool:
        """Whether a namespace may hold a pull secret: its own, one by a rule or by consent."""
        home = pull.key[0]
        ruled = any(rule.source == home and rule.to.selects(space) for rule in self.rules)
        return ruled or home == space.name or home in space.accepts

    def serves(self, pull: PullSecret, space: Space) -> bool:
        """Whether a namespace has to get a pull secret."""
        return self.wants(pull, space) and self.may_hold(pull, space)

    def holdings(self, now: float) -> dict[Place, Holding]:
        """Where Secrets of pull secrets are, and whose; nowhere else is one.

        Of several pull secrets that want one Secret any may own it, and one does. A Secret that
        a person made is nobody's.
        """
        found: dict[Place, Holding] = {}
        for space in self.spaces.values():
            for key, needed in self._holders(space, now):
                place = (space.name, self.pulls[key].secret)
                before = found.get(place, Holding(frozenset(), needed=False))
                found[place] = Holding(before.owners | {key}, before.needed or needed)
        return found

    def entries(self, space: Space, account: str, owners: Mapping[str, Key]) -> Entries:
        """The Secrets that the operator lists in a ServiceAccount.

        Whose Secret somebody deletes may lose it to another pull secret that wants it, and then
        touches no ServiceAccount there: its entry stays as long as it wants the Secret itself.

        Args:
            space: The ServiceAccount's namespace.
            account: Its name.
            owners: Whose the Secrets in that namespace are.
        """
        asking = {
            key: pull.secret
            for key, pull in self.pulls.items()
            if pull.accounts.selects(account) and pull.secret not in space.accounts[account]
        }
        needed = frozenset(secret for secret, key in owners.items() if key in asking)
        waiting = (secret for key, secret in asking.items() if self._counts(key, space))
        return Entries(needed, needed | (frozenset(waiting) & owners.keys()))

    def _counts(self, key: Key, space: Space) -> bool:
        return self.serves(self.pulls[key], space) or (key, space.name) in self.graces

    def _holders(self, space: Space, now: float) -> Iterator[tuple[Key, bool]]:
        for key, pull in self.pulls.items():
            if pull.secret in space.foreign:
                continue
            grace = self.graces.get((key, space.name))
            if self.serves(pull, space):
                yield key, True
            elif grace is not None:
                yield key, grace.holds(now)

    def _seen_late(self, pull: PullSecret, now: float) -> set[str]:
        """Namespaces that are not served, but would be were they as some time ago."""
        past = [old for until, old in self._past if now - until < BLIND_SECONDS]
        names = {old.name for old in past if self.serves(pull, old)}
        return {
            name
            for name in names
            if self.may_hold(pull, self.spaces[name]) and not self.wants(pull, self.spaces[name])
        }

    def _forget(self, is_over: Callable[[Key, str], bool]) -> None:
        self.graces = {at: grace for at, grace in self.graces.items() if not is_over(*at)}


def _matches(name: str, patterns: Collection[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
