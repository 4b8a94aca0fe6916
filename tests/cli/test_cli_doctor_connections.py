"""What `doctor` says of a connection and of the Harbor behind it."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from harbor_operator.cli.doctor.addresses import (
    Look,
    Route,
    check_address,
    check_condition,
    check_host,
)
from harbor_operator.cli.doctor.answers import Answers, Needs, check_answers, missing_grants
from harbor_operator.cli.doctor.checks import State
from harbor_operator.cli.kinds import CONNECTION
from harbor_operator.harbor import IdentityKind
from tests.support.plugin import NOW, an_object, condition_of

SECOND: Final = timedelta(seconds=1)
DAY: Final = timedelta(days=1)
OPEN: Final = Look(Route.OPEN, "answers", "Example CA", NOW + 90 * DAY)
USER: Final = Answers(
    identity=IdentityKind.USER,
    username="admin",
    version="v2.14.1-abc",
    administrator=True,
    prefix="robot$",
    token_lifetime=timedelta(minutes=30),
    ahead=SECOND,
)
ROBOT: Final = replace(USER, identity=IdentityKind.ROBOT, administrator=False, username="robot$op")
EVERYTHING: Final = frozenset(
    {
        ("/", "project", "create"),
        *(("*", "robot", action) for action in ("create", "delete", "list", "read")),
        ("*", "repository", "pull"),
    }
)
WANTED: Final = Needs(projects=1, robots=2, grants=frozenset({("web", "repository", "pull")}))
OF_SYSTEM: Final = Needs(robots=1, grants=frozenset({("/", "registry", "list")}))


def test_the_operators_own_word_is_passed_on() -> None:
    waiting = condition_of("Ready", "False", "AuthenticationFailed", "Harbor says no.")

    good = check_condition("default", an_object(CONNECTION, "default"))
    bad = check_condition("default", an_object(CONNECTION, "default", waiting))
    unseen = check_condition("default", {"metadata": {"name": "default"}})

    assert (good.state, bad.state, unseen.state) == (State.OK, State.FAIL, State.FAIL)
    assert bad.found == "AuthenticationFailed: Harbor says no."


@pytest.mark.parametrize(
    ("look", "ready", "states"),
    [
        (OPEN, True, [State.OK, State.OK]),
        (replace(OPEN, until=NOW + 29 * DAY), True, [State.OK, State.WARN]),
        (Look(Route.UNTRUSTED, "self-signed certificate"), True, [State.FAIL]),
        (Look(Route.CLOSED, "no connection"), True, [State.WARN]),
        (Look(Route.CLOSED, "no connection"), False, [State.FAIL]),
        (Look(Route.UNRESOLVED, "the host name does not resolve"), False, [State.FAIL]),
        (Look(Route.OPEN, "answers"), True, [State.OK, State.WARN]),
    ],
)
def test_an_address_is_judged_by_what_is_found_and_whether_the_operator_gets_there(
    look: Look, *, ready: bool, states: list[State]
) -> None:
    checks = check_address("default", "https://harbor.example", look, ready=ready, now=NOW)

    assert [check.state for check in checks] == states


def test_plain_http_is_fine_within_the_machine() -> None:
    look = Look(Route.OPEN, "answers")

    checks = check_address("default", "http://127.0.0.1:8080", look, ready=True, now=NOW)

    assert [check.state for check in checks] == [State.OK, State.OK]


@pytest.mark.parametrize(
    ("look", "state"),
    [
        (OPEN, State.OK),
        (replace(OPEN, until=NOW + DAY), State.WARN),
        (Look(Route.UNTRUSTED, "unable to get local issuer certificate"), State.WARN),
        (Look(Route.STRANGE, "answers 404 to /v2/"), State.WARN),
    ],
)
def test_a_host_of_pull_secrets_is_a_registry(look: Look, state: State) -> None:
    assert check_host("default", "registry.example", look, NOW).state is state


def state_of(what: str, answers: Answers, wanted: Needs = WANTED) -> State:
    """How one of the checks of what Harbor says ends."""
    checks = {check.name: check.state for check in check_answers("default", answers, wanted)}
    return checks[f"connection default: {what}"]


@pytest.mark.parametrize(
    ("what", "answers", "state"),
    [
        ("login", replace(USER, identity=IdentityKind.ANONYMOUS), State.FAIL),
        ("login", USER, State.OK),
        ("login", ROBOT, State.OK),
        ("version", replace(USER, version="v2.11.0"), State.FAIL),
        ("version", replace(USER, version=None), State.FAIL),
        ("version", USER, State.OK),
        ("rights", USER, State.OK),
        ("rights", replace(USER, administrator=False), State.WARN),
        ("rights", ROBOT, State.UNKNOWN),
        ("rights", replace(ROBOT, grants=EVERYTHING), State.OK),
        ("rights", replace(ROBOT, grants=frozenset()), State.FAIL),
        ("rights", replace(ROBOT, grants=EVERYTHING, version="v2.14.0"), State.FAIL),
        ("mode", replace(USER, read_only=True), State.FAIL),
        ("mode", USER, State.OK),
        ("clock", replace(USER, ahead=timedelta(hours=1)), State.FAIL),
        ("health", replace(USER, unhealthy=("trivy",)), State.WARN),
        ("health", replace(USER, unhealthy=("registry",)), State.FAIL),
        ("robot prefix", replace(USER, prefix=None), State.UNKNOWN),
        ("robot prefix", USER, State.OK),
        ("token lifetime", replace(USER, token_lifetime=None), State.UNKNOWN),
        ("token lifetime", replace(USER, token_lifetime=timedelta(hours=25)), State.WARN),
        ("token lifetime", USER, State.OK),
    ],
)
def test_what_harbor_says_is_judged(what: str, answers: Answers, state: State) -> None:
    assert state_of(what, answers) is state


def test_nothing_else_is_believed_where_harbor_takes_the_login_for_nobody() -> None:
    checks = [*check_answers("default", replace(USER, identity=IdentityKind.ANONYMOUS), WANTED)]

    assert len(checks) == 1


def test_overlaps_that_are_shorter_than_a_token_lives_are_counted() -> None:
    wanted = replace(WANTED, overlaps=(timedelta(minutes=5), timedelta(hours=1)))

    (check,) = [c for c in check_answers("a", USER, wanted) if c.name.endswith("token lifetime")]

    assert check.found.endswith("; it takes the place of a shorter overlap in 1 robot")


@pytest.mark.parametrize(
    ("held", "wanted", "missing"),
    [
        (EVERYTHING, WANTED, []),
        (EVERYTHING - {("/", "project", "create")}, WANTED, ["project:create at /"]),
        (EVERYTHING - {("*", "robot", "list")}, WANTED, ["robot:list at *"]),
        (EVERYTHING - {("*", "repository", "pull")}, WANTED, ["repository:pull at web"]),
        (
            (EVERYTHING - {("*", "repository", "pull")}) | {("web", "repository", "pull")},
            WANTED,
            [],
        ),
        (EVERYTHING | {("*", "registry", "list")}, OF_SYSTEM, ["registry:list at /"]),
        (frozenset(), Needs(), []),
    ],
)
def test_a_robot_gives_no_more_than_it_has(
    held: frozenset[tuple[str, str, str]], wanted: Needs, missing: list[str]
) -> None:
    assert missing_grants(held, wanted) == missing
