"""The stage of the end-to-end tests: a running operator, and what a user does around it."""

import os
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from testbed.control_plane.api import Api, Json, open_api
from testbed.control_plane.crds import install_crds, read_crds
from testbed.endtoend.account import HarborAccount, open_account, short_tokens
from testbed.endtoend.crane import Crane, docker_config, find_crane
from testbed.endtoend.objects import (
    Footprint,
    decoded,
    delete,
    has_reason,
    is_ready,
    path_of,
    wait_for,
)
from testbed.endtoend.running import running_operator
from testbed.endtoend.target import HarborTarget, harbor_target
from testbed.tools.child import Child
from tests.support.e2e_manifests import Manifests
from tests.support.e2e_target import ROOT

READY_SECONDS = 30.0
"""Some seconds on the testbed; a Harbor across a network may need more."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What the tests share."""

    make: Manifests
    harbor: HarborTarget
    kubeconfig: Path
    api: Api
    account: HarborAccount
    crane: Crane
    operator: Child
    operator_output: Path
    """File with the operator's standard output."""
    tokens_are_short: bool
    """Whether Harbor's registry tokens, and so the shortest overlap, last one minute."""
    footprint: Footprint
    passwords: set[str] = field(default_factory=set, repr=False)
    """Every password that a test has seen."""

    async def apply(self, *manifests: Json) -> None:
        """Apply objects without waiting for them."""
        for manifest in manifests:
            await self.footprint.apply(manifest)

    async def ready(self, *manifests: Json) -> list[Json]:
        """Apply objects, wait until the operator calls them Ready, and return them."""
        await self.apply(*manifests)
        return [await self.until(one, is_ready, awaited="Ready=True") for one in manifests]

    async def until(
        self,
        manifest: Json,
        holds: Callable[[Json], bool],
        *,
        awaited: str,
        within: float = READY_SECONDS,
    ) -> Json:
        """Wait until something holds of an object."""
        return await wait_for(self.api, path_of(manifest), holds, awaited=awaited, within=within)

    async def until_reason(self, manifest: Json, reason: str) -> Json:
        """Wait until the Ready condition of an object gives a reason."""
        return await self.until(manifest, lambda seen: has_reason(seen, reason), awaited=reason)

    async def delete(self, *manifests: Json) -> None:
        """Delete objects, one after the other, and wait until each is gone."""
        for manifest in manifests:
            await delete(self.api, path_of(manifest))

    async def request_deletion(self, manifest: Json) -> None:
        """Delete an object without waiting for its end."""
        await self.api.delete(path_of(manifest))

    async def has_secret(self, namespace: str, name: str) -> bool:
        """Whether there is a Secret."""
        return await self.api.find(_secret_path(namespace, name)) is not None

    async def login_of(self, robot: str) -> Mapping[str, str]:
        """What the Secret of a robot holds."""
        login = decoded(await self.api.get(_secret_path(self.make.namespace, robot)))
        self.passwords.add(login["password"])
        return login

    async def robot_config(self, robot: str) -> str:
        """The docker configuration of somebody who logs in with a robot's Secret."""
        login = await self.login_of(robot)
        return docker_config(login["registry"], login["username"], login["password"])

    async def delivered_config(self, pull_secret: str) -> str:
        """The docker configuration that a pull secret has in the other namespace."""
        secret = await self.api.get(_secret_path(self.make.other_namespace, pull_secret))
        return decoded(secret)[".dockerconfigjson"]

    async def image_of(self, robot: str, project: str) -> str:
        """The reference of a project's image, at the host that the operator gives to users."""
        registry = (await self.login_of(robot))["registry"]
        return f"{registry}/{self.make.project_name(project)}/app:1"

    async def harbor_project(self, name: str) -> Json | None:
        """A test's project as Harbor has it."""
        found: Json | None = await self.account.find(f"/projects/{self.make.project_name(name)}")
        return found

    async def robots_of(self, project_id: int) -> list[str]:
        """The names of the robots that a project has in Harbor."""
        query = f"/robots?q=Level%3Dproject%2CProjectID%3D{project_id}&page_size=100"
        return [robot["name"] for robot in await self.account.require("GET", query) or ()]

    async def events_of(self, name: str, reason: str) -> list[Json]:
        """The Events with a reason about an object."""
        path = f"/apis/events.k8s.io/v1/namespaces/{self.make.namespace}/events"
        listed = await self.api.get(path)
        about = (event for event in listed["items"] if event["regarding"]["name"] == name)
        return [event for event in about if event["reason"] == reason]


@asynccontextmanager
async def open_stage(variables: Mapping[str, str]) -> AsyncIterator[Stage]:
    """Set the stage on a cluster and a Harbor, and leave neither changed afterwards."""
    kubeconfig, harbor = Path(variables["KUBECONFIG"]), harbor_target(variables)
    make = Manifests(f"e2e-{os.urandom(3).hex()}")
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(open_api(kubeconfig))
        account = await stack.enter_async_context(open_account(harbor))
        stack.push_async_callback(_clear_harbor, account, make.project_name(""))
        short = await stack.enter_async_context(short_tokens(account))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="e2e-")))
        definitions, footprint = Footprint(api), Footprint(api)
        stack.push_async_callback(definitions.remove)
        await _install(api, definitions)
        output = folder / "operator.out"
        operator = await stack.enter_async_context(running_operator(kubeconfig, output))
        stack.push_async_callback(footprint.remove)
        stage = Stage(
            make=make,
            harbor=harbor,
            kubeconfig=kubeconfig,
            api=api,
            account=account,
            crane=await find_crane(harbor),
            operator=operator,
            operator_output=output,
            tokens_are_short=short,
            footprint=footprint,
            passwords={harbor.password},
        )
        await stage.apply(*make.namespaces(), make.account(harbor))
        await stage.ready(make.connection(harbor))
        yield stage


async def _install(api: Api, footprint: Footprint) -> None:
    definitions = read_crds(ROOT / "crds")
    for definition in definitions:
        await footprint.apply(definition)
    await install_crds(api, definitions)


async def _clear_harbor(account: HarborAccount, prefix: str) -> None:
    """Delete the projects that the operator was to keep."""
    listed = await account.require("GET", f"/projects?name={prefix}&page_size=100")
    for project in listed or ():
        if project["name"].startswith(prefix):
            await account.delete_project(project["name"])


def _secret_path(namespace: str, name: str) -> str:
    return f"/api/v1/namespaces/{namespace}/secrets/{name}"
