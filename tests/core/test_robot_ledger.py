"""The ledger of a robot: what each change to it keeps, and that nothing else passes for one."""

import json
from dataclasses import replace

import pytest

from harbor_operator.core.robot.ledger import (
    LAST_NUMBER,
    Attempt,
    Cause,
    Ledger,
    Revokes,
    UnreadableLedgerError,
    decode,
    encode,
)
from harbor_operator.core.secret import Secret
from tests.support.robots import NOW, credential

EVERYTHING = Ledger(
    live=credential(1),
    pending=replace(credential(4), cause=Cause.REQUESTED),
    attempt=Attempt(
        4, Cause.REQUESTED, "token-2", lost=(2, 3), revokes=Revokes("revoke-2", "fleet-2")
    ),
    handled="token-1",
    revoked=Revokes("revoke-1", "fleet-1"),
)


@pytest.mark.parametrize(
    "ledger",
    [
        pytest.param(Ledger(), id="an empty ledger"),
        pytest.param(Ledger(live=credential(1)), id="a live credential"),
        pytest.param(Ledger(attempt=Attempt(1)), id="an attempt alone"),
        pytest.param(Ledger(handled="t"), id="a handled request alone"),
        pytest.param(EVERYTHING, id="everything at once"),
    ],
)
def test_a_ledger_reads_back_as_it_was_written(ledger: Ledger) -> None:
    assert decode(encode(ledger).reveal()) == ledger


def spoiled(section: str, key: str, value: object) -> str:
    document = json.loads(encode(EVERYTHING).reveal())
    document[section][key] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("{", id="broken JSON"),
        pytest.param("[]", id="a list"),
        pytest.param("null", id="null"),
        pytest.param('{"live": 1}', id="a number for a credential"),
        pytest.param('{"live": {}}', id="an empty credential"),
        pytest.param('{"attempt": {"n": 1, "cause": "Due"}}', id="an attempt without its lost"),
        pytest.param('{"handled": ["t"]}', id="a list for a token"),
        pytest.param("[" * 100_000, id="deep nesting"),
        pytest.param(spoiled("live", "n", 0), id="number zero"),
        pytest.param(spoiled("live", "n", -1), id="a negative number"),
        pytest.param(spoiled("live", "n", LAST_NUMBER + 1), id="a number beyond the last"),
        pytest.param(spoiled("live", "n", "1"), id="a text for a number"),
        pytest.param(spoiled("live", "robotID", float("inf")), id="an infinite id"),
        pytest.param(spoiled("live", "mintedAt", "2026-01-01T00:00:00"), id="a local time"),
        pytest.param(spoiled("live", "mintedAt", "yesterday"), id="no time"),
        pytest.param(spoiled("live", "cause", "Whim"), id="an unknown cause"),
        pytest.param(spoiled("live", "edition", 0), id="an edition out of range"),
        pytest.param(spoiled("attempt", "revokes", {"own": 7}), id="a number for a revoke"),
        pytest.param(spoiled("attempt", "token", 7), id="a number for the attempt's token"),
        pytest.param(spoiled("attempt", "lost", [0]), id="a lost number out of range"),
    ],
)
def test_what_is_no_ledger_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableLedgerError) as raised:
        decode(text)

    assert str(raised.value) == "The ledger cannot be read."
    assert raised.value.__cause__ is None


def test_beginning_keeps_live_and_handled_and_drops_what_was_pending() -> None:
    begun = EVERYTHING.begin(Attempt(5, Cause.DUE, "token-3"))

    assert begun == Ledger(
        live=credential(1),
        attempt=Attempt(5, Cause.DUE, "token-3"),
        handled="token-1",
        revoked=Revokes("revoke-1", "fleet-1"),
    )


def test_fencing_moves_the_attempt_to_a_new_number_and_remembers_the_old_one() -> None:
    ledger = Ledger(live=credential(1), attempt=Attempt(3, Cause.DUE, "old", lost=(2,)))

    fenced = ledger.fence(Attempt(4, Cause.DUE, "new"))

    assert fenced == Ledger(live=credential(1), attempt=Attempt(4, Cause.DUE, "new", lost=(2, 3)))


