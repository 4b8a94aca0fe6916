"""A Harbor in memory, as its client shows it: projects, robots, logins, and faults on demand."""

import asyncio
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from typing_extensions import override

from harbor_operator.harbor.client import HarborClient
from harbor_operator.harbor.clock import HarborClock
from harbor_operator.harbor.connection import Credentials
from harbor_operator.harbor.errors import AuthenticationFailed, Exchange, NotFound
from harbor_operator.harbor.models import IdentityKind, Project, Quota, Robot, SystemInfo
from harbor_operator.harbor.names import project_name
from harbor_operator.harbor.projects import Projects
from harbor_operator.harbor.quotas import Quotas
from harbor_operator.harbor.registry import GrantedAccess, Registry, TokenAnswer
from harbor_operator.harbor.retentions import RetentionPolicy, Retentions
from harbor_operator.harbor.robots import Robots
from harbor_operator.harbor.system import Identity, System


@dataclass(slots=True)
class Login:
    """One account that may ask the token service."""

    password: str
    actions: frozenset[str] = frozenset({"pull"})
    enabled: bool = True
    projects: frozenset[str] | None = None
    """Where it may do that; None: everywhere."""

    def allowed_in(self, repository: str) -> frozenset[str]:
        """What it may do in a repository."""
        project = repository.partition("/")[0]
        return self.actions if self.projects is None or project in self.projects else frozenset()


@dataclass(slots=True)
class HarborState:
    """What is in Harbor, what was asked of it, and what goes wrong next."""

    projects: dict[str, Project] = field(default_factory=dict)
    robots: dict[int, Robot] = field(default_factory=dict)
    quotas: list[Quota] = field(default_factory=list)
    policies: dict[int, RetentionPolicy] = field(default_factory=dict)
    logins: dict[str, Login] = field(default_factory=dict)
    images: set[tuple[str, str]] = field(default_factory=set)
    """Repository and reference of each."""
    identity: Identity = field(default_factory=lambda: Identity(IdentityKind.USER, "operator"))
    requests: list[str] = field(default_factory=list)
    asked: list[frozenset[str]] = field(default_factory=list)
    """The names of each question for projects."""
    gate: asyncio.Event | None = None
    """While it is there and not set, answers are held back."""
    _faults: dict[str, deque[Exception]] = field(default_factory=dict)

    def fail_on(self, request: str, *errors: Exception) -> None:
        """Let the next requests of one sort fail with these errors, one each."""
        self._faults.setdefault(request, deque()).extend(errors)

    async def take_in(self, request: str) -> None:
        """Write down a request, hold it back while the gate is shut, fail it if it is its turn."""
        self.requests.append(request)
        if self.gate is not None:
            await self.gate.wait()
        faults = self._faults.get(request)
        if faults:
            raise faults.popleft()


class FakeHarbor(HarborClient):
    """Stands for a client of a Harbor that is in this state.

    Attributes:
        state: What the test arranges and reads.
        closed: Whether somebody closed it.
    """

    def __init__(self, date: datetime) -> None:
        self.state = HarborState()
        self.closed = False
        self.clock = HarborClock(asyncio.get_running_loop().time)
        self.clock.observe(format_datetime(date, usegmt=True))
        self.projects = FakeProjects(self.state)
        self.robots = FakeRobots(self.state)
        self.quotas = FakeQuotas(self.state)
        self.retentions = FakeRetentions(self.state)
        self.registry = FakeRegistry(self.state)
        self.system = FakeSystem(self.state)

    @override
    async def aclose(self) -> None:
        self.closed = True


class FakeProjects(Projects):
    """Projects by name."""

    def __init__(self, state: HarborState) -> None:
        self._state = state

    @override
    async def list(self) -> list[Project]:
        await self._state.take_in("list projects")
        return list(self._state.projects.values())

    @override
    async def find(self, names: Collection[str]) -> dict[str, Project]:
        wanted = frozenset(project_name(name) for name in names)
        self._state.asked.append(wanted)
        await self._state.take_in("find projects")
        return {name: row for name, row in self._state.projects.items() if name in wanted}


class FakeRobots(Robots):
    """Robots by id; all of them belong to every project that is asked for."""

    def __init__(self, state: HarborState) -> None:
        self._state = state

    @override
    async def list_project(
        self, project_id: int, *, stored_name: str | None = None, name_contains: str | None = None
    ) -> list[Robot]:
        if stored_name is not None or name_contains is not None:
            raise NotImplementedError("filters")
        await self._state.take_in(f"list robots of {project_id}")
        return [row for row in self._state.robots.values() if row.level != "system"]

    @override
    async def list_system(
        self, *, stored_name: str | None = None, name_contains: str | None = None
    ) -> list[Robot]:
        if stored_name is not None or name_contains is not None:
            raise NotImplementedError("filters")
        await self._state.take_in("list robots of the system")
        return [row for row in self._state.robots.values() if row.level == "system"]

    @override
    async def get(self, robot_id: int) -> Robot | None:
        await self._state.take_in(f"get robot {robot_id}")
        return self._state.robots.get(robot_id)

    @override
    async def delete(self, robot_id: int) -> None:
        await self._state.take_in(f"delete robot {robot_id}")
        if self._state.robots.pop(robot_id, None) is None:
            raise NotFound("no such robot", Exchange("DELETE", "/robots/{id}", 404))


class FakeQuotas(Quotas):
    """All quotas."""

    def __init__(self, state: HarborState) -> None:
        self._state = state

    @override
    async def list(self) -> list[Quota]:
        await self._state.take_in("list quotas")
        return list(self._state.quotas)


class FakeRetentions(Retentions):
    """Retention policies by id."""

    def __init__(self, state: HarborState) -> None:
        self._state = state

    @override
    async def get(self, policy_id: int) -> RetentionPolicy | None:
        await self._state.take_in("get policy")
        return self._state.policies.get(policy_id)


class FakeRegistry(Registry):
    """A token service that answers a wrong password as it answers anybody."""

    def __init__(self, state: HarborState) -> None:
        self._state = state

    @override
    async def token(self, credentials: Credentials | None, scopes: Sequence[str]) -> TokenAnswer:
        await self._state.take_in("token")
        login = self._login(credentials)
        if login is None or credentials is None:
            return TokenAnswer("", ())
        names = [scope.split(":")[1] for scope in scopes]
        access = tuple(GrantedAccess("repository", name, login.allowed_in(name)) for name in names)
        return TokenAnswer(credentials.username, access)

    @override
    async def authenticates(self, credentials: Credentials) -> bool:
        await self._state.take_in("authenticate")
        return self._login(credentials) is not None

    @override
    async def find_manifest(
        self, credentials: Credentials | None, repository: str, reference: str
    ) -> None:
        await self._state.take_in("manifest")
        if self._login(credentials) is None:
            raise AuthenticationFailed("not accepted", Exchange("HEAD", "/v2", 401))
        if (repository, reference) not in self._state.images:
            raise NotFound("no such image", Exchange("HEAD", "/v2", 404))

    def _login(self, credentials: Credentials | None) -> Login | None:
        if credentials is None:
            return None
        login = self._state.logins.get(credentials.username)
        given = credentials.password.get_secret_value()
        return login if login and login.enabled and login.password == given else None


class FakeSystem(System):
    """Harbor itself, and whom it takes the operator for."""

    def __init__(self, state: HarborState) -> None:
        self._state = state

    @override
    async def probe(self) -> Identity:
        await self._state.take_in("probe")
        return self._state.identity

    @override
    async def info(self) -> SystemInfo:
        await self._state.take_in("info")
        return SystemInfo()
