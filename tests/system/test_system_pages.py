"""Pages are followed to the letter; `make docs-test` follows all of them."""

import pytest

from testbed.docs.__main__ import Report, follow
from tests.support.deployed import ROOT

# The first example, with the operator as it is installed, and the page with the most steps.
QUICK = ["README.md", "docs/adopt-an-existing-project.md"]


@pytest.mark.parametrize("name", QUICK)
async def test_a_page_works_as_it_is_written(name: str) -> None:
    report = Report()

    await follow([ROOT / name], report, jobs=1)

    assert report.failures == []
    assert sum(done.blocks for done in report.followed) > 4
