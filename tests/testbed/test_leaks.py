"""The search for secrets finds them in whatever form they are, and tells where, but not what."""

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from testbed.harbor.known_secrets import KnownSecret, SecretKind
from tests.support.leaks import Leak, Place, Searcher

VALUE = 'Canary "7/x+?&\\é'
LONG = "0123456789abcdefghijklmnopqrstuv"
"""As long as the secrets of robots."""
SECRET = KnownSecret(SecretKind.PASSWORD, VALUE, "admin")
SEARCHER = Searcher([SECRET, KnownSecret(SecretKind.ROBOT_SECRET, LONG)])


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def docker_config(user: str) -> str:
    """What a pull secret shows: a login in base64, in JSON, in base64."""
    auth = base64_of(f"{user}:{VALUE}")
    return base64_of(json.dumps({"auths": {"harbor": {"auth": auth}}}))


FORMS = {
    "plain": VALUE,
    "JSON": json.dumps(VALUE),
    "JSON in UTF-8": json.dumps(VALUE, ensure_ascii=False),
    "repr": repr(VALUE),
    "URL": quote(VALUE, safe=""),
    "URL path": quote(VALUE),
    "form": quote_plus(VALUE),
    "hexadecimal": VALUE.encode().hex(),
    "base64": base64_of(VALUE),
    "base64 for URLs": base64.urlsafe_b64encode(VALUE.encode()).decode(),
    **{f"login of {user}": base64_of(f"{user}:{VALUE}") for user in ("a", "ab", "abc")},
    **{f"pull secret of {user}": docker_config(user) for user in ("a", "ab", "abc", "abcd")},
    "followed by something": base64_of(f"{VALUE}, and more"),
}
CUT_OFF = {
    "the end": LONG[:20],
    "the beginning": LONG[14:],
    "the end, in base64": base64_of(f"x{LONG[:20]}"),
}


def place(text: str, *entitled: str) -> Place:
    return Place("logs", "operator.err", text, frozenset(entitled))


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_every_form_is_found(text: str) -> None:
    found = SEARCHER.search([place(f"before {text} after")])

    assert [(leak.place.name, leak.kind) for leak in found] == [("operator.err", "password")]


@pytest.mark.parametrize("text", CUT_OFF.values(), ids=CUT_OFF.keys())
def test_a_long_secret_that_was_cut_off_is_found(text: str) -> None:
    found = SEARCHER.search([place(text)])

    assert [leak.kind for leak in found] == ["robot secret"]


def test_other_texts_hold_nothing() -> None:
    texts = ["", "Canary", "admin", LONG[8:24], VALUE.upper(), base64_of("robot$team+ci-1")]

    assert SEARCHER.search(map(place, texts)) == []


def test_who_is_entitled_to_a_secret_may_have_that_one_only() -> None:
    found = SEARCHER.search([place(f"{VALUE} {LONG}", VALUE), place(VALUE, VALUE), place(VALUE)])

    assert [leak.kind for leak in found] == ["robot secret", "password"]


def test_a_place_that_is_entitled_is_seen_to_hold_its_secret() -> None:
    assert SEARCHER.holds(place(VALUE, VALUE), VALUE)
    assert not SEARCHER.holds(place(LONG, VALUE), VALUE)


def test_what_is_told_shows_no_secret() -> None:
    found = SEARCHER.search([place(VALUE, LONG)])

    assert found == [Leak(place(VALUE, LONG), "password", "plain", "1480ba5d")]
    assert not any(text in repr(found) for text in (VALUE, LONG, VALUE[:6]))


def test_a_secret_that_could_be_met_by_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="password is shorter than 8 characters"):
        Searcher([KnownSecret(SecretKind.PASSWORD, "1234567")])
