"""Starting a Harbor simulator together with callers of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientSession, DummyCookieJar

from testbed.harbor import HarborSimulator
from tests.support.api_caller import ApiCaller


@dataclass(frozen=True, slots=True)
class SimulatedHarbor:
    """A running simulator, its administrator, a stranger, and its control API."""

    simulator: HarborSimulator
    admin: ApiCaller
    anonymous: ApiCaller
    control: ApiCaller

    async def create_project(self, name: str, **fields: object) -> None:
        """Creates a project as the administrator."""
        await self.admin("POST", "/api/v2.0/projects", {"project_name": name, **fields})

    async def create_robot(
        self, project: str, name: str, *, actions: tuple[str, ...] = ("pull",), days: int = -1
    ) -> ApiCaller:
        """Creates a robot of a project and returns it as a caller."""
        access = [{"resource": "repository", "action": action} for action in actions]
        body = {
            "name": name,
            "level": "project",
            "duration": days,
            "permissions": [{"kind": "project", "namespace": project, "access": access}],
        }
        reply = await self.admin("POST", "/api/v2.0/robots", body)
        return self.anonymous.signed_in(reply.field("name"), reply.field("secret"))


@asynccontextmanager
async def running(simulator: HarborSimulator) -> AsyncIterator[SimulatedHarbor]:
    """Starts a simulator and stops it afterwards."""
    async with simulator, ClientSession(cookie_jar=DummyCookieJar()) as session:
        anonymous = ApiCaller(session, simulator.url)
        yield SimulatedHarbor(
            simulator=simulator,
            admin=anonymous.signed_in(simulator.admin_username, simulator.admin_password),
            anonymous=anonymous,
            control=ApiCaller(session, simulator.control_url),
        )
