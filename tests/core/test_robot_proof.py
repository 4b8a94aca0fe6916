"""When a credential counts as good, bad, or neither."""

from dataclasses import replace
from datetime import timedelta

import pytest

from harbor_operator.core.robot.facts import Answer, Handshake, HarborRobot
from harbor_operator.core.robot.proof import Proof, prove
from tests.support.robots import (
    NAME,
    NOW,
    OWN,
    REFUSED_LONG_AGO,
    STRANGER,
    UNCLEAR,
    WORKS,
    credential,
    full_name,
    robot,
)

EXPIRED = replace(robot(), expires_at=NOW)
DISABLED = replace(robot(), disabled=True)
RENAMED = replace(robot(), name="bot-team+ci-0a1b2-1")


def refused(ago: timedelta) -> Handshake:
    return Handshake(Answer.REFUSED, NOW - ago)


@pytest.mark.parametrize(
    ("seen", "handshake", "expected"),
    [
        pytest.param(robot(), WORKS, Proof.WORKS, id="the token service gave what it should"),
        pytest.param(robot(), UNCLEAR, Proof.UNCLEAR, id="the token service gave too little"),
        pytest.param(robot(), None, Proof.UNCLEAR, id="nobody asked"),
        pytest.param(
            robot(), refused(timedelta(seconds=59)), Proof.UNCLEAR, id="refused for 59 seconds"
        ),
        pytest.param(
            robot(), refused(timedelta(seconds=60)), Proof.REFUSED, id="refused for 60 seconds"
        ),
        pytest.param(
            robot(), Handshake(Answer.REFUSED), Proof.UNCLEAR, id="refused for the first time"
        ),
        pytest.param(None, WORKS, Proof.MISSING, id="Harbor has no such robot"),
        pytest.param(
            replace(robot(), description=STRANGER.text()),
            WORKS,
            Proof.MISSING,
            id="the robot carries another's mark",
        ),
        pytest.param(
            replace(robot(), description=""), WORKS, Proof.MISSING, id="the robot lost its mark"
        ),
        pytest.param(
            replace(robot(), name=full_name(2)), WORKS, Proof.MISSING, id="another number's robot"
        ),
        pytest.param(EXPIRED, WORKS, Proof.EXPIRED, id="expired, whatever the token service says"),
        pytest.param(DISABLED, None, Proof.DISABLED, id="a person disabled it"),
        pytest.param(
            DISABLED, REFUSED_LONG_AGO, Proof.DISABLED, id="disabled is no proof against it"
        ),
        pytest.param(
            replace(EXPIRED, disabled=True),
            None,
            Proof.EXPIRED,
            id="expired goes before disabled",
        ),
        pytest.param(RENAMED, None, Proof.RENAMED, id="the prefix changed"),
        pytest.param(
            RENAMED, REFUSED_LONG_AGO, Proof.RENAMED, id="refusals of the old name prove nothing"
        ),
    ],
)
def test_proof(seen: HarborRobot | None, handshake: Handshake | None, expected: Proof) -> None:
    assert prove(credential(), seen, handshake, own=OWN, name=NAME, now=NOW) is expected


def test_only_what_can_never_work_again_is_proven_bad() -> None:
    bad = {proof for proof in Proof if proof.proven_bad}

    assert bad == {Proof.MISSING, Proof.EXPIRED, Proof.REFUSED}
