"""When robots were used last, and what that proves."""

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from harbor_operator.cli.arguments import parse
from harbor_operator.cli.audit.arguments import AuditOptions
from harbor_operator.cli.audit.screen import csv_of, draw_audit
from harbor_operator.cli.audit.subjects import (
    Replaced,
    Subject,
    account_of,
    connection_of,
    subject_of,
)
from harbor_operator.cli.audit.usage import (
    MOST_ENTRIES,
    Standing,
    Use,
    audit_of,
    together,
    usage_of,
    use_in,
)
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.kinds import ROBOT
from harbor_operator.cli.printing import Paper
from harbor_operator.core.ownership import Mark
from harbor_operator.harbor import (
    AuditEntry,
    Permission,
    Robot,
)
from tests.support.plugin import NOW, an_object, stamp

DAY: Final = timedelta(days=1)
LIMIT: Final = 90 * DAY
SUBJECT: Final = Subject(
    robot="ci",
    namespace="payments",
    username="robot$web+ci-7",
    created=NOW - 200 * DAY,
    projects=("web",),
)
STREAM: Final = io.StringIO()


def entry(
    ago: timedelta, username: str = SUBJECT.username, operation: str = "pull", **changed: object
) -> AuditEntry:
    """One line of the log."""
    return AuditEntry.model_validate(
        {
            "id": 1,
            "username": username,
            "operation": operation,
            "resource_type": "artifact",
            "resource": "web/app:1",
            "op_time": NOW - ago,
            **changed,
        }
    )


def test_a_robot_is_read_with_the_accounts_that_live_on() -> None:
    previous = [
        {"username": "robot$web+ci-6", "since": stamp(-DAY)},
        {"username": "robot$web+ci-5", "since": "soon"},
        {},
    ]
    body = an_object(ROBOT, "ci", username=SUBJECT.username, previous=previous)
    body["metadata"]["creationTimestamp"] = stamp(-200 * DAY)

    assert subject_of(body) == replace(SUBJECT, replaced=(Replaced("robot$web+ci-6", NOW - DAY),))


@pytest.mark.parametrize(
    ("username", "projects"),
    [
        ("robot$web+ci-7", ("web",)),
        ("robot$team.web+ci-7", ("team.web",)),
        ("robot$ci-7", None),
        ("", None),
    ],
)
def test_a_project_robots_name_tells_where_its_use_is_written_down(
    username: str, projects: tuple[str, ...] | None
) -> None:
    assert subject_of(an_object(ROBOT, "ci", username=username)).projects == projects


@pytest.mark.parametrize(
    ("username", "own"),
    [
        ("robot$web+ci-7", True),
        ("robot$web+ci-6", True),
        ("robot$web+ci-123", True),
        ("robot$web+ci-", False),
        ("robot$web+ci-x", False),
        ("robot$web+ci-x-7", False),
        ("robot$other+ci-7", False),
    ],
)
def test_the_accounts_of_a_robot_count_up(username: str, *, own: bool) -> None:
    assert SUBJECT.name_part == "robot$web+ci-"
    assert SUBJECT.has(username) is own


def test_an_account_without_a_robot_is_known_by_its_name_alone() -> None:
    account = Subject(robot="", namespace="", username="robot$web+deploy-2")

    assert account.name_part == "robot$web+deploy-2"
    assert account.has("robot$web+deploy-2")
    assert not account.has("robot$web+deploy-1")


@pytest.mark.parametrize(
    ("description", "read"),
    [
        ("for the pipeline", True),
        ("", True),
        (Mark("here", "payments", "ci", "uid").text(), False),
        (Mark("there", "payments", "ci", "uid").text(), False),
        (Mark("here", "payments", "ci", "uid").released(), False),
    ],
)
def test_only_accounts_that_no_operator_manages_are_read(description: str, *, read: bool) -> None:
    robot = Robot(id=1, name="robot$web+x", level="project", description=description)

    assert (account_of(robot) is not None) is read


@pytest.mark.parametrize(
    ("level", "places", "projects"),
    [
        ("project", ["web"], ("web",)),
        ("system", ["web", "shop"], ("shop", "web")),
        ("system", ["/", "web"], ("web",)),
        ("system", ["*"], None),
        ("system", ["/"], None),
    ],
)
def test_where_an_account_leaves_traces_is_told_by_its_rights(
    level: str, places: list[str], projects: tuple[str, ...] | None
) -> None:
    permissions = frozenset(Permission(kind="project", namespace=place) for place in places)
    account = account_of(Robot(id=1, name="x", level=level, permissions=permissions))

    assert account is not None
    assert account.projects == projects


def test_the_connection_of_a_robot_is_default_where_none_is_named() -> None:
    body = an_object(ROBOT, "ci")

    assert connection_of(body) == "default"
    assert connection_of({**body, "spec": {"connectionRef": {"name": "other"}}}) == "other"


def test_pulls_and_pushes_of_all_accounts_are_summed_up() -> None:
    entries = [
        entry(DAY),
        entry(2 * DAY, "robot$web+ci-6", "create", resource="web/app:2"),
        entry(2 * DAY, "robot$web+ci-x-1"),
        entry(3 * DAY, operation="delete"),
        entry(4 * DAY, operation_result=False),
        entry(5 * DAY),
        entry(40 * DAY),
    ]

    use = use_in(SUBJECT, entries, NOW - 30 * DAY)

    assert use == Use(NOW - DAY, pulls=2, pushes=1, images=("web/app:1", "web/app:2"))


def test_the_last_use_may_lie_before_the_period() -> None:
    use = use_in(SUBJECT, [entry(40 * DAY)], NOW - 30 * DAY)

    assert use == Use(NOW - 40 * DAY)


