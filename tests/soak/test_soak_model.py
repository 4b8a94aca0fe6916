"""The model's rules, each as docs/pull-secrets.md states it."""

from dataclasses import replace

import pytest

from tests.soak.model import (
    BLIND_SECONDS,
    DOUBT_SECONDS,
    GRACE_SECONDS,
    Accounts,
    Entries,
    Holding,
    Model,
    PullSecret,
    Rule,
    Selection,
    Space,
)

HOME = "team"
KEY = (HOME, "images")
GOLD = ("tier", "gold")
SHOP = Space(
    "shop", labels=dict([GOLD]), accepts=frozenset({HOME}), accounts={"default": ("b", "a")}
)
PULL = PullSecret(KEY, "pull", targets=Selection(label=GOLD), accounts=Accounts(("default",)))
LATER = 2 * BLIND_SECONDS
HELD = Holding(frozenset({KEY}), needed=True)
KEPT = Holding(frozenset({KEY}), needed=False)
PLAIN = replace(SHOP, labels={})
CLOSED = replace(SHOP, accepts=frozenset())


def model_of(*spaces: Space, pull: PullSecret = PULL) -> Model:
    model = Model()
    for space in (Space(HOME, accounts={"default": ()}), *spaces):
        model.place(space, 0.0)
    model.ask(pull, 0.0)
    return model


@pytest.mark.parametrize(
    ("targets", "space", "held"),
    [
        pytest.param(None, SHOP, [HOME], id="without targets the own namespace is served"),
        pytest.param(Selection(label=GOLD), SHOP, ["shop"], id="a label serves who has it"),
        pytest.param(Selection(label=GOLD), PLAIN, [], id="who has not the label is not served"),
        pytest.param(Selection(("sh*",)), PLAIN, ["shop"], id="a star stands for anything"),
        pytest.param(Selection((HOME,)), SHOP, [HOME], id="the own namespace needs no consent"),
        pytest.param(
            Selection(("*",), exclude=("sh*",)), SHOP, [HOME], id="who is excluded is not served"
        ),
        pytest.param(Selection(label=GOLD), CLOSED, [], id="who does not accept is not served"),
    ],
)
def test_a_namespace_is_served_that_is_selected_and_may_be(
    targets: Selection | None, space: Space, held: list[str]
) -> None:
    model = model_of(space, pull=replace(PULL, targets=targets))

    assert model.holdings(0.0) == {(name, "pull"): HELD for name in held}


def test_a_rule_of_the_connection_serves_without_consent() -> None:
    model = model_of(CLOSED)

    model.rules = (Rule(HOME, Selection(label=GOLD)),)

    assert model.holdings(0.0) == {("shop", "pull"): HELD}


def test_a_rule_is_for_its_own_team_only() -> None:
    model = model_of(CLOSED)

    model.rules = (Rule("other", Selection(label=GOLD)),)

    assert model.holdings(0.0) == {}


@pytest.mark.parametrize(
    ("after", "sure", "now", "left"),
    [
        pytest.param(PLAIN, {KEY}, 10.0, HELD, id="another label: it stays"),
        pytest.param(
            PLAIN, set(), 10.0, KEPT, id="another label, not known to be there: it may be"
        ),
        pytest.param(
            PLAIN,
            {KEY},
            GRACE_SECONDS - DOUBT_SECONDS,
            KEPT,
            id="near the end of the grace it may go",
        ),
        pytest.param(CLOSED, {KEY}, 10.0, None, id="a consent taken back: it goes at once"),
        pytest.param(
            replace(PLAIN, accepts=frozenset()), {KEY}, 10.0, None, id="both: it goes at once"
        ),
    ],
)
def test_a_namespace_leaves_late_for_its_labels_and_at_once_for_its_consent(
    after: Space, sure: set[tuple[str, str]], now: float, left: Holding | None
) -> None:
    model = model_of(SHOP)

    model.place(after, 0.0, sure)

    assert model.holdings(now).get(("shop", "pull")) == left


def test_a_consent_taken_back_ends_a_grace() -> None:
    model = model_of(SHOP)
    model.place(PLAIN, 0.0, {KEY})

    model.place(replace(PLAIN, accepts=frozenset()), 1.0)

    assert model.holdings(1.0) == {}


def test_a_label_that_comes_back_ends_a_grace_and_the_next_one_counts_anew() -> None:
    model = model_of(SHOP)
    model.place(PLAIN, 0.0, {KEY})
    model.place(SHOP, 200.0)

    model.place(PLAIN, 400.0, {KEY})

    assert model.holdings(500.0) == {("shop", "pull"): HELD}


