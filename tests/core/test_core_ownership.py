"""Marks name one custom resource of one cluster, and nothing else passes for them."""

import pytest

from harbor_operator.core.ownership import Claim, Mark, claim_of, is_adopted, parse_mark

OWN = Mark("cluster", "team", "app", "uid-1")
ADOPTED = Mark("cluster", "team", "app", "uid-1", adopted=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("cluster/team/app/uid-1", OWN, id="four parts are a mark"),
        pytest.param("cluster/team/app/uid-1/adopted", ADOPTED, id="a suffix says adopted"),
        pytest.param("cluster/team/app", None, id="three parts are none"),
        pytest.param("cluster/team/app/adopted", None, id="the suffix is no uid"),
        pytest.param("cluster/team/app/uid-1/x", None, id="five parts are none"),
        pytest.param("cluster//app/uid-1", None, id="an empty part makes it none"),
        pytest.param("released:cluster/team/app/uid-1", None, id="a released mark is none"),
        pytest.param("a robot for the build", None, id="a person's words are none"),
        pytest.param("", None, id="an empty description is none"),
    ],
)
def test_parsing(text: str, expected: Mark | None) -> None:
    assert parse_mark(text) == expected


@pytest.mark.parametrize("mark", [OWN, ADOPTED])
def test_a_mark_reads_back_as_it_was_written(mark: Mark) -> None:
    assert parse_mark(mark.text()) == mark


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(None, Claim.FREE, id="no mark is free"),
        pytest.param("cluster/team/app/uid-1", Claim.OURS, id="its own mark is its own"),
        pytest.param("cluster/team/app/uid-1/adopted", Claim.OURS, id="adopted is its own too"),
        pytest.param("cluster/team/app/uid-0", Claim.OURS_OLDER, id="another uid is its ancestor"),
        pytest.param("released:cluster/team/app", Claim.OURS_OLDER, id="released by its ancestor"),
        pytest.param("released:cluster/team/app/adopted", Claim.OURS_OLDER, id="even if adopted"),
        pytest.param("released:cluster/team/other", Claim.RELEASED, id="released by another name"),
        pytest.param("released:cluster/other/app", Claim.RELEASED, id="by another namespace"),
        pytest.param("released:elsewhere/team/app", Claim.RELEASED, id="by another cluster"),
        pytest.param("elsewhere/team/app/uid-1", Claim.FOREIGN, id="another cluster is foreign"),
        pytest.param("cluster/other/app/uid-1", Claim.FOREIGN, id="another namespace is foreign"),
        pytest.param("cluster/team/other/uid-1", Claim.FOREIGN, id="another name is foreign"),
        pytest.param("hands off", Claim.FOREIGN, id="a text that is no mark is foreign"),
        pytest.param("", Claim.FOREIGN, id="an empty label is foreign"),
    ],
)
def test_claims(text: str | None, expected: Claim) -> None:
    assert claim_of(text, OWN) is expected


def test_a_released_mark_names_no_uid() -> None:
    assert OWN.released() == "released:cluster/team/app"


@pytest.mark.parametrize(
    ("text", "adopted"),
    [
        pytest.param(OWN.text(), False, id="made here"),
        pytest.param(ADOPTED.text(), True, id="taken over"),
        pytest.param(OWN.released(), False, id="made here and released"),
        pytest.param(ADOPTED.released(), True, id="taken over and released"),
        pytest.param("cluster/team/app/adopted", False, id="a uid that reads like the suffix"),
        pytest.param("released:cluster/team/adopted", False, id="a name that reads like it"),
    ],
)
def test_whether_a_mark_says_that_the_project_was_adopted(text: str, *, adopted: bool) -> None:
    assert is_adopted(text) is adopted
