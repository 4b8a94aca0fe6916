"""Patterns of repositories and tags, between the core and Harbor's selectors."""

from collections.abc import Sequence

from harbor_operator.core.project.blocks.selectors import Pattern, Reach
from harbor_operator.harbor.selectors import Selector

_TAGS = {"matches": False, "excludes": True}
_REPOSITORIES = {"repoMatches": False, "repoExcludes": True}
_DOUBLESTAR = "doublestar"


def reach_in(
    repositories: Sequence[Selector | None], tags: Sequence[Selector | None]
) -> Reach | None:
    """What a rule of Harbor reaches; None where no spec can say it."""
    if len(repositories) != 1 or len(tags) != 1:
        return None
    repository, tag = repositories[0], tags[0]
    if repository is None or tag is None or repository.kind != _DOUBLESTAR != tag.kind:
        return None
    if repository.decoration not in _REPOSITORIES or tag.decoration not in _TAGS:
        return None
    return Reach(
        Pattern(repository.pattern, excludes=_REPOSITORIES[repository.decoration]),
        Pattern(tag.pattern, excludes=_TAGS[tag.decoration]),
    )


def repository_selector(pattern: Pattern) -> Selector:
    """The pattern as Harbor's selector of repositories."""
    decoration = "repoExcludes" if pattern.excludes else "repoMatches"
    return Selector(kind=_DOUBLESTAR, decoration=decoration, pattern=pattern.glob)


def tag_selector(pattern: Pattern, extras: str = "") -> Selector:
    """The pattern as Harbor's selector of tags."""
    decoration = "excludes" if pattern.excludes else "matches"
    return Selector(kind=_DOUBLESTAR, decoration=decoration, pattern=pattern.glob, extras=extras)