def test_another_change_in_a_grace_does_not_lengthen_it() -> None:
    model = model_of(SHOP)
    model.place(PLAIN, 0.0, {KEY})

    model.place(replace(PLAIN, labels={"tier": "silver"}), 200.0, {KEY})

    assert model.holdings(GRACE_SECONDS) == {("shop", "pull"): KEPT}


def test_other_targets_end_a_grace_at_once() -> None:
    model = model_of(SHOP)
    model.place(PLAIN, 0.0, {KEY})

    model.ask(replace(PULL, targets=Selection(label=GOLD, exclude=("nobody",))), LATER)

    assert model.holdings(1.0) == {}


def test_other_targets_may_be_seen_before_the_labels_that_changed_just_then() -> None:
    model = model_of(SHOP)
    model.place(PLAIN, 0.0, {KEY})

    model.ask(replace(PULL, targets=Selection(label=GOLD, exclude=("nobody",))), 1.0)

    assert model.holdings(1.0) == {("shop", "pull"): KEPT}


def test_other_service_accounts_end_no_grace() -> None:
    model = model_of(SHOP)
    model.place(PLAIN, 0.0, {KEY})

    model.ask(replace(PULL, accounts=Accounts(every=True)), LATER)

    assert model.holdings(1.0) == {("shop", "pull"): HELD}


def test_a_secret_deleted_in_its_grace_need_not_come_back() -> None:
    model = model_of(SHOP)
    model.place(PLAIN, 0.0, {KEY})

    model.doubt(("shop", "pull"))

    assert model.holdings(1.0) == {("shop", "pull"): KEPT}


def test_a_secret_of_a_person_is_nobody_s() -> None:
    model = model_of(replace(SHOP, foreign=frozenset({"pull"})))

    assert model.holdings(0.0) == {}


def test_of_two_that_want_one_secret_either_may_own_it() -> None:
    model = model_of(SHOP)

    model.ask(replace(PULL, key=(HOME, "second")), LATER)

    both = Holding(frozenset({KEY, (HOME, "second")}), needed=True)
    assert model.holdings(0.0) == {("shop", "pull"): both}


def test_a_deleted_pull_secret_leaves_the_secret_to_the_other() -> None:
    model = model_of(SHOP)
    model.ask(replace(PULL, key=(HOME, "second")), LATER)

    model.withdraw(KEY)

    assert model.holdings(0.0) == {
        ("shop", "pull"): Holding(frozenset({(HOME, "second")}), needed=True)
    }


def test_a_deleted_pull_secret_ends_its_graces() -> None:
    model = model_of(SHOP)
    model.place(PLAIN, 0.0, {KEY})

    model.withdraw(KEY)

    assert model.holdings(0.0) == {}


def test_a_namespace_made_anew_has_nothing_in_it() -> None:
    model = model_of(SHOP)
    model.place(PLAIN, 0.0, {KEY})

    model.remove("shop")
    model.place(PLAIN, 1.0)

    assert model.holdings(1.0) == {}


@pytest.mark.parametrize(
    ("accounts", "account", "entries", "ours"),
    [
        pytest.param(Accounts(), "default", (), set(), id="none is asked for"),
        pytest.param(Accounts(("default",)), "default", ("b",), {"pull"}, id="one by name"),
        pytest.param(Accounts(("default",)), "builder", (), set(), id="another name"),
        pytest.param(Accounts(every=True), "builder", (), {"pull"}, id="every one"),
        pytest.param(
            Accounts(every=True),
            "builder",
            ("pull",),
            set(),
            id="an entry that a person made is theirs",
        ),
    ],
)
def test_a_service_account_lists_what_is_delivered_and_asked_for(
    accounts: Accounts, account: str, entries: tuple[str, ...], ours: set[str]
) -> None:
    space = replace(SHOP, accounts={account: entries})
    model = model_of(space, pull=replace(PULL, accounts=accounts))

    assert model.entries(space, account, {"pull": KEY}) == Entries(frozenset(ours), frozenset(ours))


def test_without_a_secret_there_is_no_entry() -> None:
    model = model_of(SHOP)

    assert model.entries(SHOP, "default", {}) == Entries(frozenset(), frozenset())


@pytest.mark.parametrize(
    ("space", "allowed"),
    [
        pytest.param(SHOP, {"pull"}, id="that is still meant for the namespace"),
        pytest.param(CLOSED, set(), id="that may not be there any more"),
    ],
)
def test_an_entry_may_stay_of_who_lost_the_secret_to_another(
    space: Space, allowed: set[str]
) -> None:
    model = model_of(space)
    second = replace(PULL, key=(HOME, "second"), accounts=Accounts())
    model.ask(second, LATER)

    entries = model.entries(space, "default", {"pull": second.key})

    assert entries == Entries(frozenset(), frozenset(allowed))
