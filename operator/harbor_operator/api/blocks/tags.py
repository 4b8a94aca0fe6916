"""Tags: which artifacts a rule is about, and which tags nobody may move or delete."""

from typing import Annotated, Final

from pydantic import Field

from harbor_operator.api.model import ApiModel, Rule, checked_by, each_once

MAX_IMMUTABLE_TAG_RULES: Final = 32
"""Harbor states no limit; every push and deletion is compared with all rules."""

_CHARACTERS: Final = r"-A-Za-z0-9_./*?\[\]!^"

Doublestar = Annotated[
    str,
    Field(
        pattern=rf"^([{_CHARACTERS}]|\{{[{_CHARACTERS},]+\}})+$",
        min_length=1,
        max_length=255,
    ),
]
"""A pattern such as `release-*` or `{a,b}`: `*` for any characters but a slash, `**` for any.

A comma outside of braces is refused, since to Harbor it is a character that no tag has.
"""


class ArtifactSelector(ApiModel):
    """Selects artifacts by their repository and tag; what is left out stands for all."""

    checks = (
        Rule(
            "!(has(self.repositories) && has(self.excludeRepositories))",
            "repositories and excludeRepositories exclude each other",
            field="repositories",
        ),
        Rule(
            "!(has(self.tags) && has(self.excludeTags))",
            "tags and excludeTags exclude each other",
            field="tags",
        ),
    )

    repositories: Doublestar | None = None
    """Pattern of the repositories without the project's name, such as {api,web/**}. Absent: all."""

    exclude_repositories: Doublestar | None = None
    """Or: pattern of the repositories that are not selected."""

    tags: Doublestar | None = None
    """Pattern of the tags, such as release-*. Absent: all."""

    exclude_tags: Doublestar | None = None
    """Or: pattern of the tags that are not selected."""


class ImmutableTagRule(ArtifactSelector):
    """Selects the tags that can neither be moved to another artifact nor be deleted."""


ImmutableTags = Annotated[
    tuple[ImmutableTagRule, ...],
    Field(
        max_length=MAX_IMMUTABLE_TAG_RULES,
        json_schema_extra=checked_by(each_once("immutableTags: each rule may be listed once")),
    ),
]
"""All rules of a project."""
