"""Which projects `adopt` leaves alone, and how far it takes an object to be."""

import pytest

from harbor_operator.cli.adopting.judging import (
    Objects,
    confirmation,
    is_settled,
    judged,
    refusal,
    robots_left,
)
from harbor_operator.cli.adopting.model import State
from harbor_operator.cli.arguments import parse
from harbor_operator.cli.exporting.reading import ProjectFound
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.kinds import PROJECT
from tests.support.custom_resources import Json
from tests.support.plugin import READY, an_object, condition_of

OURS = "cluster/payments/legacy/uid/adopted"
STALLED = condition_of("Stalled", "True", "NameConflict")
REFUSED = condition_of("Ready", "False", "NameConflict", "no adoption")
WAITS = condition_of("Ready", "False", "Progressing", "younger than ten minutes")


def body(
    *conditions: Json, policy: str = "Observe", name: str = "legacy", owned: str | None = None
) -> Json:
    """A HarborProject of namespace payments that is for payments.legacy."""
    made = an_object(PROJECT, name, *conditions)
    if owned is not None:
        made["status"]["ownership"] = {"state": owned}
    made["spec"] = {"projectName": "payments.legacy", "managementPolicy": policy}
    return made


def in_harbor(mark: str | None = None) -> ProjectFound:
    """The project with a mark."""
    return ProjectFound("payments.legacy", mark, {}, ())


def objects(*bodies: Json) -> Objects:
    """The HarborProjects of the cluster."""
    return Objects("payments", "default", bodies)


def elsewhere() -> Json:
    """An object of another namespace for the same project."""
    made = body()
    made["metadata"]["namespace"] = "search"
    return made


@pytest.mark.parametrize(
    ("mark", "there", "reason"),
    [
        (None, (), None),
        ("released:cluster/payments/old", (), None),
        (None, (body(),), None),
        (OURS, (body(policy="Full"),), None),
        (OURS, (), "it belongs to HarborProject payments/legacy of cluster cluster"),
        (OURS, (body(name="second"),), "it belongs to HarborProject payments/legacy of cluster"),
        ("other/search/x/uid", (), "it belongs to HarborProject search/x of cluster other"),
        ("something", (), "a mark that this program cannot read"),
        (None, (elsewhere(),), "HarborProject search/legacy is for it already"),
    ],
)
def test_what_is_somebody_elses_is_refused(
    mark: str | None, there: tuple[Json, ...], reason: str | None
) -> None:
    told = refusal(in_harbor(mark), objects(*there))

    assert (told is None) is (reason is None)
    assert (reason or "") in (told or "")


def test_an_object_of_another_connection_is_for_another_project() -> None:
    other = elsewhere()
    other["spec"]["connectionRef"] = {"name": "lab"}

    assert refusal(in_harbor(), objects(other)) is None


@pytest.mark.parametrize(
    ("seen", "state", "reason"),
    [
        (body(), State.PLANNED, ""),
        (body(policy="Full", owned="Adopted"), State.MANAGED, ""),
        (body(policy="Full", owned="Owned"), State.MANAGED, ""),
        (body(REFUSED, STALLED, policy="Full"), State.UNSETTLED, "NameConflict: no adoption"),
        (body(WAITS, policy="Full"), State.UNSETTLED, "Progressing: younger than ten minutes"),
        (body(policy="Full", owned="Foreign"), State.UNSETTLED, "Succeeded: "),
    ],
)
def test_an_object_has_come_so_far(seen: Json, state: State, reason: str) -> None:
    told = judged("payments.legacy", seen)

    assert (told.state, told.reason) == (state, reason)


def test_an_object_that_the_operator_has_not_seen_is_told_so() -> None:
    fresh = body()
    fresh["metadata"]["generation"] = 2

    told = judged("payments.legacy", fresh)

    assert told.state is State.UNSETTLED
    assert "is it running?" in told.reason


@pytest.mark.parametrize(
    ("conditions", "settled"),
    [((READY,), True), ((REFUSED, STALLED), True), ((WAITS,), False)],
)
def test_it_is_waited_for_until_it_is_ready_or_stalled(
    conditions: tuple[Json, ...], *, settled: bool
) -> None:
    assert is_settled(body(*conditions)) is settled


def test_a_confirmation_is_of_the_object_that_was_shown() -> None:
    shown = body()
    shown["metadata"]["resourceVersion"] = "42"

    assert confirmation(shown) == {
        "metadata": {"resourceVersion": "42"},
        "spec": {"managementPolicy": "Full", "adoptionPolicy": "IfUnclaimed"},
    }


def test_robots_that_may_not_be_listed_are_not_counted() -> None:
    assert robots_left(ProjectFound("x", None, {}, None)) is None
    assert robots_left(in_harbor()) == 0


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--project", "x", "--all-unmanaged"],
        ["--project", "x", "--dry-run", "--confirm"],
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str]) -> None:
    with pytest.raises(CommandError) as told:
        parse(["adopt", *words])

    assert told.value.code is ExitCode.USAGE
