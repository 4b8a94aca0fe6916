"""What a robot account may do: grants in projects, by a preset or one by one."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from harbor_operator.api.base import ProjectRef
from harbor_operator.api.model import ApiModel, Rule, each_once

PermissionWord = Annotated[str, Field(pattern="^[a-z]+(-[a-z]+)*$", min_length=1, max_length=32)]
"""A resource or an action in Harbor's vocabulary."""


class Preset(StrEnum):
    """Named sets of permissions within a project."""

    PULL = "Pull"
    """Pull artifacts."""

    PULL_PUSH = "PullPush"
    """Pull and push artifacts."""

    PUSH = "Push"
    """Push artifacts; Harbor's push needs pull as well."""

    SCAN = "Scan"
    """Pull artifacts, start scans and read their results."""

    READ_METADATA = "ReadMetadata"
    """Read what the project holds, without pulling it."""

    MAINTAIN = "Maintain"
    """Pull, push, tag, scan and delete artifacts."""


MAX_ACCESS: Final = 16
"""What the cost budget of the API server's checks allows, each with its permissions; and as many
projects fit into the address of one question to Harbor's token service."""

MAX_PERMISSIONS: Final = 24
"""Harbor has twenty-one resources in projects and as many of its own."""

MAX_ACTIONS: Final = 8
"""No resource of Harbor has more than six."""

EACH_PROJECT_ONCE: Final = Rule(
    "self.all(entry, !has(entry.projectRef) || self.exists_one(other,"
    " has(other.projectRef) && other.projectRef == entry.projectRef))",
    "access: each project may be listed once",
)
"""A project that is listed twice would have two answers to what is granted there."""

EACH_RESOURCE_ONCE: Final = each_once("each resource may be listed once", "resource")
"""The same of a resource in a list of permissions."""


class Permission(ApiModel):
    """Actions on one sort of thing, in Harbor's vocabulary."""

    checks = (
        Rule(
            "self.actions.all(action, self.actions.exists_one(other, other == action))",
            "actions: each action may be listed once",
            field="actions",
        ),
    )

    resource: PermissionWord
    """What the actions are on, such as repository or artifact."""

    actions: tuple[PermissionWord, ...] = Field(min_length=1, max_length=MAX_ACTIONS)
    """What is allowed, such as pull or list."""


class ProjectAccess(ApiModel):
    """What a robot may do in one project, or in all of them."""

    checks = (
        Rule(
            "has(self.projectRef) != has(self.allProjects)",
            "give exactly one of projectRef and allProjects",
            field="projectRef",
        ),
        Rule(
            "!has(self.allProjects) || self.allProjects",
            "allProjects: true, or leave it out",
            field="allProjects",
        ),
        Rule(
            "has(self.preset) != has(self.permissions)",
            "give exactly one of preset and permissions",
            field="preset",
        ),
        Rule(
            "!has(self.permissions) || self.permissions.all(entry,"
            " self.permissions.exists_one(other, other.resource == entry.resource))",
            "permissions: each resource may be listed once",
            field="permissions",
        ),
    )

    project_ref: ProjectRef | None = None
    """The HarborProject."""

    all_projects: bool | None = None
    """True for every project of Harbor instead, those to come included; needs a tenant rule with
    maxAccess System."""

    preset: Preset | None = None
    """A named set of permissions: Pull, PullPush, Push, Scan, ReadMetadata or Maintain."""

    permissions: tuple[Permission, ...] | None = Field(
        default=None, min_length=1, max_length=MAX_PERMISSIONS
    )
    """Or each permission by itself."""
