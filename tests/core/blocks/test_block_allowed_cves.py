"""The vulnerabilities that block no pull."""

from datetime import UTC, datetime
from typing import Any

import pytest

from harbor_operator.core.project.blocks.allowed_cves import (
    ALLOWED_CVES,
    AllowedCVEs,
    InheritSystem,
    ReplaceList,
)
from harbor_operator.core.project.blocks.block import Birth
from harbor_operator.core.steps import Change, Comparison, Step, Verb
from tests.support.project_settings import Fields, compared, stated, wanted

FAR = datetime(2030, 1, 1, tzinfo=UTC)
ONE, TWO = "CVE-2024-1", "CVE-2024-2"


def allowing(**fields: Any) -> Fields:  # noqa: ANN401 -- fields of a spec
    return {"pullRestrictions": {"allowedCVEs": fields}}


def own(*ids: str, until: datetime | None = None) -> AllowedCVEs:
    return AllowedCVEs(inherit=False, ids=frozenset(ids), expires_at=until)


Rows = list[tuple[str, str | None, str | None]]

DIFFERENCES = [
    pytest.param(
        allowing(ids=[ONE]),
        AllowedCVEs(),
        ReplaceList(frozenset({ONE}), None),
        [("inheritSystem", "true", "false"), ("ids", "", ONE)],
        id="projects 1-2: a list given at creation was ignored, so it is written after it",
    ),
    pytest.param(
        allowing(ids=[TWO, ONE]),
        own(ONE),
        ReplaceList(frozenset({ONE, TWO}), None),
        [("ids", ONE, f"{ONE}, {TWO}")],
        id="projects 74: another list",
    ),
    pytest.param(
        allowing(ids=[]),
        own(ONE),
        ReplaceList(frozenset(), None),
        [("ids", ONE, "")],
        id="projects 79: a list is cleared",
    ),
    pytest.param(
        allowing(ids=[ONE], expiresAt="2030-01-01T01:00:00+01:00"),
        own(ONE),
        ReplaceList(frozenset({ONE}), FAR),
        [("expiresAt", None, "2030-01-01T00:00:00Z")],
        id="an end is set",
    ),
    pytest.param(
        allowing(ids=[ONE]),
        own(ONE, until=FAR),
        ReplaceList(frozenset({ONE}), None),
        [("expiresAt", "2030-01-01T00:00:00Z", None)],
        id="an end is taken away",
    ),
    pytest.param(
        allowing(ids=[ONE]),
        AllowedCVEs(inherit=True, ids=frozenset({ONE})),
        ReplaceList(frozenset({ONE}), None),
        [("inheritSystem", "true", "false")],
        id="the right list that does not count",
    ),
    pytest.param(
        allowing(inheritSystem=True),
        own(ONE, until=FAR),
        InheritSystem(),
        [("inheritSystem", "false", "true")],
        id="the system's list counts, the own one stays as it is",
    ),
]


@pytest.mark.parametrize(("spec", "seen", "write", "changes"), DIFFERENCES)
def test_a_difference_is_written(
    spec: Fields, seen: AllowedCVEs, write: object, changes: Rows
) -> None:
    shown = tuple(
        Change("pullRestrictions", f"allowedCVEs.{field}", before, after)
        for field, before, after in changes
    )
    step = Step("allowedCVEs", Verb.UPDATE, "", shown, write)

    assert compared(ALLOWED_CVES, spec, seen) == Comparison((step,))


IN_LINE = [
    pytest.param(allowing(ids=[TWO, ONE]), own(ONE, TWO), id="the order is of no matter"),
    pytest.param(
        allowing(ids=[ONE], expiresAt="2030-01-01T00:00:00.9Z"),
        own(ONE, until=FAR),
        id="projects 75: Harbor keeps whole seconds",
    ),
    pytest.param(
        allowing(inheritSystem=True),
        AllowedCVEs(inherit=True, ids=frozenset({ONE}), expires_at=FAR),
        id="an own list that does not count is of no matter",
    ),
]


@pytest.mark.parametrize(("spec", "seen"), IN_LINE)
def test_without_a_difference_nothing_is_written(spec: Fields, seen: AllowedCVEs) -> None:
    assert compared(ALLOWED_CVES, spec, seen) == Comparison()


def test_other_pull_restrictions_leave_the_list_alone() -> None:
    assert stated(ALLOWED_CVES, {"pullRestrictions": {"blockSeverity": "High"}}) is None


def test_nothing_goes_into_the_request_that_creates_the_project() -> None:
    """Projects 1-2: Harbor ignores the list there."""
    assert ALLOWED_CVES.at_creation(wanted(ALLOWED_CVES, allowing(ids=[ONE]))) == Birth()


def test_a_blank_project_inherits_the_systems_list() -> None:
    assert compared(ALLOWED_CVES, allowing(inheritSystem=True), ALLOWED_CVES.blank(own())) == (
        Comparison()
    )
