"""Which repositories and tags a rule is for."""

import pytest

from harbor_operator.api.blocks.tags import ArtifactSelector
from harbor_operator.core.project.blocks.selectors import Pattern, Reach, reach_of

REACHES = [
    pytest.param({}, Reach(), "repositories: **, tags: **", id="everything"),
    pytest.param(
        {"repositories": "api", "tags": "v*"},
        Reach(Pattern("api"), Pattern("v*")),
        "repositories: api, tags: v*",
        id="some of each",
    ),
    pytest.param(
        {"excludeRepositories": "{a,b}", "excludeTags": "dev-*"},
        Reach(Pattern("{a,b}", excludes=True), Pattern("dev-*", excludes=True)),
        "excludeRepositories: {a,b}, excludeTags: dev-*",
        id="all but some",
    ),
    pytest.param(
        {"repositories": "api", "excludeTags": "v*"},
        Reach(Pattern("api"), Pattern("v*", excludes=True)),
        "repositories: api, excludeTags: v*",
        id="one of each kind",
    ),
]


@pytest.mark.parametrize(("fields", "reach", "words"), REACHES)
def test_the_reach_of_a_selector(fields: dict[str, str], reach: Reach, words: str) -> None:
    assert reach_of(ArtifactSelector.model_validate(fields)) == reach
    assert reach.words() == words
