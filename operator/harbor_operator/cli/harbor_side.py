"""What commands ask of a Harbor, each thing once, and the rule that they assume for it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from harbor_operator.bridge.catalogue import read_catalogue
from harbor_operator.bridge.robots import seen_in
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_access import HarborLogin
from harbor_operator.core.connection.facts import Identity
from harbor_operator.core.grants import SYSTEM
from harbor_operator.core.namespaces import Selection
from harbor_operator.core.robot.catalogue import Catalogue
from harbor_operator.core.robot.facts import HarborRobot
from harbor_operator.core.tenancy import AccessLevel, TenantRule
from harbor_operator.harbor.client import HarborClient
from harbor_operator.harbor.models import IdentityKind, Project

UNCHECKED: Final = TenantRule(
    namespaces=Selection(names=("*",)),
    projects=("*",),
    may_adopt=True,
    may_delete_adopted=True,
    max_access=AccessLevel.SYSTEM,
    max_lifetime_days=3650,
    allow_never_expire=True,
    allow_public=True,
    proxy_cache_registries=("*",),
    webhook_hosts=("*",),
)
"""What is assumed where no tenant rule is known or asked: everything is given."""

_IDENTITIES: Final = {IdentityKind.USER: Identity.USER, IdentityKind.ROBOT: Identity.ROBOT}


@dataclass(slots=True)
class HarborSide:
    """A Harbor, and what it has told already."""

    client: HarborClient
    identity: Identity
    login: str
    """The user that is logged in; empty for a robot."""
    catalogue: Catalogue
    _projects: dict[str, Project | None] = field(default_factory=dict)
    _robots: dict[str, tuple[HarborRobot, ...]] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """Harbor's time."""
        return self.client.clock.now()

    async def expect(self, names: Collection[str]) -> None:
        """Read the projects of these names, in pages; which the login does not see is asked later.

        Raises:
            HarborError: It failed.
        """
        self._projects |= await self.client.projects.find(names)

    async def project(self, name: str) -> Project | None:
        """A project; None where there is none.

        Raises:
            PermissionDenied: There is one, and the login may not see it.
        """
        if name not in self._projects:
            self._projects[name] = await self.client.projects.get(name)
        return self._projects[name]

    async def robots_at(self, place: str) -> tuple[HarborRobot, ...]:
        """The robots of a project, by its name, or of the system; the newest first.

        Raises:
            PermissionDenied: The login may not list them.
        """
        if place not in self._robots:
            self._robots[place] = await self._list(place)
        return self._robots[place]

    async def _list(self, place: str) -> tuple[HarborRobot, ...]:
        if place == SYSTEM:
            rows = await self.client.robots.list_system()
        else:
            project = await self.project(place)
            rows = [] if project is None else await self.client.robots.list_project(project.id)
        seen = [robot for row in rows if (robot := seen_in(row)) is not None]
        return tuple(sorted(seen, key=lambda robot: -robot.id))


async def open_side(client: HarborClient, login: HarborLogin) -> HarborSide:
    """See who is logged in, and what robots can be granted.

    Raises:
        CommandError: Harbor does not accept the login.
        HarborError: It failed.
    """
    probed = await client.system.probe()
    identity = _IDENTITIES.get(probed.kind)
    if identity is None:
        who = f"{login.credentials.username} ({login.source})"
        raise CommandError(f"Harbor does not accept {who}", ExitCode.NO_ACCESS)
    user = probed.name if identity is Identity.USER else ""
    return HarborSide(client, identity, user, await read_catalogue(client, identity))
