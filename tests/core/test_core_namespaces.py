"""Which namespaces a selection means."""

import pytest

from harbor_operator.core.namespaces import (
    Namespace,
    Operator,
    Requirement,
    Selection,
    matches_any,
    matches_own,
)

GOLD = (Requirement("tier", Operator.IN, frozenset({"gold"})),)


@pytest.mark.parametrize(
    ("glob", "text", "expected"),
    [
        pytest.param("team", "team", True, id="a name is itself"),
        pytest.param("team", "team-a", False, id="a name is no prefix"),
        pytest.param("team", "my-team", False, id="a name is no suffix"),
        pytest.param("team-*", "team-a", True, id="a star stands for characters"),
        pytest.param("team-*", "team-", True, id="a star stands for none too"),
        pytest.param("team-*", "team", False, id="what precedes the star must be there"),
        pytest.param("*-prod", "shop-prod", True, id="a star may lead"),
        pytest.param("*-prod", "shop-prod-2", False, id="the end is anchored"),
        pytest.param("a*c*e", "abcde", True, id="stars may be several"),
        pytest.param("*", "anything", True, id="a star alone is everything"),
        pytest.param("team.a", "team-a", False, id="a dot is a dot"),
        pytest.param("team?", "teams", False, id="a question mark is no wildcard"),
        pytest.param("[a-z]", "a", False, id="brackets are no class"),
        pytest.param("team", "team\n", False, id="a line feed at the end does not pass"),
        pytest.param("*", "two\nlines", True, id="a star stands for line feeds too"),
        pytest.param("", "", True, id="an empty glob is the empty text"),
        pytest.param("", "team", False, id="an empty glob is nothing else"),
    ],
)
def test_globs(glob: str, text: str, *, expected: bool) -> None:
    assert matches_any([glob], text) is expected


def test_no_glob_matches_nothing() -> None:
    assert not matches_any([], "team")


@pytest.mark.parametrize(
    ("glob", "project", "expected"),
    [
        pytest.param("{namespace}", "team", True, id="team claims team"),
        pytest.param("{namespace}.*", "team.x", True, id="team claims team.x"),
        pytest.param("{namespace}", "team-a", False, id="team does not claim team-a"),
        pytest.param("{namespace}.*", "team-a.x", False, id="team does not claim team-a.x"),
        pytest.param("{namespace}.*", "team", False, id="the dot belongs to the glob"),
        pytest.param("{namespace}", "{namespace}", False, id="the words are not taken literally"),
        pytest.param("shared-{namespace}", "shared-team", True, id="it may stand anywhere"),
    ],
)
def test_globs_of_the_own_namespace(glob: str, project: str, *, expected: bool) -> None:
    assert matches_own([glob], project, "team") is expected


@pytest.mark.parametrize(
    ("requirement", "labels", "expected"),
    [
        pytest.param(GOLD[0], {"tier": "gold"}, True, id="In: a listed value"),
        pytest.param(GOLD[0], {"tier": "iron"}, False, id="In: another value"),
        pytest.param(GOLD[0], {}, False, id="In: no label"),
        pytest.param(
            Requirement("tier", Operator.NOT_IN, frozenset({"gold"})),
            {"tier": "gold"},
            False,
            id="NotIn: a listed value",
        ),
        pytest.param(
            Requirement("tier", Operator.NOT_IN, frozenset({"gold"})),
            {},
            True,
            id="NotIn: no label matches, as for the API server",
        ),
        pytest.param(Requirement("tier", Operator.EXISTS), {"tier": ""}, True, id="Exists: empty"),
        pytest.param(Requirement("tier", Operator.EXISTS), {}, False, id="Exists: no label"),
        pytest.param(
            Requirement("tier", Operator.DOES_NOT_EXIST), {}, True, id="DoesNotExist: no label"
        ),
        pytest.param(
            Requirement("tier", Operator.DOES_NOT_EXIST),
            {"tier": ""},
            False,
            id="DoesNotExist: an empty one",
        ),
    ],
)
def test_requirements(requirement: Requirement, labels: dict[str, str], *, expected: bool) -> None:
    assert requirement.matches(labels) is expected


TEAM = Namespace("team", {"tier": "iron"})
GOLDEN = Namespace("shop", {"tier": "gold"})
BOTH = Namespace("team", {"tier": "gold"})

SELECTIONS = [
    pytest.param(Selection(), TEAM, False, False, id="an empty selection is nobody"),
    pytest.param(Selection(names=()), TEAM, False, False, id="no names are nobody"),
    pytest.param(Selection(selector=()), TEAM, False, False, id="an empty selector is nobody"),
    pytest.param(Selection(exclude=("x",)), TEAM, False, False, id="an exclusion selects nobody"),
    pytest.param(Selection(names=("team",)), TEAM, True, True, id="a name alone suffices"),
    pytest.param(Selection(selector=GOLD), GOLDEN, True, True, id="a selector alone suffices"),
    pytest.param(
        Selection(names=("team",), selector=GOLD),
        TEAM,
        True,
        False,
        id="a name without the label is a target and no permission",
    ),
    pytest.param(
        Selection(names=("team",), selector=GOLD),
        GOLDEN,
        True,
        False,
        id="a label without the name is a target and no permission",
    ),
    pytest.param(
        Selection(names=("team",), selector=GOLD), BOTH, True, True, id="name and label are both"
    ),
    pytest.param(
        Selection(names=(), selector=GOLD),
        GOLDEN,
        True,
        False,
        id="names that are stated and empty permit nobody",
    ),
    pytest.param(
        Selection(names=("*",), selector=()), TEAM, True, False, id="so does an empty selector"
    ),
    pytest.param(
        Selection(names=("team",), exclude=("team",)), TEAM, False, False, id="exclude wins by name"
    ),
    pytest.param(
        Selection(selector=GOLD, exclude=("sh*",)), GOLDEN, False, False, id="exclude wins by label"
    ),
    pytest.param(
        Selection(selector=(*GOLD, Requirement("zone", Operator.EXISTS))),
        GOLDEN,
        False,
        False,
        id="every requirement must be met",
    ),
]


@pytest.mark.parametrize(("selection", "namespace", "targeted", "permitted"), SELECTIONS)
def test_selections(
    selection: Selection, namespace: Namespace, *, targeted: bool, permitted: bool
) -> None:
    assert selection.targets(namespace) is targeted
    assert selection.permits(namespace) is permitted
