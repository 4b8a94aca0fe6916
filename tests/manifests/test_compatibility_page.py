"""The page about compatibility shows what is on record, and that is what is pinned now."""

from testbed.compatibility import PAGE, Suite, pinned_clusters, read, render
from testbed.harbor.release import PROFILES
from testbed.tools.versions import kubernetes_program


def test_the_page_is_made_from_the_record() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert render(page, read(), clusters=pinned_clusters()) == page


def test_what_is_on_record_was_run_on_the_releases_that_are_pinned() -> None:
    simulated = [run for run in read() if run.simulated]

    assert {run.kubernetes for run in simulated} <= set(pinned_clusters())
    assert {run.harbor for run in simulated} <= set(PROFILES.values())


def test_the_usual_cluster_was_tried_with_every_minor_of_harbor() -> None:
    usual = kubernetes_program("kube-apiserver", {}).version

    passed = {
        run.harbor for run in read() if (run.kubernetes, run.suite) == (usual, Suite.MAIN_WAYS)
    }

    assert passed == set(PROFILES.values())


def test_each_cluster_on_record_went_to_the_end_with_some_harbor() -> None:
    runs = read()

    assert {run.kubernetes for run in runs} == {
        run.kubernetes for run in runs if run.suite is Suite.END_TO_END
    }
