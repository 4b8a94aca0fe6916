"""Which repositories and tags a rule is for, as Harbor writes it; retention and immutability."""

from dataclasses import dataclass

from harbor_operator.api.blocks.tags import ArtifactSelector

EVERYTHING = "**"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A doublestar pattern, and whether what matches is meant or all else."""

    glob: str = EVERYTHING
    excludes: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """The repositories and tags that a rule is for."""

    repositories: Pattern = Pattern()
    tags: Pattern = Pattern()

    def words(self) -> str:
        """The reach in the words of the spec."""
        sides = {
            ("repositories", "excludeRepositories"): self.repositories,
            ("tags", "excludeTags"): self.tags,
        }
        return ", ".join(
            f"{names[pattern.excludes]}: {pattern.glob}" for names, pattern in sides.items()
        )


def reach_of(selector: ArtifactSelector) -> Reach:
    """The reach that a selector states; what it leaves out is everything."""
    return Reach(
        _pattern(selector.repositories, selector.exclude_repositories),
        _pattern(selector.tags, selector.exclude_tags),
    )


def fields_of(reach: Reach) -> dict[str, str]:
    """The fields of a selector with this reach: the way back of `reach_of`."""
    sides = {
        ("repositories", "excludeRepositories"): reach.repositories,
        ("tags", "excludeTags"): reach.tags,
    }
    stated = {
        names[pattern.excludes]: pattern.glob
        for names, pattern in sides.items()
        if pattern != Pattern()
    }
    return stated or {"tags": EVERYTHING}


def _pattern(included: str | None, excluded: str | None) -> Pattern:
    if excluded is not None:
        return Pattern(excluded, excludes=True)
    return Pattern(included or EVERYTHING)
