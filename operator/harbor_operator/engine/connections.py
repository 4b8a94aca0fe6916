"""The live connections: clients to Harbor, and what is known of each."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from harbor_operator.api.conditions import Reason
from harbor_operator.core.connection import Identity
from harbor_operator.core.connection.revocation import Revocation
from harbor_operator.core.robot.catalogue import HARBOR_2_16, Catalogue
from harbor_operator.core.robot.line import Line
from harbor_operator.core.tenancy import DistributionRule, TenantRule
from harbor_operator.engine.faults import Waiting
from harbor_operator.engine.finder import ProjectFinder
from harbor_operator.engine.handshakes import Handshakes
from harbor_operator.harbor.client import HarborClient

DEFAULT_TOKEN_LIFETIME = timedelta(minutes=30)
"""Harbor's own default, where the connection's login may not read the configuration."""


@dataclass(slots=True)
class Connection:
    """One ClusterHarborConnection in use."""

    name: str
    client: HarborClient
    fingerprint: object
    """What the client was made from; another one makes another client."""
    url: str = ""
    tenants: tuple[TenantRule, ...] | None = None
    distribution: tuple[DistributionRule, ...] = ()
    registry_hosts: tuple[str, ...] = ()
    identity: Identity = Identity.ANONYMOUS
    identity_name: str = ""
    version: str | None = None
    """Harbor's product version."""
    robot_prefix: str | None = None
    token_lifetime: timedelta = DEFAULT_TOKEN_LIFETIME
    drift_period: timedelta = timedelta(minutes=10)
    ready: bool = False
    suspended: bool = False
    patient: bool = False
    """Whether Harbor has been slow to answer once, and gets all the time of its time-outs."""
    turns: "asyncio.Future[Mapping[str, datetime]] | None" = None
    """When missed rotations begin, by the uid of their object, drawn once after a downtime."""
    line: Line = field(default_factory=Line)
    """Who may be replaced out of turn, and when."""
    revocation: Revocation | None = None
    """The revoke of all its robots that is under way."""
    catalogue: Catalogue = HARBOR_2_16
    """What robots can be granted there."""
    strays: dict[str, frozenset[int]] = field(default_factory=dict)
    """By the uid of their object, robots that the last drift pass found at places where it does
    not look for them by itself."""
    orphans: set[int] = field(default_factory=set)
    """Robots whose object is gone, which the last drift pass found and could not delete."""
    finder: ProjectFinder = field(init=False)
    handshakes: Handshakes = field(init=False)

    def __post_init__(self) -> None:
        """Set up what shares the connection's client."""
        self.finder = ProjectFinder(self.client)
        self.handshakes = Handshakes(self.client)

    def project_of(self, username: str) -> str | None:
        """The project in a robot's full name.

        None for a robot of the system, and while the prefix is not known.
        """
        if self.robot_prefix is None:
            return None
        head, found, _ = username.removeprefix(self.robot_prefix).rpartition("+")
        return head if found else None

    @property
    def can_update_robots(self) -> bool:
        """Whether its login may change robots; no robot ever may."""
        return self.identity is Identity.USER


class Connections:
    """All live connections by name."""

    def __init__(self) -> None:
        self._connections: dict[str, Connection] = {}
        self.on_ready: Callable[[str], None] = lambda _: None
        self.on_registry: Callable[[str], None] = lambda _: None
        """Is told which connection's Harbor has got a new upstream registry."""
        self.on_turn: Callable[[Iterable[str]], None] = lambda _: None
        """Is told the uids of robots whose turn in a revoke has come."""

    def get(self, name: str) -> Connection | None:
        """The connection of that name, ready or not."""
        return self._connections.get(name)

    def all(self) -> tuple[Connection, ...]:
        """Every connection."""
        return tuple(self._connections.values())

    def require(self, name: str, *, deleting: bool = False) -> Connection:
        """The connection, if it can be used now.

        Raises:
            Waiting: It does not exist, is not Ready, or is suspended; a deletion works
                through a suspended one.
        """
        connection = self._connections.get(name)
        if connection is None or not connection.ready:
            raise Waiting(
                Reason.WAITING_FOR_CONNECTION,
                f"ClusterHarborConnection {name} is not there or not Ready yet.",
            )
        if connection.suspended and not deleting:
            raise Waiting(Reason.SUSPENDED, f"ClusterHarborConnection {name} is suspended.")
        return connection

    def put(self, connection: Connection) -> None:
        """Take in a connection."""
        self._connections[connection.name] = connection

    def set_ready(self, name: str, *, ready: bool) -> None:
        """Take in whether a connection works; those that waited for it are told."""
        connection = self._connections.get(name)
        if connection is None:
            return
        came_up = ready and not connection.ready
        connection.ready = ready
        if came_up:
            connection.turns = None
            self.on_ready(name)

    async def remove(self, name: str) -> None:
        """Forget a connection and close its client."""
        connection = self._connections.pop(name, None)
        if connection is not None:
            await connection.client.aclose()

    async def close(self) -> None:
        """Close every client."""
        for name in list(self._connections):
            await self.remove(name)
