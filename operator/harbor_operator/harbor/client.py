"""The way in: one client for one Harbor and one identity."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from .artifacts import Artifacts
from .audit_logs import AuditLogs
from .clock import HarborClock
from .connection import Credentials, Limits
from .gate import BeforeWrite
from .immutable_rules import ImmutableRules
from .labels import Labels
from .members import Members
from .observing import Observe, unobserved
from .projects import Projects
from .quotas import Quotas
from .registries import Registries
from .registry import Registry
from .repositories import Repositories
from .retentions import Retentions
from .robots import Robots
from .scanners import Scanners
from .scans import Scans
from .schedules import Schedules
from .system import System
from .transport import Transport
from .user_groups import UserGroups
from .webhooks import Webhooks
from .wire import Wire

_DEFAULT_LIMITS = Limits()


def _no_jitter() -> float:
    return 0.5


class HarborClient:
    """Harbor's API by resource, with bounded use, one login and typed errors.

    Use it as an asynchronous context manager, or call `aclose`. Nothing is sent before the first
    call. Safe to share between the tasks of one event loop.

    Attributes:
        clock: Harbor's time, set by every answer.
        projects, labels, quotas, repositories, artifacts, robots: Projects and what is in them.
        members, retentions, immutable_rules, webhooks, scanners: How projects are set.
        scans: What is wrong with images, and what they are made of.
        audit_logs: Who did what.
        registries: The upstreams of proxy caches.
        schedules, user_groups: What belongs to the whole system.
        registry: Checks credentials other than the client's own.
        system: Harbor itself, and the client's identity.
    """

    def __init__(  # noqa: PLR0913 - all but two are optional and by keyword only
        self,
        url: str,
        credentials: Credentials,
        *,
        limits: Limits = _DEFAULT_LIMITS,
        ca_bundle: str | None = None,
        user_agent: str = "harbor-client",
        jitter: Callable[[], float] = _no_jitter,
        before_write: BeforeWrite | None = None,
        observe: Observe = unobserved,
    ) -> None:
        """Prepare a client.

        Args:
            url: `http(s)://host[:port]`.
            credentials: A user's or a robot's.
            limits: How much it may ask.
            ca_bundle: PEM text of the only authorities to trust; None trusts the system's.
            user_agent: How it appears in Harbor's log.
            jitter: Random numbers in [0, 1) that spread repeated reads.
            before_write: Called last before a write is sent, logins aside; it may raise to stop it.
            observe: Entered around each attempt of each request.

        Raises:
            ValueError: The URL or the bundle cannot be used.
        """
        self.clock = HarborClock(time.monotonic)
        wire = Wire(
            url,
            limits,
            ca_bundle=ca_bundle,
            user_agent=user_agent,
            before_write=before_write,
            observe=observe,
        )
        self._transport = Transport(wire, credentials, limits, clock=self.clock, jitter=jitter)
        self.system = System(self._transport, credentials.username)
        self.projects = Projects(self._transport)
        self.labels = Labels(self._transport)
        self.quotas = Quotas(self._transport)
        self.repositories = Repositories(self._transport)
        self.artifacts = Artifacts(self._transport)
        self.robots = Robots(self._transport, self.clock)
        self.members = Members(self._transport)
        self.retentions = Retentions(self._transport)
        self.immutable_rules = ImmutableRules(self._transport)
        self.webhooks = Webhooks(self._transport)
        self.scanners = Scanners(self._transport)
        self.scans = Scans(self._transport)
        self.audit_logs = AuditLogs(self._transport)
        self.registries = Registries(self._transport)
        self.schedules = Schedules(self._transport)
        self.user_groups = UserGroups(self._transport)
        self.registry = Registry(self._transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections. The session ends by itself: logging out would cost a request."""
        await self._transport.aclose()
