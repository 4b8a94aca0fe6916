"""Retention: which artifacts stay when Harbor cleans a project up."""

from typing import Annotated, Final

from pydantic import Field

from harbor_operator.api.blocks.tags import ArtifactSelector
from harbor_operator.api.cron import CronSchedule
from harbor_operator.api.model import ApiModel, Rule, checked_by, each_once

MAX_RETENTION_RULES: Final = 15
"""Harbor's limit."""

MAX_KEPT: Final = 32766
"""Harbor's largest number of artifacts to keep: below the largest 16-bit integer."""

MAX_KEPT_DAYS: Final = 20190904
"""Harbor's largest number of days."""

Count = Annotated[int, Field(ge=1, le=MAX_KEPT)]
"""How many artifacts of each repository are kept."""

Days = Annotated[int, Field(ge=1, le=MAX_KEPT_DAYS)]
"""For how many days artifacts are kept."""


class Keep(ApiModel):
    """Which of the selected artifacts are kept, in one of five ways."""

    checks = (
        Rule(
            "[has(self.mostRecentlyPushed), has(self.mostRecentlyPulled),"
            " has(self.pushedWithinDays), has(self.pulledWithinDays), has(self.all)]"
            ".exists_one(given, given)",
            "keep: give exactly one of mostRecentlyPushed, mostRecentlyPulled, pushedWithinDays,"
            " pulledWithinDays and all",
        ),
        Rule(
            "!has(self.all) || self.all",
            "all: true, or leave it out",
            field="all",
        ),
    )

    most_recently_pushed: Count | None = None
    """How many of those pushed last, in each repository."""

    most_recently_pulled: Count | None = None
    """How many of those pulled last, in each repository."""

    pushed_within_days: Days | None = None
    """Those pushed within this many days."""

    pulled_within_days: Days | None = None
    """Those pulled within this many days."""

    all: bool | None = None
    """Or true: all of them."""


class RetentionRule(ArtifactSelector):
    """Keeps some of the artifacts that it selects; what no rule keeps is deleted."""

    keep: Keep
    """Which of the selected artifacts are kept."""

    untagged: bool | None = None
    """Whether artifacts without a tag are selected too. Absent: yes, unless excludeTags is
    given."""


class Retention(ApiModel):
    """Which artifacts stay when Harbor cleans the project up: those that any rule keeps."""

    schedule: CronSchedule | None = None
    """When Harbor cleans up, as five fields like a CronJob's, such as 0 3 * * *, in Harbor's time
    zone. Absent: left as it is, which at creation is never by itself."""

    rules: tuple[RetentionRule, ...] = Field(
        max_length=MAX_RETENTION_RULES,
        json_schema_extra=checked_by(each_once("rules: each rule may be listed once")),
    )
    """All the rules; without any nothing is ever deleted."""
