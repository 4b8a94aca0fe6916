"""The patch of a ServiceAccount: our one entry comes and goes, everybody else's stays."""

import json
from typing import Any

import pytest

from harbor_operator.api.base import ANNOTATION_IMAGE_PULL_SECRETS
from harbor_operator.core.pullsecret.entries import account_patch, summarize_account
from harbor_operator.kube.resources import JsonObject
from tests.support.json_patch import TestFailedError, apply_json_patch

OURS, THEIRS = "uid-ours", "uid-theirs"
ABSENT: list[str] | None = None


def account(
    entries: list[str] | None, noted: dict[str, str] | str | None = None, **annotations: str
) -> JsonObject:
    """A ServiceAccount with these imagePullSecrets (None: without the field) and this note."""
    metadata: JsonObject = {"name": "default", "namespace": "team", "resourceVersion": "7"}
    if noted is not None:
        text = noted if isinstance(noted, str) else json.dumps(noted)
        annotations[ANNOTATION_IMAGE_PULL_SECRETS] = text
    if annotations:
        metadata["annotations"] = annotations
    body: JsonObject = {"metadata": metadata}
    if entries is not None:
        body["imagePullSecrets"] = [{"name": name} for name in entries]
    return body


def entries_of(body: JsonObject) -> list[str]:
    return [entry["name"] for entry in body["imagePullSecrets"]]


def note_of(body: JsonObject) -> dict[str, str]:
    text = body["metadata"].get("annotations", {}).get(ANNOTATION_IMAGE_PULL_SECRETS, "{}")
    noted: dict[str, str] = json.loads(text)
    return noted


def patched(body: JsonObject, *, add: bool) -> JsonObject:
    after: JsonObject = apply_json_patch(
        body, account_patch(summarize_account(body), "pull", OURS, add=add)
    )
    return after


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param(ABSENT, ["pull"], id="an account without the field"),
        pytest.param([], ["pull"], id="an account with an empty list"),
        pytest.param(["b", "a"], ["b", "a", "pull"], id="an account with entries of others"),
    ],
)
def test_our_entry_is_added_and_noted(entries: list[str] | None, expected: list[str]) -> None:
    after = patched(account(entries), add=True)

    assert entries_of(after) == expected
    assert note_of(after) == {"pull": OURS}


def test_notes_of_others_and_foreign_annotations_stay_when_ours_comes() -> None:
    after = patched(account(["other"], {"other": THEIRS}, team="red"), add=True)

    assert note_of(after) == {"other": THEIRS, "pull": OURS}
    assert after["metadata"]["annotations"]["team"] == "red"


def test_a_note_is_put_right_together_with_an_entry_that_somebody_took_out() -> None:
    after = patched(account(["other"], {"pull": OURS}), add=True)

    assert entries_of(after) == ["other", "pull"]
    assert note_of(after) == {"pull": OURS}


@pytest.mark.parametrize(
    "noted",
    [
        pytest.param(None, id="and nobody noted"),
        pytest.param({"pull": THEIRS}, id="and another object noted"),
        pytest.param({"pull": OURS}, id="and we noted before"),
        pytest.param("no json", id="beside an edited note"),
    ],
)
def test_nothing_is_written_over_an_entry_that_is_there(noted: dict[str, str] | str | None) -> None:
    assert account_patch(summarize_account(account(["pull"], noted)), "pull", OURS, add=True) == []


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param(["pull"], [], id="the only entry"),
        pytest.param(["b", "pull", "a"], ["b", "a"], id="one between entries of others"),
    ],
)
def test_our_noted_entry_is_removed_with_its_note(entries: list[str], expected: list[str]) -> None:
    after = patched(account(entries, {"other": THEIRS, "pull": OURS}, team="red"), add=False)

    assert entries_of(after) == expected
    assert note_of(after) == {"other": THEIRS}
    assert after["metadata"]["annotations"]["team"] == "red"


def test_the_annotation_goes_with_the_last_note() -> None:
    after = patched(account(["pull"], {"pull": OURS}), add=False)

    assert after["metadata"]["annotations"] == {}


def test_a_note_without_its_entry_is_removed_and_no_entry_is() -> None:
    after = patched(account(["other"], {"pull": OURS}), add=False)

    assert entries_of(after) == ["other"]
    assert note_of(after) == {}


@pytest.mark.parametrize(
    "noted",
    [
        pytest.param(None, id="that nobody noted"),
        pytest.param({"pull": THEIRS}, id="that is noted for another object"),
        pytest.param("no json", id="whose note is no JSON"),
        pytest.param('["pull"]', id="whose note is no map"),
        pytest.param("null", id="whose note is empty"),
    ],
)
def test_an_entry_is_never_removed(noted: dict[str, str] | str | None) -> None:
    assert account_patch(summarize_account(account(["pull"], noted)), "pull", OURS, add=False) == []


def test_an_edited_annotation_is_replaced_by_a_good_one() -> None:
    after = patched(account([], "no json"), add=True)

    assert note_of(after) == {"pull": OURS}


def test_entries_without_a_name_are_left_where_they_are() -> None:
    body = account(["other", "pull"], {"pull": OURS})
    body["imagePullSecrets"].insert(0, {})

    assert patched(body, add=False)["imagePullSecrets"] == [{}, {"name": "other"}]


@pytest.mark.parametrize("add", [True, False])
def test_the_patch_holds_only_for_the_version_that_was_read(*, add: bool) -> None:
    before = account([] if add else ["pull"], {} if add else {"pull": OURS})
    operations = account_patch(summarize_account(before), "pull", OURS, add=add)
    moved: dict[str, Any] = {**before, "metadata": {**before["metadata"], "resourceVersion": "8"}}

    with pytest.raises(TestFailedError):
        apply_json_patch(moved, operations)


def test_a_removal_tests_that_the_place_in_the_list_is_still_ours() -> None:
    operations = account_patch(
        summarize_account(account(["a", "pull"], {"pull": OURS})), "pull", OURS, add=False
    )

    assert operations[:3] == [
        {"op": "test", "path": "/metadata/resourceVersion", "value": "7"},
        {"op": "test", "path": "/imagePullSecrets/1/name", "value": "pull"},
        {"op": "remove", "path": "/imagePullSecrets/1"},
    ]


def test_an_entry_that_is_left_to_an_heir_stays_and_is_noted_as_the_heirs() -> None:
    body = account(["a", "pull"], {"pull": OURS, "x": THEIRS})
    operations = account_patch(
        summarize_account(body), "pull", OURS, add=False, heir_uid="uid-heir"
    )

    after = apply_json_patch(body, operations)

    assert entries_of(after) == ["a", "pull"]
    assert note_of(after) == {"pull": "uid-heir", "x": THEIRS}


def test_an_entry_that_is_not_ours_is_left_to_nobody() -> None:
    body = account(["pull"], {"pull": THEIRS})

    assert (
        account_patch(summarize_account(body), "pull", OURS, add=False, heir_uid="uid-heir") == []
    )
