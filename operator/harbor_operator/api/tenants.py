"""Tenant rules: which namespaces may do what in Harbor."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from harbor_operator.api.base import NamespaceSelection
from harbor_operator.api.blocks.settings import ProjectSettings
from harbor_operator.api.model import ApiModel
from harbor_operator.api.values import (
    UNLIMITED_BYTES,
    HostGlob,
    NamespaceGlob,
    ProjectGlob,
    Quantity,
    RegistryGlob,
    parse_quantity,
)

DEFAULT_PROJECTS: Final = ("{namespace}", "{namespace}.*")
"""What a namespace may claim unless told otherwise.

A dot cannot stand in a namespace's name, so no namespace's projects match another one's globs;
with `{namespace}-*` the namespace `team` could claim what belongs to `team-a`.
"""

MAX_TENANT_RULES: Final = 32
"""What the cost budget of the API server's checks allows, each rule with its projectDefaults."""


class Access(StrEnum):
    """How much a namespace's robots may do at most; each level includes the ones before."""

    PULL = "Pull"
    """Pull from repositories."""

    PULL_PUSH = "PullPush"
    """Pull from and push to repositories."""

    PROJECT = "Project"
    """All grants within a project, except those that create or forge other grants."""

    SYSTEM = "System"
    """Everything that Harbor can grant."""


class TenantRule(ApiModel):
    """What some namespaces may do in Harbor."""

    namespaces: NamespaceSelection
    """The namespaces the rule is for. Everything that is given here must match."""

    projects: tuple[ProjectGlob, ...] = Field(default=DEFAULT_PROJECTS, min_length=1, max_length=64)
    """Names of the projects they may claim and use; * stands for any characters, {namespace} for
    the namespace's name. Default: {namespace} and {namespace}.*"""

    may_adopt: bool = False
    """Whether they may take over an existing project that carries no owner mark."""

    may_delete_adopted: bool = False
    """Whether deletionPolicy DeleteWithContents works on a project that was adopted."""

    max_access: Access = Access.PULL_PUSH
    """How much their robots may do at most: Pull, PullPush (default), Project (all grants within
    a project except those on robots, members, labels, metadata and on updating or deleting the
    project) or System (everything)."""

    max_robot_lifetime_days: int = Field(default=365, ge=1, le=3650)
    """How many days their robots may live at most; default 365."""

    allow_never_expire: bool = False
    """Whether their robots may live for ever."""

    allow_public: bool = False
    """Whether their projects may be public."""

    max_storage_quota: Quantity | None = None
    """How large the storage quota of one of their projects may be. Absent: any size. With a
    limit, Unlimited is refused too."""

    proxy_cache_registries: tuple[RegistryGlob, ...] = Field(default=(), max_length=64)
    """Names of the upstream registries that their proxy caches may use; * stands for any
    characters. Default: none."""

    webhook_hosts: tuple[HostGlob, ...] = Field(default=(), max_length=64)
    """Hosts that their webhooks may call, without a port; * stands for any characters. Default:
    none."""

    project_defaults: ProjectSettings | None = None
    """Settings for their projects; each fills in where a project does not state it."""

    @property
    def max_storage_bytes(self) -> int:
        """The largest quota in bytes, or -1 where any is allowed."""
        if self.max_storage_quota is None:
            return UNLIMITED_BYTES
        return parse_quantity(self.max_storage_quota)


DEFAULT_TENANT_RULE: Final = TenantRule(namespaces=NamespaceSelection(names=("*",)))
"""The one rule of a connection that states none: every namespace, its own projects only."""


class DistributionRule(ApiModel):
    """Whose pull secrets may be written into which other namespaces."""

    sources: tuple[NamespaceGlob, ...] = Field(alias="from", min_length=1, max_length=256)
    """Names of the namespaces whose HarborPullSecrets may be distributed; * is allowed."""

    targets: NamespaceSelection = Field(alias="to")
    """The namespaces that receive them. Everything that is given here must match."""
