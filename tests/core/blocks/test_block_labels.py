"""The labels that people can put on a project's artifacts."""

import pytest

from harbor_operator.core.project.blocks.labels import (
    LABELS,
    CreateLabel,
    DeleteLabel,
    LabelSeen,
    Seen,
    UpdateLabel,
)
from harbor_operator.core.steps import Change, Comparison, Step, Verb
from tests.support.project_settings import Fields, compared

STABLE = LabelSeen(1, "stable", "#00FF00", "good")
OLD = LabelSeen(2, "old")
ODD = LabelSeen(3, "stable", "redd")

Rows = list[tuple[str, str | None, str | None]]


def labels(**fields: str) -> Fields:
    return {"labels": [{"name": "stable", **fields}]}


DIFFERENCES = [
    pytest.param(
        labels(color="#c0392b", description="good"),
        (),
        Verb.CREATE,
        CreateLabel("stable", "#c0392b", "good"),
        [("color", None, "#c0392b"), ("description", None, "good")],
        id="a missing label is made",
    ),
    pytest.param(
        labels(),
        (),
        Verb.CREATE,
        CreateLabel("stable", "#FFFFFF", ""),
        [("color", None, "#FFFFFF"), ("description", None, "")],
        id="with Harbor's colour where none is stated",
    ),
    pytest.param(
        labels(color="#c0392b"),
        (STABLE,),
        Verb.UPDATE,
        UpdateLabel(STABLE, "#c0392b", "good"),
        [("color", "#00FF00", "#c0392b")],
        id="a PUT replaces all, so it repeats what stays",
    ),
    pytest.param(
        labels(description=""),
        (STABLE,),
        Verb.UPDATE,
        UpdateLabel(STABLE, "#00FF00", ""),
        [("description", "good", "")],
        id="a description is emptied",
    ),
    pytest.param(
        labels(color="#c0392b"),
        (ODD,),
        Verb.UPDATE,
        UpdateLabel(ODD, "#c0392b", ""),
        [("color", "redd", "#c0392b")],
        id="policies 60: Harbor stores any colour",
    ),
]


@pytest.mark.parametrize(("spec", "seen", "verb", "write", "changes"), DIFFERENCES)
def test_a_difference_is_written(
    spec: Fields, seen: Seen, *, verb: Verb, write: object, changes: Rows
) -> None:
    shown = tuple(Change("labels", *row) for row in changes)

    assert compared(LABELS, spec, seen) == Comparison(
        (Step("labels", verb, "stable", shown, write),)
    )


def test_all_missing_labels_are_made() -> None:
    steps = compared(LABELS, {"labels": [{"name": "one"}, {"name": "two"}]}, ()).steps

    assert [(step.verb, step.target) for step in steps] == [
        (Verb.CREATE, "one"),
        (Verb.CREATE, "two"),
    ]


def test_a_label_that_is_not_listed_goes() -> None:
    step = Step(
        "labels",
        Verb.DELETE,
        "old",
        (Change("labels", "color", "#FFFFFF", None),),
        DeleteLabel(OLD),
    )

    assert compared(LABELS, labels(), (OLD, STABLE)) == Comparison((step,))
    assert compared(LABELS, {"labels": []}, (OLD,)) == Comparison((step,))


IN_LINE = [
    pytest.param(labels(), (STABLE,), id="what is not stated is left as it is"),
    pytest.param(labels(), (ODD,), id="policies 60: an odd colour too"),
    pytest.param(labels(color="#00ff00", description="good"), (STABLE,), id="colours have no case"),
    pytest.param({"labels": []}, (), id="none"),
]


@pytest.mark.parametrize(("spec", "seen"), IN_LINE)
def test_without_a_difference_nothing_is_written(spec: Fields, seen: Seen) -> None:
    assert compared(LABELS, spec, seen) == Comparison()


def test_labels_are_found_by_name_in_any_order() -> None:
    spec = {"labels": [{"name": "old"}, {"name": "stable"}]}

    assert compared(LABELS, spec, (STABLE, OLD)) == Comparison()
