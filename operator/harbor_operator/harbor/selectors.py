"""Selectors of tags and repositories, as retention policies and immutable rules share them."""

from .models import WireModel


class Selector(WireModel):
    """One pattern and whether it takes what matches or what does not."""

    kind: str = "doublestar"
    decoration: str = ""
    """`matches` or `excludes` for tags, `repoMatches` or `repoExcludes` for repositories."""
    pattern: str = ""
    extras: str = ""
    """JSON text; of use in retention rules only: whether artifacts without a tag are meant."""

    def body(self) -> dict[str, object]:
        """The selector as a part of a request."""
        return self.model_dump(exclude=set() if self.extras else {"extras"})
