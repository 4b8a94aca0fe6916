"""Pages are followed to the letter; `make docs-test` follows all of them."""

import pytest

from testbed.docs.running import follow
from tests.support.deployed import ROOT

# The first example, with the operator as it is installed, and the page with the most steps.
QUICK = ["README.md", "docs/adopt-an-existing-project.md"]


@pytest.mark.parametrize("name", QUICK)
async def test_a_page_works_as_it_is_written(name: str) -> None:
    done = await follow(ROOT / name)

    assert done.blocks > 4
    assert done.commands >= done.blocks
