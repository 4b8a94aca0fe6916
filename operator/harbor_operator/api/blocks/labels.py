"""Labels: what a project's artifacts can be marked with."""

from typing import Annotated, Final

from pydantic import Field

from harbor_operator.api.base import GROUP
from harbor_operator.api.model import ApiModel, Rule, checked_by, each_once

MAX_LABELS: Final = 64
"""More than people choose from; Harbor states no limit."""


class ProjectLabel(ApiModel):
    """A label that artifacts of the project can be marked with."""

    checks = (
        Rule(
            f"!self.name.startsWith('{GROUP}/')",
            f"name: labels of {GROUP}/ are the operator's own",
            field="name",
        ),
    )

    name: str = Field(min_length=1, max_length=128)
    """The label's name."""

    color: str | None = Field(default=None, min_length=7, max_length=7, pattern="^#[0-9A-Fa-f]{6}$")
    """The label's colour, such as #c0392b. Absent: left as it is."""

    description: str | None = Field(default=None, max_length=1024)
    """What the label means. Absent: left as it is."""


ProjectLabels = Annotated[
    tuple[ProjectLabel, ...],
    Field(
        max_length=MAX_LABELS,
        json_schema_extra=checked_by(each_once("labels: each name may be listed once", "name")),
    ),
]
"""All labels of a project but the operator's own."""
