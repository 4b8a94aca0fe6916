"""What a namespace may do in a Harbor."""

import pytest

from harbor_operator.core.namespaces import Namespace, Operator, Requirement, Selection
from harbor_operator.core.tenancy import (
    DEFAULT_RULE,
    NEVER_EXPIRES,
    AccessLevel,
    DistributionRule,
    Grant,
    ShareRule,
    TenantRule,
    access_to,
    level_of,
    reach_of,
    rule_for,
)

TEAM = Namespace("team")
FIRST = TenantRule(Selection(names=("team",)), ("{namespace}",))
SECOND = TenantRule(Selection(names=("*",)), ("shared",))


@pytest.mark.parametrize(
    ("tenants", "expected"),
    [
        pytest.param(None, DEFAULT_RULE, id="where no rules are stated the default holds"),
        pytest.param((), None, id="where rules are stated and none is there, nobody may"),
        pytest.param((FIRST, SECOND), FIRST, id="the first match wins"),
        pytest.param((SECOND, FIRST), SECOND, id="also when a narrower one follows"),
        pytest.param(
            (TenantRule(Selection(names=("other",)), ("*",)),), None, id="no match, no permission"
        ),
        pytest.param(
            (
                TenantRule(
                    Selection(
                        names=("team",),
                        selector=(Requirement("a", Operator.EXISTS),),
                    ),
                    ("*",),
                ),
                SECOND,
            ),
            SECOND,
            id="a rule that asks for a label too is passed over without it",
        ),
    ],
)
def test_the_rule_for_a_namespace(
    tenants: tuple[TenantRule, ...] | None, expected: TenantRule | None
) -> None:
    assert rule_for(TEAM, tenants) is expected


@pytest.mark.parametrize(
    ("project", "expected"),
    [
        pytest.param("team", True, id="its own name"),
        pytest.param("team.x", True, id="its own name and a dot"),
        pytest.param("team-a", False, id="the name of a longer namespace"),
        pytest.param("team-a.x", False, id="a project of a longer namespace"),
        pytest.param("tea", False, id="a shorter name"),
        pytest.param("library", False, id="any other name"),
        pytest.param("{namespace}", False, id="the placeholder itself"),
    ],
)
def test_projects_by_the_default_rule(project: str, *, expected: bool) -> None:
    assert DEFAULT_RULE.allows_project(project, "team") is expected


def test_the_default_rule_gives_no_more_than_push() -> None:
    assert DEFAULT_RULE.max_access is AccessLevel.PULL_PUSH
    assert not DEFAULT_RULE.may_adopt
    assert not DEFAULT_RULE.may_delete_adopted
    assert not DEFAULT_RULE.allow_public
    assert not DEFAULT_RULE.allow_never_expire


@pytest.mark.parametrize(
    ("days", "allow_never", "expected"),
    [
        pytest.param(30, False, True, id="shorter than the limit"),
        pytest.param(90, False, True, id="exactly the limit"),
        pytest.param(91, False, False, id="longer than the limit"),
        pytest.param(NEVER_EXPIRES, False, False, id="for ever, where it is not allowed"),
        pytest.param(NEVER_EXPIRES, True, True, id="for ever, where it is allowed"),
        pytest.param(91, True, False, id="allowing for ever does not lift the limit"),
    ],
)
def test_lifetimes(days: int, *, allow_never: bool, expected: bool) -> None:
    rule = TenantRule(Selection(), (), max_lifetime_days=90, allow_never_expire=allow_never)

    assert rule.allows_lifetime(days) is expected


PULL: Grant = ("repository", "pull")
PUSH: Grant = ("repository", "push")


