"""Passed runs are kept, one of each minor, and shown."""

from pathlib import Path

import pytest

from testbed.compatibility import Run, Suite, read, render, write

EMPTY = "".join(
    f"<!-- begin {name} -->\n<!-- end {name} -->\n" for name in ("pairs", "kubernetes", "harbor")
)
WAYS = Run("v1.36.3", "v2.12.4-0a1b2c3d", Suite.MAIN_WAYS, simulated=True)
TO_THE_END = Run("v1.36.3", "v2.12.4-0a1b2c3d", Suite.END_TO_END, simulated=False)
OLDER = Run("v1.36.1", "v2.12.2-0a1b2c3d", Suite.MAIN_WAYS, simulated=True)
ELSEWHERE = Run("v1.35.4", "v2.16.0-c50c7ddd", Suite.END_TO_END, simulated=True)


def test_runs_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "runs.json"

    write(file, [WAYS, ELSEWHERE])
    write(file, [TO_THE_END])

    assert read(file) == sorted([WAYS, ELSEWHERE, TO_THE_END])


def test_a_run_takes_the_place_of_one_with_older_patches(tmp_path: Path) -> None:
    file = tmp_path / "runs.json"

    write(file, [OLDER, ELSEWHERE])
    write(file, [WAYS])

    assert read(file) == sorted([WAYS, ELSEWHERE])


def test_nothing_is_on_record_where_there_is_no_file(tmp_path: Path) -> None:
    assert read(tmp_path / "none.json") == []


def test_the_page_shows_what_ran_where() -> None:
    page = render(EMPTY, [WAYS, TO_THE_END, ELSEWHERE])

    assert "| Kubernetes 1.35.4 | not run | end to end |\n" in page
    assert "| Kubernetes 1.36.3 | end to end (real Harbor), main ways | not run |\n" in page


def test_a_cluster_that_could_be_built_is_shown_although_nothing_ran_there() -> None:
    page = render(EMPTY, [WAYS], clusters=["v1.36.3", "v1.37.2"])

    assert page.count("| Kubernetes 1.36.3 | ") == 1
    assert "| Kubernetes 1.37.2 | not run |\n" in page


def test_a_page_that_is_up_to_date_stays_as_it_is() -> None:
    page = render(EMPTY, [WAYS])

    assert render(page, [WAYS]) == page


def test_a_page_without_its_tables_is_refused() -> None:
    with pytest.raises(ValueError, match="no table of pairs"):
        render("# Compatibility\n", [WAYS])
