"""Whose mark is an object's own, as far as the cluster tells."""

import pytest

from harbor_operator.cli.planning.ownership import (
    UNKNOWN_CLUSTER,
    UNKNOWN_UID,
    Owner,
    own_mark,
)
from harbor_operator.core.ownership import Claim, Mark, claim_of

ALONE = Owner("team", "app")
"""An object of which no cluster tells anything."""
LIVE = Owner("team", "app", uid="uid-1", cluster="c1")
NEW = Owner("team", "app", cluster="c1")
"""One that is not in the cluster yet."""

OURS = Mark("c1", "team", "app", "uid-1").text()
OLDER = Mark("c1", "team", "app", "uid-0").text()
ELSEWHERE = Mark("c2", "team", "app", "uid-7").text()
NEIGHBOUR = Mark("c1", "shop", "app", "uid-5").text()
RELEASED = Mark("c1", "team", "app", "-").released()


@pytest.mark.parametrize(
    ("owner", "mark", "claim"),
    [
        pytest.param(LIVE, OURS, Claim.OURS, id="its own uid"),
        pytest.param(Owner("team", "app", "uid-1"), OURS, Claim.OURS, id="only the uid is known"),
        pytest.param(
            Owner("team", "app", "uid-1", "other"), OURS, Claim.OURS, id="another word for it"
        ),
        pytest.param(LIVE, OLDER, Claim.OURS_OLDER, id="an earlier object"),
        pytest.param(LIVE, ELSEWHERE, Claim.FOREIGN, id="another cluster's"),
        pytest.param(LIVE, NEIGHBOUR, Claim.FOREIGN, id="another namespace's"),
        pytest.param(LIVE, RELEASED, Claim.OURS_OLDER, id="released by itself"),
        pytest.param(NEW, OURS, Claim.OURS, id="not applied here yet"),
        pytest.param(NEW, ELSEWHERE, Claim.FOREIGN, id="of a cluster that is not this one"),
        pytest.param(ALONE, OURS, Claim.OURS, id="no cluster to ask"),
        pytest.param(ALONE, OURS + "/adopted", Claim.OURS, id="adopted, no cluster to ask"),
        pytest.param(ALONE, NEIGHBOUR, Claim.FOREIGN, id="a neighbour's, no cluster to ask"),
        pytest.param(ALONE, RELEASED, Claim.OURS_OLDER, id="released, no cluster to ask"),
        pytest.param(LIVE, "anything", Claim.FOREIGN, id="no mark at all"),
    ],
)
def test_a_mark_is_judged_as_far_as_is_known(owner: Owner, mark: str, claim: Claim) -> None:
    assert claim_of(mark, own_mark(owner, [mark])) is claim


def test_what_is_not_known_is_said_in_the_mark() -> None:
    assert own_mark(ALONE, []) == Mark(UNKNOWN_CLUSTER, "team", "app", UNKNOWN_UID)
    assert own_mark(NEW, [NEIGHBOUR]) == Mark("c1", "team", "app", UNKNOWN_UID)


def test_of_several_marks_the_first_one_counts_that_fits() -> None:
    assert own_mark(ALONE, [NEIGHBOUR, ELSEWHERE, OURS]).cluster == "c2"
    assert own_mark(LIVE, [ELSEWHERE, OURS]).cluster == "c1"
