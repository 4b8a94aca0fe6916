"""The storage quota, which Harbor keeps apart from the project."""

from dataclasses import replace

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.core.project.blocks.block import Birth
from harbor_operator.core.project.blocks.quota import QUOTA, Quota, UpdateQuota
from harbor_operator.core.steps import Change, Comparison, Step, Verb
from tests.support.project_settings import compared, wanted
from tests.support.projects import RULE

SEEN = Quota(id=9, hard=100, used=40)

DIFFERENCES = [
    pytest.param("1Ki", SEEN, 1024, "100", "1024", id="projects 66-67: a project's PUT ignores it"),
    pytest.param("Unlimited", SEEN, -1, "100", "Unlimited", id="projects 98: no limit is -1"),
    pytest.param(50, replace(SEEN, hard=-1), 50, "Unlimited", "50", id="a limit where none was"),
]


@pytest.mark.parametrize(("quota", "seen", "written", "before", "after"), DIFFERENCES)
def test_a_difference_is_written_to_the_quota(
    quota: object, seen: Quota, written: int, before: str, after: str
) -> None:
    change = Change("storageQuota", "", before, after)
    step = Step("storageQuota", Verb.UPDATE, "", (change,), UpdateQuota(9, written))

    assert compared(QUOTA, {"storageQuota": quota}, seen) == Comparison((step,))


@pytest.mark.parametrize(
    ("quota", "hard"),
    [
        pytest.param("1Ki", 1024, id="the same in other words"),
        pytest.param("Unlimited", -1, id="no limit"),
    ],
)
def test_without_a_difference_nothing_is_written(quota: str, hard: int) -> None:
    assert compared(QUOTA, {"storageQuota": quota}, replace(SEEN, hard=hard)) == Comparison()


def test_a_harbor_without_quotas_cannot_keep_one() -> None:
    comparison = compared(QUOTA, {"storageQuota": "1Ki"}, None)

    assert comparison.steps == ()
    assert [trouble.reason for trouble in comparison.troubles] == [Reason.INVALID_SPEC]
    assert comparison.troubles[0].message.startswith("storageQuota: this Harbor keeps no quotas")


def test_the_quota_is_there_from_the_start() -> None:
    assert QUOTA.at_creation(wanted(QUOTA, {"storageQuota": "1Ki"})) == Birth(storage_bytes=1024)


CEILINGS = [
    pytest.param("1Ki", None, False, id="no ceiling"),
    pytest.param("Unlimited", None, False, id="no limit and no ceiling"),
    pytest.param(100, 100, False, id="just the ceiling"),
    pytest.param(101, 100, True, id="above the ceiling"),
    pytest.param("Unlimited", 100, True, id="no limit where there is a ceiling"),
]


@pytest.mark.parametrize(("quota", "ceiling", "refused"), CEILINGS)
def test_ceilings(quota: object, ceiling: int | None, *, refused: bool) -> None:
    rule = replace(RULE, max_storage_bytes=ceiling)

    refusal = QUOTA.refusal(wanted(QUOTA, {"storageQuota": quota}), rule)

    assert (refusal is not None) is refused
    assert not refused or "above the 100 bytes" in str(refusal)


@pytest.mark.parametrize(
    ("seen", "report"),
    [
        pytest.param(SEEN, {"quota": {"hard": 100, "used": 40}}, id="what is used"),
        pytest.param(None, {}, id="a Harbor without quotas"),
    ],
)
def test_the_report(seen: Quota | None, report: dict[str, object]) -> None:
    assert QUOTA.report(100, seen) == report


def test_a_blank_project_has_no_limit() -> None:
    assert QUOTA.blank(100) == Quota(id=0, hard=-1, used=0)
