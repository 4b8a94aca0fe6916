"""A project's retention policy as Harbor has it, the dangling one included."""

import pytest

from harbor_operator.bridge.project_blocks.retention import RetentionAdapter
from harbor_operator.core.project.blocks.retention import PolicySeen, Rule
from harbor_operator.core.project.blocks.selectors import Pattern, Reach
from harbor_operator.harbor.errors import Exchange, ServerError, Unreachable
from harbor_operator.harbor.models import Project
from harbor_operator.harbor.retentions import RetentionPolicy, RetentionRule
from harbor_operator.harbor.selectors import Selector
from tests.support.engine_world import NOW
from tests.support.fake_harbor import FakeHarbor
from tests.support.project_scenes import scene_of

BROKEN = ServerError("broken", Exchange("GET", "/retentions/{id}", 500))
AWAY = Unreachable("gone", Exchange("GET", "/systeminfo"))
ALL_REPOSITORIES = Selector(kind="doublestar", decoration="repoMatches", pattern="**")
RELEASES = Selector(
    kind="doublestar", decoration="matches", pattern="release-*", extras='{"untagged":false}'
)


@pytest.fixture
async def harbor() -> FakeHarbor:
    return FakeHarbor(NOW)


def named(policy: str) -> Project:
    """A project whose metadata names a policy."""
    return Project(project_id=7, name="payments", metadata={"retention_id": policy})


async def look(harbor: FakeHarbor, policy: str = "4") -> PolicySeen | None:
    return await RetentionAdapter().observe(scene_of(harbor, project=named(policy)))


def rule(**fields: object) -> RetentionRule:
    row = {
        "template": "latestPushedK",
        "params": {"latestPushedK": 10},
        "tag_selectors": (RELEASES,),
        "repository_selectors": (ALL_REPOSITORIES,),
    }
    return RetentionRule.model_validate({**row, **fields})


@pytest.mark.parametrize("policy", ["", "none"], ids=["no id", "no number"])
async def test_a_project_without_a_policy_has_none(harbor: FakeHarbor, policy: str) -> None:
    assert await look(harbor, policy) is None
    assert harbor.state.requests == []


async def test_a_policy_is_read_in_the_words_of_the_core(harbor: FakeHarbor) -> None:
    harbor.state.policies[4] = RetentionPolicy(id=4, cron="0 0 3 * * *", rules=(rule(),))

    reach = Reach(Pattern(), Pattern("release-*"))
    assert await look(harbor) == PolicySeen(
        4, "0 0 3 * * *", frozenset({Rule("latestPushedK", 10, reach, untagged=False)})
    )


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(rule(disabled=True), id="disabled"),
        pytest.param(rule(tag_selectors=()), id="without selectors"),
        pytest.param(
            rule(tag_selectors=(Selector(kind="label", decoration="with", pattern="a"),)),
            id="by another kind of selector",
        ),
    ],
)
async def test_a_rule_that_no_spec_can_state_is_counted(
    harbor: FakeHarbor, row: RetentionRule
) -> None:
    harbor.state.policies[4] = RetentionPolicy(id=4, rules=(rule(), row))

    seen = await look(harbor)

    assert seen is not None
    assert (len(seen.rules), seen.unreadable) == (1, 1)


async def test_a_policy_that_is_broken_while_harbor_works_is_dangling(harbor: FakeHarbor) -> None:
    harbor.state.fail_on("get policy", BROKEN, BROKEN)

    assert await look(harbor) == PolicySeen(4, dangling=True)
    assert harbor.state.requests == ["get policy", "info", "get policy"]


async def test_a_policy_that_is_not_found_is_dangling(harbor: FakeHarbor) -> None:
    assert await look(harbor) == PolicySeen(4, dangling=True)


async def test_a_hiccup_makes_no_policy_dangling(harbor: FakeHarbor) -> None:
    harbor.state.policies[4] = RetentionPolicy(id=4)
    harbor.state.fail_on("get policy", BROKEN)

    assert await look(harbor) == PolicySeen(4)


async def test_a_harbor_that_is_in_trouble_itself_makes_no_policy_dangling(
    harbor: FakeHarbor,
) -> None:
    harbor.state.fail_on("get policy", BROKEN, BROKEN)
    harbor.state.fail_on("info", AWAY)

    with pytest.raises(Unreachable):
        await look(harbor)
