"""What a namespace may do in a Harbor: the tenant rules, asked in every pass.

Marks and status never authorise anything; only these rules do.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import IntEnum

from harbor_operator.api.blocks.settings import ProjectSettings
from harbor_operator.core.namespaces import OWN_NAMESPACE, Namespace, Selection, matches_own


class AccessLevel(IntEnum):
    """The ceiling of what a robot may be granted, each containing the ones before."""

    PULL = 1
    PULL_PUSH = 2
    PROJECT = 3
    SYSTEM = 4


NEVER_EXPIRES = -1

Grant = tuple[str, str]
"""A Harbor permission: resource and action."""

_PULL: frozenset[Grant] = frozenset({("repository", "pull")})
_PULL_PUSH = _PULL | {("repository", "push")}
_OUTLIVES_OR_FORGES = frozenset({"robot", "member", "label", "metadata"})
_OWNERS_ALONE: frozenset[Grant] = frozenset({("project", "update"), ("project", "delete")})


@dataclass(frozen=True, slots=True)
class TenantRule:
    """One row of a connection's ``tenants``."""

    namespaces: Selection
    projects: tuple[str, ...]
    may_adopt: bool = False
    may_delete_adopted: bool = False
    max_access: AccessLevel = AccessLevel.PULL_PUSH
    max_lifetime_days: int = 365
    allow_never_expire: bool = False
    allow_public: bool = False
    max_storage_bytes: int | None = None
    proxy_cache_registries: tuple[str, ...] = ()
    """Globs of the upstream registries that proxy caches may have."""
    webhook_hosts: tuple[str, ...] = ()
    """Globs of the hosts that webhooks may call."""
    project_defaults: ProjectSettings | None = None
    """What fills the fields that a project leaves out."""

    def allows_project(self, project: str, namespace: str) -> bool:
        """Whether a namespace under this rule may claim or use a project of that name."""
        return matches_own(self.projects, project, namespace)

    def allows_lifetime(self, days: int) -> bool:
        """Whether a robot may live that many days (`NEVER_EXPIRES` for ever)."""
        if days == NEVER_EXPIRES:
            return self.allow_never_expire
        return days <= self.max_lifetime_days


DEFAULT_RULE = TenantRule(
    namespaces=Selection(names=("*",)),
    projects=(OWN_NAMESPACE, f"{OWN_NAMESPACE}.*"),
)
"""What holds for everybody where a connection states no ``tenants`` at all."""


def rule_for(namespace: Namespace, tenants: tuple[TenantRule, ...] | None) -> TenantRule | None:
    """The first rule that permits the namespace; None when rules are stated and none matches."""
    if tenants is None:
        return DEFAULT_RULE
    return next((rule for rule in tenants if rule.namespaces.permits(namespace)), None)


@dataclass(frozen=True, slots=True)
class ShareRule:
    """One row of a project's ``sharedWith``: which other namespaces may use it, and how."""

    namespaces: Selection
    access: AccessLevel
    distribute: bool = False
    """Whether they may deliver its credentials to further namespaces."""


def access_to(
    project: str,
    owner: str,
    asking: Namespace,
    rule: TenantRule | None,
    shares: tuple[ShareRule, ...],
) -> AccessLevel | None:
    """How much a namespace may be given in a project; None for nothing. The one answer for all.

    Args:
        project: The project's name in Harbor.
        owner: The namespace whose HarborProject it is.
        asking: The namespace that wants to use it.
        rule: The asking namespace's tenant rule.
        shares: Whom the HarborProject is shared with.
    """
    if rule is None:
        return None
    if asking.name == owner:
        return rule.max_access if rule.allows_project(project, owner) else None
    granted = [share.access for share in shares if share.namespaces.permits(asking)]
    return min(rule.max_access, max(granted)) if granted else None


def may_distribute(asking: Namespace, shares: tuple[ShareRule, ...]) -> bool:
    """Whether a namespace may deliver a shared project's credentials to further namespaces."""
    return any(share.distribute and share.namespaces.permits(asking) for share in shares)


def level_of(grants: Collection[Grant]) -> AccessLevel:
    """The least ceiling under which these project-level grants are allowed."""
    wanted = frozenset(grants)
    if wanted <= _PULL:
        return AccessLevel.PULL
    if wanted <= _PULL_PUSH:
        return AccessLevel.PULL_PUSH
    if any(resource in _OUTLIVES_OR_FORGES for resource, _ in wanted) or wanted & _OWNERS_ALONE:
        return AccessLevel.SYSTEM
    return AccessLevel.PROJECT


@dataclass(frozen=True, slots=True)
class DistributionRule:
    """One row of a connection's ``distribution``: who may write pull secrets into whom."""

    sources: tuple[str, ...]
    to: Selection


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a namespace's pull secrets may go."""

    source: str
    rules: tuple[Selection, ...]

    def covers(self, target: Namespace) -> bool:
        """Whether a pull secret of the source may be written into a namespace.

        Its own namespace always; another one by a rule of the connection, or because the
        target's own annotation accepts it.
        """
        if target.name == self.source or self.source in target.accepts_from:
            return True
        return any(rule.permits(target) for rule in self.rules)


def reach_of(source: str, distribution: Iterable[DistributionRule]) -> Reach:
    """Where pull secrets of a namespace may go by the rules of a connection."""
    rules = (rule.to for rule in distribution if matches_own(rule.sources, source, source))
    return Reach(source, tuple(rules))
