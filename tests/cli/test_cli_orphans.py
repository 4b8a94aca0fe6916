"""Whose a marked thing is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from harbor_operator.cli.arguments import parse
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.orphans.arguments import OrphansOptions
from harbor_operator.cli.orphans.facts import (
    CONNECTED,
    PROJECT,
    PULL_SECRET,
    ROBOT,
    Account,
    Endpoint,
    Entry,
    InCluster,
    InHarbor,
    ManagedSecret,
    Owner,
    Owners,
    ProjectMark,
)
from harbor_operator.cli.orphans.findings import Deletion, Finding, Standing
from harbor_operator.cli.orphans.judging import orphans_of
from harbor_operator.cli.orphans.screen import draw_deletions, draw_orphans
from harbor_operator.cli.printing import Paper
from harbor_operator.core.connection.upstreams import mark_of, marked_by
from harbor_operator.core.ownership import Mark
from tests.support.plugin import NOW

HERE: Final = "0d1e2f3a-0000-4000-8000-000000000001"
THERE: Final = "0d1e2f3a-0000-4000-8000-000000000002"
LIVE: Final = "0d1e2f3a-0000-4000-8000-00000000000a"
GONE: Final = "0d1e2f3a-0000-4000-8000-00000000000b"
EVERY_KIND: Final = frozenset({CONNECTED, PROJECT, ROBOT, PULL_SECRET})
COMMAND: Final = "kubectl harbor orphans --delete"
NOTHING: Final = InHarbor()


def cluster(
    *owners: Owner, kinds: frozenset[str] = EVERY_KIND, secrets: Sequence[ManagedSecret] = ()
) -> InCluster:
    """A cluster whose id is known, with these objects."""
    return InCluster(
        owners=Owners(kinds, {owner.uid: owner for owner in owners}),
        secrets=tuple(secrets),
        ids=frozenset({HERE}),
        ids_proven=True,
    )


def mark(uid: str = GONE, cluster_id: str = HERE) -> Mark:
    return Mark(cluster_id, "payments", "ci", uid)


def account(text: str, project: str | None = "web") -> Account:
    return Account(42, "robot$web+ci-1", project, text, NOW - timedelta(days=3))


def label(text: str) -> ProjectMark:
    return ProjectMark("web", 7, 70, text, NOW)


def secret(owner_kind: str = ROBOT, uid: str = GONE, robot_uid: str = GONE) -> ManagedSecret:
    return ManagedSecret(
        namespace="payments",
        name="login",
        owner_kind=owner_kind,
        owner_namespace="payments",
        owner_name="ci",
        owner_uid=uid,
        robot_uid=robot_uid,
        ledger=False,
        since=NOW,
    )


def found(seen: InCluster, harbor: InHarbor = NOTHING) -> list[Finding]:
    return [*orphans_of(seen, harbor, COMMAND).findings]


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        (mark().text(), Standing.ORPHANED),
        (f"\n{mark().text()} ", Standing.ORPHANED),
        (mark(LIVE).text(), None),
        (mark(GONE, THERE).text(), Standing.FOREIGN),
        (mark(LIVE, THERE).text(), Standing.FOREIGN),
        (mark().released(), Standing.RELEASED),
        (mark(cluster_id=THERE).released(), Standing.FOREIGN),
        ("released:by hand", None),
        ("for the CI of payments", None),
        ("see/our/wiki/page", None),
        ("", None),
    ],
)
def test_an_account_stands_as_its_mark_says(text: str, standing: Standing | None) -> None:
    here = cluster(Owner(ROBOT, "payments", "ci", LIVE))

    told = found(here, InHarbor(accounts=(account(text),)))

    assert [one.standing for one in told] == ([] if standing is None else [standing])
    assert all(bool(one.cure) == (one.standing is Standing.ORPHANED) for one in told)


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        (mark().text(), Standing.ORPHANED),
        (mark().as_adopter().text(), Standing.ORPHANED),
        (mark(LIVE).text(), None),
        (mark(GONE, THERE).text(), Standing.FOREIGN),
        (mark().as_adopter().released(), Standing.RELEASED),
    ],
)
def test_the_mark_of_a_project_stands_as_it_says(text: str, standing: Standing | None) -> None:
    here = cluster(Owner(PROJECT, "payments", "web", LIVE, "web"))

    told = found(here, InHarbor(marks=(label(text),)))

    assert [one.standing for one in told] == ([] if standing is None else [standing])
    assert {one.what for one in told} <= {"mark/web"}


def test_a_project_made_anew_under_its_name_may_take_the_mark_over() -> None:
    here = cluster(Owner(PROJECT, "payments", "ci", LIVE, "web"))

    (told,) = found(here, InHarbor(marks=(label(mark().text()),)))

    assert told.standing is Standing.IN_USE


@pytest.mark.parametrize(
    ("description", "standing"),
    [
        (mark_of(HERE, "default"), None),
        (mark_of(HERE, "gone"), Standing.ORPHANED),
        (mark_of(THERE, "default"), Standing.FOREIGN),
        ("our mirror", None),
    ],
)
def test_an_upstream_registry_belongs_to_the_connection_that_it_names(
    description: str, standing: Standing | None
) -> None:
    here = cluster(Owner(CONNECTED, "", "default", LIVE))

    told = found(here, InHarbor(endpoints=(Endpoint(1, "docker-hub", description),)))

    assert [one.standing for one in told] == ([] if standing is None else [standing])


def test_the_mark_of_a_registry_is_read_as_it_was_written() -> None:
    assert marked_by(mark_of(HERE, "default")) == (HERE, "default")
    assert marked_by(f"{mark_of(HERE, 'default')}, they say") is None


@pytest.mark.parametrize(
    ("one", "standing"),
    [
        (secret(), Standing.ORPHANED),
        (secret(uid=LIVE), None),
        (secret(PULL_SECRET), Standing.ORPHANED),
        (secret("HarborThing"), Standing.UNKNOWN),
    ],
)
def test_a_secret_belongs_to_the_uid_in_its_label(
    one: ManagedSecret, standing: Standing | None
) -> None:
    told = found(cluster(Owner(ROBOT, "payments", "ci", LIVE), secrets=[one]))

    assert [entry.standing for entry in told] == ([] if standing is None else [standing])


def test_a_ledger_is_called_one() -> None:
    (told,) = found(cluster(secrets=[replace(secret(), ledger=True)]))

    assert (told.kind, told.what) == ("ledger", "secret/payments/login")


@pytest.mark.parametrize("name", ["login", "other"])
def test_a_pull_secret_of_the_same_name_may_take_a_secret_and_its_entry_over(name: str) -> None:
    entry = Entry("payments", "default", "login", GONE)
    here = cluster(
        Owner(PULL_SECRET, "search", "images", LIVE, name), secrets=[secret(PULL_SECRET)]
    )

    told = found(replace(here, entries=(entry,)))

    expected = Standing.IN_USE if name == "login" else Standing.ORPHANED
    assert [one.standing for one in told] == [expected, expected]
    assert {one.what for one in told} == {
        "secret/payments/login",
        "entry/payments/default/login",
    }


def test_an_entry_belongs_to_the_uid_that_is_noted() -> None:
    here = cluster(Owner(PULL_SECRET, "payments", "images", LIVE, "images"))
    entries = (
        Entry("payments", "default", "images", LIVE),
        Entry("payments", "default", "old", GONE),
    )

    (told,) = found(replace(here, entries=entries))

    assert (told.what, told.standing) == ("entry/payments/default/old", Standing.ORPHANED)


@pytest.mark.parametrize(
    ("here", "standing"),
    [
        (cluster(secrets=[secret(PULL_SECRET, LIVE)], kinds=EVERY_KIND), Standing.ORPHANED),
        (
            cluster(
                Owner(PULL_SECRET, "payments", "images", LIVE, "login"),
                secrets=[secret(PULL_SECRET, LIVE)],
            ),
            Standing.IN_USE,
        ),
        (cluster(secrets=[secret(ROBOT, GONE)]), Standing.ORPHANED),
        (replace(cluster(), secrets_known=False), Standing.UNKNOWN),
    ],
)
def test_an_account_stays_while_a_pull_secret_holds_its_login(
    here: InCluster, standing: Standing
) -> None:
    told = found(here, InHarbor(accounts=(account(mark().text()),)))

    (of_account,) = [one for one in told if one.what == "account/42"]
    assert of_account.standing is standing


@pytest.mark.parametrize("kind", sorted(EVERY_KIND))
def test_nothing_is_concluded_of_a_kind_that_could_not_be_listed(kind: str) -> None:
    here = replace(
        cluster(kinds=EVERY_KIND - {kind}, secrets=[secret(), secret(PULL_SECRET)]),
        entries=(Entry("payments", "default", "x", GONE),),
    )
    harbor = InHarbor(
        accounts=(account(mark().text()),),
        marks=(label(mark().text()),),
        endpoints=(Endpoint(1, "hub", mark_of(HERE, "gone")),),
    )

    unknown = [one for one in found(here, harbor) if one.standing is Standing.UNKNOWN]

    assert unknown
    named = {ROBOT: "account/42", PROJECT: "mark/web", CONNECTED: "registry/hub"}
    assert named.get(kind, "entry/payments/default/x") in {one.what for one in unknown}


def test_nothing_is_concluded_of_marks_where_the_cluster_has_no_name() -> None:
    (told,) = found(
        replace(cluster(), ids=frozenset()), InHarbor(accounts=(account(mark().text()),))
    )

    assert told.standing is Standing.UNKNOWN


@pytest.mark.parametrize(
    ("project", "remover"),
    [
        (None, "the operator, in its next pass"),
        ("web", "the operator, within hours"),
        ("other", "nobody: no HarborProject is for other"),
    ],
)
def test_the_operator_sweeps_where_it_looks(project: str | None, remover: str) -> None:
    here = cluster(Owner(PROJECT, "payments", "site", LIVE, "web"))

    (told,) = found(here, InHarbor(accounts=(account(mark().text(), project),)))

    assert told.remover == remover


def test_only_those_that_are_meant_are_told() -> None:
    harbor = InHarbor(accounts=(account(mark().text()),), marks=(label(mark().text()),))

    told = orphans_of(cluster(), harbor, COMMAND, ["mark/web"])

    assert [one.what for one in told.findings] == ["mark/web"]
    assert told.findings[0].cure == f"{COMMAND} mark/web"


def test_the_screen_shows_orphans_with_their_commands_and_the_others_apart() -> None:
    harbor = InHarbor(
        accounts=(account(mark().text()),),
        marks=(label(mark(GONE, THERE).text()),),
        notes=("upstream registries are left out: the login may not list them",),
    )

    text = draw_orphans(orphans_of(cluster(), harbor, COMMAND), NOW, Paper())

    assert text == (
        "Orphaned:\n"
        "ORPHAN       NAME                           OWNER                     AGE"
        "   WHO REMOVES IT\n"
        "account/42   robot account robot$web+ci-1   HarborRobot payments/ci   3d"
        "    nobody: no HarborProject is for web\n"
        "\n"
        "Not to be taken away:\n"
        "NAME   KIND                STANDING   OWNER                       WHY\n"
        "web    mark of a project   foreign    HarborProject payments/ci"
        f"   it is of cluster {THERE}\n"
        "\n"
        "note: upstream registries are left out: the login may not list them\n"
        "\n"
        "Orphaned: 1; not to be taken away: 1; not everything could be read\n"
        "\n"
        "To take one away:\n"
        "  kubectl harbor orphans --delete account/42\n"
    )


def test_each_deletion_is_a_line() -> None:
    done = (
        Deletion("account/42", done=True, sentence="deleted"),
        Deletion("mark/web", done=False, sentence="left alone: it is not as it was"),
    )

    assert draw_deletions(done, Paper()) == (
        "account/42: deleted\nmark/web: left alone: it is not as it was\n"
    )


def test_what_is_meant_is_named_as_it_is_listed() -> None:
    told = parse(["orphans", "account/42", "secret/payments/login", "--delete", "--yes"])

    assert isinstance(told, OrphansOptions)
    assert [*told.what] == ["account/42", "secret/payments/login"]
    assert told.delete
    assert told.yes


@pytest.mark.parametrize(
    "words",
    [
        ["orphans", "robot/ci"],
        ["orphans", "--yes"],
        ["orphans", "-n", "payments"],
        ["orphans", "--robot", "ci", "--connection", "default"],
    ],
)
def test_nonsense_is_a_usage_error(words: list[str]) -> None:
    with pytest.raises(CommandError) as caught:
        parse(words)

    assert caught.value.code is ExitCode.USAGE
