"""The settings that both a project and the defaults of a tenant rule can state."""

from pydantic import Field

from harbor_operator.api.blocks.labels import ProjectLabels
from harbor_operator.api.blocks.members import (
    MAX_MEMBERS,
    MEMBERS_SCHEMA,
    Member,
    MembersPolicy,
)
from harbor_operator.api.blocks.pull_restrictions import PullRestrictions
from harbor_operator.api.blocks.retention import Retention
from harbor_operator.api.blocks.scanning import Scanning
from harbor_operator.api.blocks.tags import ImmutableTags
from harbor_operator.api.blocks.visibility import Visibility
from harbor_operator.api.model import ApiModel
from harbor_operator.api.values import Quantity, parse_quantity


class ProjectSettings(ApiModel):
    """How a project behaves. An absent setting is left as it is in Harbor.

    That holds for lists too, while a list that is stated is the whole list: [] means none. Only
    members is a map, in which absent and [] mean the same and membersPolicy decides about others.
    """

    visibility: Visibility | None = None
    """Private, or Public: anybody may pull. Absent: Private at creation, left as it is later."""

    storage_quota: Quantity | None = None
    """How much the project may store, such as 50Gi, or Unlimited. Absent: Harbor's default at
    creation, left as it is later."""

    scanning: Scanning = Scanning()
    """What Harbor does with every pushed artifact."""

    pull_restrictions: PullRestrictions = PullRestrictions()
    """What Harbor refuses to serve from the project."""

    members: tuple[Member, ...] = Field(
        default=(), max_length=MAX_MEMBERS, json_schema_extra=MEMBERS_SCHEMA
    )
    """Who may do what in the project. Absent and [] mean the same. A member that the operator
    added is removed again once it is no longer listed."""

    members_policy: MembersPolicy | None = None
    """What happens to members that are not listed: Additive (default) leaves them, Exact removes
    them, though never Harbor's first user or the account that the operator uses."""

    retention: Retention | None = None
    """Which artifacts stay when Harbor cleans the project up. Absent: left as it is."""

    immutable_tags: ImmutableTags | None = None
    """Tags that can neither be moved nor deleted: the whole list of rules, [] for none. Absent:
    left as it is."""

    labels: ProjectLabels | None = None
    """Labels for the project's artifacts: the whole list, [] for none; the operator's own label
    is not touched. Absent: left as it is."""

    @property
    def storage_bytes(self) -> int | None:
        """The quota in bytes, -1 for Unlimited, None where it is unmanaged."""
        return None if self.storage_quota is None else parse_quantity(self.storage_quota)
