"""What the core reads out of a HarborPullSecret."""

from datetime import UTC, datetime
from typing import Any

import pytest

from harbor_operator.api.base import ANNOTATION_CONFIRM_REMOVAL, ANNOTATION_RESUME_ROLLOUT
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.core.namespaces import Operator, Requirement, Selection
from harbor_operator.core.pullsecret.facts import AccountSelection, Desired, Memory
from harbor_operator.core.pullsecret.spec import desired_of, memory_of

Json = dict[str, Any]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RED = {"matchLabels": {"team": "red"}}


def read(spec: Json, **annotations: str) -> Desired:
    body = {
        "metadata": {"name": "app", "namespace": "team", "annotations": annotations},
        "spec": {"robotRef": {"name": "ci"}, **spec},
    }
    return desired_of(PULL_SECRETS.parse(body))


def test_one_that_says_little_stays_at_home() -> None:
    desired = read({})

    assert (desired.secret_name, desired.targets, desired.hosts) == ("app", None, None)
    assert (desired.service_accounts, desired.verify) == (AccountSelection(), True)
    assert (desired.canary, desired.child, desired.resume) == (None, None, None)


def test_one_that_says_everything() -> None:
    desired = read(
        {
            "secretName": "pull",
            "targets": {"namespaces": {"names": ["shop-*"]}},
            "serviceAccounts": {"names": ["default", "build"]},
            "registryHosts": ["harbor.example.com"],
            "verification": {"mode": "None"},
            "rollout": {"canary": {"names": ["staging"]}, "pauseOnFailure": False},
        }
    )

    assert desired.secret_name == "pull"
    assert desired.targets == Selection(names=("shop-*",))
    assert desired.service_accounts.names == {"default", "build"}
    assert (desired.hosts, desired.verify) == (("harbor.example.com",), False)
    assert (desired.canary, desired.pause_on_failure) == (Selection(names=("staging",)), False)


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        pytest.param(
            {"selector": RED},
            AccountSelection(selector=(Requirement("team", Operator.IN, frozenset({"red"})),)),
            id="by label",
        ),
        pytest.param({"all": True}, AccountSelection(every=True), id="all of them"),
    ],
)
def test_which_service_accounts_are_meant(accounts: Json, expected: AccountSelection) -> None:
    assert read({"serviceAccounts": accounts}).service_accounts == expected


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        pytest.param(AccountSelection(), (False, False), id="an empty one means nobody"),
        pytest.param(AccountSelection(every=True), (True, True), id="all"),
        pytest.param(AccountSelection(names=frozenset({"build"})), (True, False), id="a name"),
        pytest.param(
            AccountSelection(selector=(Requirement("team", Operator.EXISTS),)),
            (False, True),
            id="a label",
        ),
    ],
)
def test_whom_a_selection_of_service_accounts_means(
    selection: AccountSelection, expected: tuple[bool, bool]
) -> None:
    assert (selection.selects("build", {}), selection.selects("x", {"team": "red"})) == expected


def test_projects_make_a_robot_that_pulls_from_each_of_them() -> None:
    desired = read(
        {
            "robotRef": None,
            "projectRefs": [{"name": "web"}, {"name": "base"}],
            "robot": {"lifetimeDays": 30, "rotation": {"every": "240h"}},
        }
    )

    assert desired.child is not None
    assert desired.child.projects == ("web", "base")
    assert desired.child.spec == {
        "access": [
            {"projectRef": {"name": "web"}, "preset": "Pull"},
            {"projectRef": {"name": "base"}, "preset": "Pull"},
        ],
        "lifetimeDays": 30,
        "rotation": {"every": "240h"},
    }


def test_a_robot_of_which_nothing_is_said_has_the_defaults() -> None:
    desired = read({"robotRef": None, "projectRefs": [{"name": "web"}]})

    assert desired.child is not None
    assert (desired.child.spec["lifetimeDays"], desired.child.spec["rotation"]) == (None, None)


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        pytest.param({"secretTemplate": {"labels": {"a": "b"}}}, True, id="another label"),
        pytest.param({"targets": {"namespaces": {"names": ["a"]}}}, True, id="the same again"),
        pytest.param({"targets": {"namespaces": {"names": ["b"]}}}, False, id="other names"),
        pytest.param({"targets": {"namespaces": {"selector": RED}}}, False, id="a selector"),
        pytest.param({"targets": None}, False, id="no targets"),
    ],
)
def test_the_name_of_a_selection_changes_with_the_targets_alone(
    changed: Json, *, same: bool
) -> None:
    before: Json = {"targets": {"namespaces": {"names": ["a"]}}}

    assert (read(before).selection == read({**before, **changed}).selection) is same


def test_what_a_person_confirms_stands_in_annotations() -> None:
    said = {ANNOTATION_CONFIRM_REMOVAL: "3-abc", ANNOTATION_RESUME_ROLLOUT: "x" * 2000}

    desired = read({}, **said)

    assert (desired.confirmation, desired.resume) == ("3-abc", "x" * 1024)


def test_an_empty_status_remembers_nothing() -> None:
    assert memory_of(PULL_SECRETS.status()) == Memory()


@pytest.mark.parametrize(("state", "resumed"), [("Paused", None), ("Resumed", "robot$team+ci-2")])
def test_what_a_status_remembers(state: str, resumed: str | None) -> None:
    status = {
        "selection": "abc",
        "leaving": [{"namespace": "shop", "since": "2026-03-01T12:00:00Z"}],
        "credentialExpiresAt": "2026-03-01T12:00:00Z",
        "rollout": {"robotName": "robot$team+ci-2", "state": state},
        "lastHandledResumeAt": "today",
    }

    assert memory_of(PULL_SECRETS.status.model_validate(status)) == Memory(
        selection="abc",
        leaving={"shop": NOON},
        expires_at=NOON,
        resumed=resumed,
        handled_resume="today",
    )