@pytest.mark.parametrize(
    ("grants", "expected"),
    [
        pytest.param([], AccessLevel.PULL, id="nothing needs the least"),
        pytest.param([PULL], AccessLevel.PULL, id="pull is Pull"),
        pytest.param([PUSH], AccessLevel.PULL_PUSH, id="push is PullPush"),
        pytest.param([PULL, PUSH], AccessLevel.PULL_PUSH, id="both are PullPush"),
        pytest.param([("repository", "list")], AccessLevel.PROJECT, id="listing is Project"),
        pytest.param([("repository", "delete")], AccessLevel.PROJECT, id="deleting is Project"),
        pytest.param([("project", "read")], AccessLevel.PROJECT, id="reading is Project"),
        pytest.param([PULL, ("robot", "create")], AccessLevel.SYSTEM, id="robots are System"),
        pytest.param([("robot", "list")], AccessLevel.SYSTEM, id="listing robots is System"),
        pytest.param([("member", "create")], AccessLevel.SYSTEM, id="members are System"),
        pytest.param([("label", "delete")], AccessLevel.SYSTEM, id="labels are System"),
        pytest.param([("metadata", "update")], AccessLevel.SYSTEM, id="metadata is System"),
        pytest.param([("project", "update")], AccessLevel.SYSTEM, id="project update is System"),
        pytest.param([("project", "delete")], AccessLevel.SYSTEM, id="project delete is System"),
    ],
)
def test_the_level_of_grants(grants: list[Grant], expected: AccessLevel) -> None:
    assert level_of(grants) is expected


OTHER = Namespace("other")
PROJECT_RULE = TenantRule(Selection(names=("*",)), ("{namespace}",), max_access=AccessLevel.PROJECT)
TO_ALL = ShareRule(Selection(names=("*",)), AccessLevel.PULL)
TO_OTHER = ShareRule(Selection(names=("other",)), AccessLevel.SYSTEM)
TO_OTHER_TOO = ShareRule(Selection(names=("oth*",)), AccessLevel.PULL_PUSH)


@pytest.mark.parametrize(
    ("project", "asking", "rule", "shares", "expected"),
    [
        pytest.param("team", TEAM, PROJECT_RULE, (), AccessLevel.PROJECT, id="the owner's rule"),
        pytest.param("shop", TEAM, PROJECT_RULE, (), None, id="which the project must be within"),
        pytest.param("shop", TEAM, PROJECT_RULE, (TO_ALL,), None, id="a share widens no rule"),
        pytest.param("team", TEAM, None, (TO_ALL,), None, id="an owner without a rule has nothing"),
        pytest.param("team", OTHER, None, (TO_ALL,), None, id="nor has another without a rule"),
        pytest.param("team", OTHER, PROJECT_RULE, (), None, id="another one has nothing by itself"),
        pytest.param(
            "team", OTHER, PROJECT_RULE, (TO_ALL,), AccessLevel.PULL, id="but what is shared"
        ),
        pytest.param(
            "team",
            OTHER,
            PROJECT_RULE,
            (TO_ALL, TO_OTHER_TOO),
            AccessLevel.PULL_PUSH,
            id="the most of what is shared",
        ),
        pytest.param(
            "team",
            OTHER,
            PROJECT_RULE,
            (TO_OTHER,),
            AccessLevel.PROJECT,
            id="up to its own rule's ceiling",
        ),
        pytest.param(
            "team", Namespace("third"), PROJECT_RULE, (TO_OTHER,), None, id="shared with others"
        ),
    ],
)
def test_access_to_a_project(
    project: str,
    asking: Namespace,
    rule: TenantRule | None,
    shares: tuple[ShareRule, ...],
    expected: AccessLevel | None,
) -> None:
    assert access_to(project, "team", asking, rule, shares) is expected


TO_SHOPS = (DistributionRule(("platform",), Selection(names=("shop-*",), exclude=("shop-x",))),)


@pytest.mark.parametrize(
    ("source", "target", "rules", "expected"),
    [
        pytest.param("team", TEAM, (), True, id="its own namespace needs no rule"),
        pytest.param("platform", TEAM, (), False, id="another one is refused without a rule"),
        pytest.param("platform", Namespace("shop-a"), TO_SHOPS, True, id="a rule allows it"),
        pytest.param("team", Namespace("shop-a"), TO_SHOPS, False, id="to its sources only"),
        pytest.param("platform", TEAM, TO_SHOPS, False, id="and for its targets only"),
        pytest.param("platform", Namespace("shop-x"), TO_SHOPS, False, id="minus the excluded"),
        pytest.param(
            "team",
            Namespace("shop-a", accepts_from=frozenset({"team"})),
            (),
            True,
            id="the target's annotation allows it",
        ),
        pytest.param(
            "team",
            Namespace("shop-a", accepts_from=frozenset({"team-a"})),
            (),
            False,
            id="for the namespace that it names",
        ),
    ],
)
def test_delivery(
    source: str, target: Namespace, rules: tuple[DistributionRule, ...], *, expected: bool
) -> None:
    assert reach_of(source, rules).covers(target) is expected
