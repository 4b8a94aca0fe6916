"""Pages are followed to the letter: half of them here, all of them by `make docs-test`."""

import pytest

from testbed.docs.__main__ import Report, all_pages, follow, summary
from testbed.docs.place import ROOT
from testbed.docs.running import read_page
from testbed.docs.scenes import SCENES
from tests.support.announcing import Announce

# The first example, with the operator as it is installed, and the page with the most steps.
THOROUGH = ["README.md", "docs/adopt-an-existing-project.md"]
QUICK = [
    str(page.relative_to(ROOT))
    for page in all_pages()
    if (acts := read_page(page)) and all(SCENES[act.scene].shared for act in acts)
]
"""Those that share a world: most of a page's time goes into what is there when it begins."""


@pytest.mark.timeout(400)
@pytest.mark.parametrize("names", [THOROUGH, QUICK], ids=["thorough", "quick"])
async def test_pages_work_as_they_are_written(names: list[str], announce: Announce) -> None:
    report = Report()

    await follow([ROOT / name for name in names], report, jobs=1)
    announce(summary(report.followed))

    assert report.failures == []
    assert {done.page for done in report.followed} == {*names}
