"""Where a demo plays: a cluster and a Harbor, named or our own, and a running operator."""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from testbed.control_plane.api import Api, open_api
from testbed.control_plane.cluster import KUBECONFIG_VARIABLE, open_cluster
from testbed.control_plane.crds import install_crds, read_crds
from testbed.demo.screen import Screen
from testbed.endtoend.account import HarborAccount, open_account, short_tokens
from testbed.endtoend.crane import Crane, find_crane
from testbed.endtoend.objects import Footprint
from testbed.endtoend.running import running_operator
from testbed.endtoend.target import URL_VARIABLE, HarborTarget, harbor_target
from testbed.tools.child import Child
from testbed.world import CRDS, World


@dataclass(frozen=True, slots=True)
class Setting:
    """All that the demo works with."""

    screen: Screen
    kubeconfig: Path
    harbor: HarborTarget
    api: Api
    account: HarborAccount
    crane: Crane
    footprint: Footprint
    operator: Child
    tokens_are_short: bool
    """Whether Harbor's registry tokens, and so the shortest overlap, last one minute."""
    is_lasting: bool
    """Whether the cluster or the Harbor was there before us and stays after us."""


@contextlib.asynccontextmanager
async def open_setting(environment: Mapping[str, str], screen: Screen) -> AsyncIterator[Setting]:
    """Start what is not named, install the definitions, and run the operator during a block.

    Raises:
        WorldError: something could not be started or reached.
    """
    async with AsyncExitStack() as stack:
        kubeconfig, harbor = await _places(stack, environment, screen)
        api = await stack.enter_async_context(open_api(kubeconfig))
        account = await stack.enter_async_context(open_account(harbor))
        await _introduce(screen, api, account, harbor)
        crane = await find_crane(harbor)
        short = await stack.enter_async_context(short_tokens(account))
        definitions, footprint = Footprint(api), Footprint(api)
        is_lasting = any(environment.get(name) for name in (KUBECONFIG_VARIABLE, URL_VARIABLE))
        if is_lasting:
            stack.push_async_callback(definitions.remove)
        await _install(screen, api, definitions)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="demo-")))
        output = folder / "operator.out"
        operator = await stack.enter_async_context(running_operator(kubeconfig, output))
        screen.step(f"The operator runs; its log is {operator.errors}")
        if is_lasting:
            stack.push_async_callback(_take_away, screen, footprint)
        yield Setting(
            screen=screen,
            kubeconfig=kubeconfig,
            harbor=harbor,
            api=api,
            account=account,
            crane=crane,
            footprint=footprint,
            operator=operator,
            tokens_are_short=short,
            is_lasting=is_lasting,
        )


async def _places(
    stack: AsyncExitStack, environment: Mapping[str, str], screen: Screen
) -> tuple[Path, HarborTarget]:
    if environment.get(URL_VARIABLE):
        harbor = harbor_target(environment)
        cluster = await open_cluster(environment)
        stack.push_async_callback(cluster.stop)
        return cluster.kubeconfig, harbor
    screen.step("Starting a Kubernetes API server, a registry, and a simulated Harbor before it")
    world = await stack.enter_async_context(World(environment))
    return world.cluster.kubeconfig, harbor_target(world.variables())


async def _introduce(
    screen: Screen, api: Api, account: HarborAccount, harbor: HarborTarget
) -> None:
    version = await api.get("/version")
    screen.step(f"Kubernetes {version['gitVersion']} answers")
    information = await account.require("GET", "/systeminfo")
    screen.step(f"Harbor {information.get('harbor_version', '')} answers at {harbor.url}")


async def _install(screen: Screen, api: Api, definitions: Footprint) -> None:
    found = read_crds(CRDS)
    for definition in found:
        await definitions.apply(definition)
    await install_crds(api, found)
    names = ", ".join(definition["spec"]["names"]["kind"] for definition in found)
    screen.step(f"Installed the custom resources {names}")


async def _take_away(screen: Screen, footprint: Footprint) -> None:
    screen.step("Removing what was applied; projects with deletionPolicy Retain stay in Harbor")
    await footprint.remove()
