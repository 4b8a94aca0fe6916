"""The page about compatibility shows what is on record, and that is what is pinned now."""

import pytest

from testbed.compatibility import PAGE, Suite, minor, read, render
from testbed.harbor.release import PROFILES
from testbed.tools.versions import VERSION_VARIABLE, kubernetes_modules, kubernetes_program


def test_the_page_is_made_from_the_record() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert render(page, read()) == page


@pytest.mark.parametrize("kubernetes", kubernetes_modules())
def test_the_main_ways_were_run_on_the_releases_that_are_pinned(kubernetes: str) -> None:
    version = kubernetes_program("kube-apiserver", {VERSION_VARIABLE: kubernetes}).version

    passed = {
        (run.kubernetes, run.harbor)
        for run in read()
        if run.suite is Suite.MAIN_WAYS and run.simulated and minor(run.kubernetes) == kubernetes
    }

    assert passed == {(version, harbor) for harbor in PROFILES.values()}


@pytest.mark.parametrize("kubernetes", kubernetes_modules())
def test_the_end_to_end_tests_were_run_on_each_minor_of_kubernetes(kubernetes: str) -> None:
    ran = {minor(run.kubernetes) for run in read() if run.suite is Suite.END_TO_END}

    assert kubernetes in ran