def test_there_is_nothing_to_fence_without_an_attempt() -> None:
    with pytest.raises(ValueError, match="no attempt"):
        Ledger(live=credential(1)).fence(Attempt(2))


def test_an_answer_waits_as_pending_beside_the_one_that_serves() -> None:
    ledger = Ledger(live=credential(1), attempt=Attempt(2))

    assert ledger.store(credential(2)) == replace(ledger, pending=credential(2))


def test_an_answer_is_live_at_once_where_none_serves() -> None:
    ledger = Ledger(attempt=Attempt(2, token="t"), handled="s")

    assert ledger.store(credential(2)) == Ledger(live=credential(2), handled="t")


def test_promotion_makes_pending_live_and_closes_its_attempt() -> None:
    assert EVERYTHING.promote() == Ledger(
        live=EVERYTHING.pending, handled="token-2", revoked=Revokes("revoke-2", "fleet-2")
    )


def test_promotion_without_a_request_keeps_the_newest_handled_one() -> None:
    ledger = replace(EVERYTHING, attempt=Attempt(4))

    assert ledger.promote().handled == "token-1"
    assert ledger.promote().revoked == Revokes("revoke-1", "fleet-1")


def test_there_is_nothing_to_promote_without_pending() -> None:
    with pytest.raises(ValueError, match="no pending"):
        Ledger(live=credential(1)).promote()


def test_a_renamed_robot_keeps_everything_but_its_user_name() -> None:
    renamed = EVERYTHING.renamed("bot-team+ci-0a1b2-1")

    assert renamed == replace(
        EVERYTHING, live=replace(credential(1), username="bot-team+ci-0a1b2-1")
    )


def test_a_renamed_robot_keeps_its_refresh() -> None:
    refreshing = Ledger(live=credential(1)).refresh(Attempt(1), Secret("new"), NOW)

    renamed = refreshing.renamed("bot-team+ci-0a1b2-1")

    assert [made.username for made in renamed.credentials()] == ["bot-team+ci-0a1b2-1"] * 2


def test_a_refresh_notes_the_next_secret_of_the_serving_robot() -> None:
    attempt = Attempt(1, Cause.REQUESTED, "token")

    refreshing = Ledger(live=credential(1)).refresh(attempt, Secret("new"), NOW)

    following = replace(
        credential(1), password=Secret("new"), minted_at=NOW, cause=Cause.REQUESTED, edition=2
    )
    assert refreshing == Ledger(live=credential(1), pending=following, attempt=attempt)
    assert refreshing.refreshes
    assert [made.revision for made in refreshing.credentials()] == ["1", "1.2"]


def test_another_robot_that_is_pending_is_no_refresh() -> None:
    assert not EVERYTHING.refreshes
    assert not Ledger(pending=credential(2)).refreshes


def test_another_robot_is_no_refresh_though_a_restored_harbor_gave_it_the_same_id() -> None:
    pending = replace(credential(2), robot_id=credential(1).robot_id)

    assert not Ledger(live=credential(1), pending=pending, attempt=Attempt(2)).refreshes


def test_there_is_nothing_to_refresh_without_live() -> None:
    with pytest.raises(ValueError, match="no live"):
        Ledger().refresh(Attempt(1), Secret("new"), NOW)


def test_what_is_dropped_satisfies_nothing() -> None:
    assert EVERYTHING.drop() == replace(EVERYTHING, pending=None, attempt=None)


def test_a_ledger_of_an_older_operator_is_read() -> None:
    document = json.loads(encode(EVERYTHING).reveal())
    del document["revoked"], document["live"]["edition"], document["attempt"]["revokes"]

    read = decode(json.dumps(document))

    assert read.live == credential(1)
    assert (read.revoked, read.attempt and read.attempt.revokes) == (Revokes(), Revokes())


def test_there_is_nothing_to_rename_without_live() -> None:
    with pytest.raises(ValueError, match="no live"):
        Ledger().renamed("x")


def test_a_ledger_knows_every_number_that_it_mentions() -> None:
    assert sorted(EVERYTHING.numbers()) == [1, 2, 3, 4, 4]


def test_no_password_shows_in_a_ledger_or_its_text() -> None:
    assert "password-1" not in f"{EVERYTHING!r} {EVERYTHING} {encode(EVERYTHING)!r}"
