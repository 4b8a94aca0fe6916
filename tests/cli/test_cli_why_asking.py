"""What Harbor tells whom about an image that cannot be pulled."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from harbor_operator.cli.images import read_image
from harbor_operator.cli.why.asking import ask
from harbor_operator.cli.why.trials import HarborAccount, HarborView
from harbor_operator.harbor import Credentials, HarborClient
from harbor_operator.harbor.errors import AuthenticationFailed
from testbed.harbor import HarborSimulator
from tests.support.api_caller import ApiCaller
from tests.support.fake_registry import FakeRegistry
from tests.support.image import push
from tests.support.simulated_harbor import SimulatedHarbor, running

HOST = "harbor.example"


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with (
        FakeRegistry() as registry,
        running(HarborSimulator(registry_url=registry.url)) as harbor,
    ):
        await harbor.create_project("team")
        await push(harbor.admin, "team/app", "1")
        yield harbor


async def asked(harbor: SimulatedHarbor, who: ApiCaller, name: str, *users: str) -> HarborView:
    credentials = Credentials(who.name, SecretStr(who.password))
    async with HarborClient(harbor.simulator.url, credentials) as client:
        return await ask(client, read_image(f"{HOST}/{name}"), users)


async def test_an_administrator_is_told_all(harbor: SimulatedHarbor) -> None:
    robot = await harbor.create_robot("team", "ci")

    view = await asked(harbor, harbor.admin, "team/app:1", robot.name, "robot$team+no", "someone")

    assert view.accounts == {
        robot.name: HarborAccount(projects=frozenset({"team"})),
        "robot$team+no": HarborAccount(exists=False),
    }
    assert (view.project, view.repository, view.artifact) == (True, True, True)
    assert (view.scanned, view.accessories) == (False, ())


async def test_a_robot_is_told_what_it_may_see_and_accuses_nobody(harbor: SimulatedHarbor) -> None:
    robot = await harbor.create_robot("team", "ci")

    view = await asked(harbor, robot, "team/app:1", robot.name)
    missing = await asked(harbor, robot, "teem/app:1", robot.name)

    assert (view.accounts, view.project) == ({}, True)
    assert view.repository is not False
    assert view.artifact is not False
    assert missing.project is False


async def test_a_wrong_login_is_no_answer(harbor: SimulatedHarbor) -> None:
    stranger = harbor.anonymous.signed_in("robot$team+ci", "Password1")

    with pytest.raises(AuthenticationFailed):
        await asked(harbor, stranger, "team/app:1")


@pytest.mark.parametrize(
    ("name", "near"),
    [("teams/app:1", ("team",)), ("team/apps:1", ("app",)), ("team/app:11", ("1",))],
)
async def test_names_like_the_missing_one_are_told(
    harbor: SimulatedHarbor, name: str, near: tuple[str, ...]
) -> None:
    assert (await asked(harbor, harbor.admin, name)).near == near


async def test_a_proxy_cache_may_have_what_harbor_has_not_seen(harbor: SimulatedHarbor) -> None:
    upstream = {"name": "hub", "url": "https://hub.example", "type": "docker-registry"}
    assert (await harbor.admin("POST", "/api/v2.0/registries", upstream)).status == 201
    await harbor.create_project("cache", registry_id=1)

    view = await asked(harbor, harbor.admin, "cache/library/nginx:1")

    assert (view.project, view.repository, view.artifact) == (True, None, None)
