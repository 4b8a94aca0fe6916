"""The operator under its own roles: it brings all samples to Ready, and takes them down."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.deployed import ACCOUNT, Installation
from tests.support.installed_life import ENTRIES, PROJECTS_LEFT, Life, live
from tests.support.rights import rights_of, uses

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def life(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Life]:
    """The installed operator's whole life."""
    yield await live(installation, tmp_path_factory.mktemp("operator"))


async def test_all_samples_become_ready_together(life: Life) -> None:
    assert life.unready == {}
    assert life.entries == ENTRIES


async def test_every_promise_about_credentials_is_kept(life: Life) -> None:
    assert life.unkept == []


async def test_the_role_lacks_nothing(life: Life, installation: Installation) -> None:
    granted = rights_of(installation.manifests, ACCOUNT)

    assert life.refused == set()
    assert [r for r in life.requests if not any(right.covers(r) for right in granted)] == []


async def test_the_role_grants_nothing_that_is_not_used(
    life: Life, installation: Installation
) -> None:
    granted = rights_of(installation.manifests, ACCOUNT)

    assert granted - uses(granted, life.requests).keys() == set()


async def test_the_role_holds_no_wildcard(installation: Installation) -> None:
    rules = [rule for kind in ("ClusterRole", "Role") for rule in installation.only(kind)["rules"]]
    named = [value for rule in rules for values in rule.values() for value in values]

    assert [value for value in named if "*" in value] == []


async def test_deleted_samples_leave_only_what_they_say(life: Life) -> None:
    assert life.hanging == []
    assert life.leftovers == []
    assert life.projects == PROJECTS_LEFT