def test_an_account_that_is_used_after_its_replacement_is_told() -> None:
    robot = replace(SUBJECT, replaced=(Replaced("robot$web+ci-6", NOW - 2 * DAY),))
    before, after = entry(3 * DAY, "robot$web+ci-6"), entry(DAY, "robot$web+ci-6")

    assert use_in(robot, [before], NOW - 30 * DAY).late == ()
    assert use_in(robot, [after, before], NOW - 30 * DAY).late == ("robot$web+ci-6",)


def test_that_there_is_more_than_was_looked_at_is_told() -> None:
    few = use_in(SUBJECT, [entry(DAY)] * (MOST_ENTRIES - 1), NOW - 30 * DAY)
    many = use_in(SUBJECT, [entry(DAY)] * MOST_ENTRIES, NOW - 30 * DAY)

    assert (few.more, many.more) == (False, True)


def test_what_several_logs_say_is_put_together() -> None:
    first = Use(NOW - 2 * DAY, 1, 0, ("a",), late=("x",))
    second = Use(NOW - DAY, 1, 2, ("b", "a"), more=True)

    assert together([first, second]) == Use(NOW - DAY, 2, 2, ("a", "b"), ("x",), more=True)
    assert together([Use(), Use()]) == Use()


@pytest.mark.parametrize(
    ("subject", "use", "reaches", "standing"),
    [
        (SUBJECT, Use(NOW - DAY), None, Standing.USED),
        (SUBJECT, Use(NOW - LIMIT), NOW - 300 * DAY, Standing.USED),
        (SUBJECT, Use(NOW - 91 * DAY), NOW - 300 * DAY, Standing.UNUSED),
        (SUBJECT, Use(), NOW - 300 * DAY, Standing.UNUSED),
        (SUBJECT, Use(), NOW - LIMIT, Standing.UNUSED),
        (SUBJECT, Use(), NOW - 89 * DAY, Standing.UNKNOWN),
        (SUBJECT, Use(), None, Standing.UNKNOWN),
        (SUBJECT, Use(more=True), NOW - 300 * DAY, Standing.UNKNOWN),
        (SUBJECT, None, NOW - 300 * DAY, Standing.UNKNOWN),
        (replace(SUBJECT, created=NOW - DAY), Use(), NOW - 300 * DAY, Standing.NEW),
        (replace(SUBJECT, created=NOW - DAY), Use(NOW), None, Standing.USED),
        (replace(SUBJECT, created=None), Use(), NOW - 300 * DAY, Standing.UNUSED),
        (replace(SUBJECT, username=""), None, NOW - 300 * DAY, Standing.UNKNOWN),
    ],
)
def test_a_log_proves_what_it_reaches_back_for(
    subject: Subject, use: Use | None, reaches: datetime | None, standing: Standing
) -> None:
    usage = usage_of(subject, use, reaches=reaches, limit=LIMIT, now=NOW)

    assert usage.standing is standing
    assert bool(usage.reason) == (standing is not Standing.USED)


def an_audit() -> str:
    """Some lines as text."""
    lines = [
        usage_of(subject, use, reaches=NOW - 300 * DAY, limit=LIMIT, now=NOW)
        for subject, use in (
            (SUBJECT, Use(NOW - DAY, 12, 3, ("a:1", "a:2", "a:3", "a:4"), ("x-1",), more=True)),
            (replace(SUBJECT, robot="old", username="robot$web+old-1"), Use(NOW - 100 * DAY)),
            (Subject("", "", "robot$legacy"), None),
        )
    ]
    return draw_audit(audit_of(lines, NOW - 30 * DAY, NOW - 300 * DAY, ["a note"]), NOW, Paper())


def test_the_screen_begins_with_what_is_unused() -> None:
    assert an_audit() == (
        "ROBOT   NAMESPACE   ACCOUNT           LAST USE   PULLS   PUSHES   STANDING   IMAGES\n"
        "old     payments    robot$web+old-1   100d ago   0       0        unused\n"
        "-       -           robot$legacy      ?          0       0        unknown\n"
        "ci      payments    robot$web+ci-7    24h ago    12+     3+       used"
        "       a:1, a:2, a:3, …\n"
        "\n"
        "note: x-1 was used after it had been replaced: somebody still has the old credential of"
        " payments/ci\n"
        "note: 1 unknown: the login may not read the log of its projects\n"
        "note: a note\n"
        "\n"
        "3 robots: 1 unused, 1 unknown, 0 new, 1 used; counted since 2026-01-30;"
        " the log begins 300d ago\n"
    )


def test_csv_has_a_line_for_each() -> None:
    usage = usage_of(SUBJECT, Use(NOW, 1, 0, ("a", "b")), reaches=None, limit=LIMIT, now=NOW)

    (row,) = csv.DictReader(io.StringIO(csv_of(audit_of([usage], NOW, None, ()))))

    assert row["username"] == SUBJECT.username
    assert (row["last_used"], row["images"]) == ("2026-03-01T12:00:00Z", "a b")


def test_lengths_of_time_are_given_as_kubectl_shows_them() -> None:
    told = parse(["audit", "-A", "--since", "12h", "--unused-for", "90d", "-o", "csv"])

    assert isinstance(told, AuditOptions)
    assert (told.since, told.unused_for, told.output) == (timedelta(hours=12), LIMIT, "csv")


@pytest.mark.parametrize(
    "words", [["--since", "soon"], ["--since", "0d"], ["--unused-for", "5"], ["-A", "-n", "x"]]
)
def test_nonsense_is_a_usage_error(words: list[str]) -> None:
    with pytest.raises(CommandError) as caught:
        parse(["audit", *words])

    assert caught.value.code is ExitCode.USAGE
