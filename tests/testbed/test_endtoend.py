"""What demo and end-to-end tests share keeps its own promises."""

import json
from collections.abc import AsyncIterator

import pytest

from testbed.control_plane import ControlPlane
from testbed.control_plane.api import open_api
from testbed.endtoend.account import open_account, short_tokens
from testbed.endtoend.objects import AwaitedError, Footprint, path_of, wait_for
from testbed.endtoend.target import HarborTarget
from testbed.errors import WorldError
from testbed.harbor import HarborSimulator
from tests.support.simulated_harbor import SimulatedHarbor, running

SETTINGS = "/api/v2.0/configurations"


@pytest.fixture
async def harbor() -> AsyncIterator[SimulatedHarbor]:
    async with running(HarborSimulator(registry_url=None)) as started:
        yield started


def target(harbor: SimulatedHarbor, password: str | None = None) -> HarborTarget:
    simulator = harbor.simulator
    known = simulator.admin_password
    return HarborTarget(simulator.url, simulator.admin_username, password or known)


async def token_minutes(harbor: SimulatedHarbor) -> int:
    settings = json.loads((await harbor.admin("GET", SETTINGS)).text)
    return int(settings["token_expiration"]["value"])


async def test_tokens_live_as_long_as_before_once_a_run_has_failed(
    harbor: SimulatedHarbor,
) -> None:
    before = await token_minutes(harbor)
    during: list[int] = []

    async def fail() -> None:
        async with open_account(target(harbor)) as account, short_tokens(account) as short:
            assert short
            during.append(await token_minutes(harbor))
            raise WorldError("made up")

    with pytest.raises(WorldError, match="made up"):
        await fail()

    assert during == [1]
    assert await token_minutes(harbor) == before == 30


async def test_a_wrong_password_is_noticed_at_once(harbor: SimulatedHarbor) -> None:
    with pytest.raises(WorldError, match="does not accept the account admin"):
        async with open_account(target(harbor, "wrong")):
            pass


async def test_a_footprint_takes_away_only_what_was_new(
    control_plane: ControlPlane, namespace: str
) -> None:
    old, new = (
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": namespace},
        }
        for name in ("old", "new")
    )
    async with open_api(control_plane.kubeconfig) as api:
        await api.apply(path_of(old), old)
        footprint = Footprint(api)
        for manifest in (old, new, new):
            await footprint.apply(manifest)

        await footprint.remove()

        assert await api.find(path_of(old)) is not None
        assert await api.find(path_of(new)) is None


async def test_what_was_awaited_in_vain_is_named(control_plane: ControlPlane) -> None:
    async with open_api(control_plane.kubeconfig) as api:
        path = "/api/v1/namespaces/default"

        with pytest.raises(AwaitedError, match="default: awaited a miracle for 0 s"):
            await wait_for(api, path, lambda _: False, awaited="a miracle", within=0.2)
