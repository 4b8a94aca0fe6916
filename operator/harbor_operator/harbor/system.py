"""Harbor itself, and whom it takes the client for."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from .answers import parsed
from .errors import AuthenticationFailed, NotFound, PermissionDenied, PreconditionFailed
from .models import (
    Configuration,
    CveAllowlist,
    Health,
    IdentityKind,
    PermissionCatalogue,
    SystemInfo,
    User,
)
from .request import api_read
from .transport import Transport

_USER = TypeAdapter(User)
_HEALTH = TypeAdapter(Health)
_INFO = TypeAdapter(SystemInfo)
_CONFIGURATION = TypeAdapter(Configuration)
_CATALOGUE = TypeAdapter(PermissionCatalogue)
_ALLOWLIST = TypeAdapter(CveAllowlist)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom Harbor takes the client for; `name` is empty for anonymous."""

    kind: IdentityKind
    name: str


class System:
    """Facts about the whole Harbor."""

    def __init__(self, transport: Transport, username: str) -> None:
        self._transport = transport
        self._username = username

    async def probe(self) -> Identity:
        """Whether the credentials work, and for whom.

        Harbor answers many reads as to an anonymous caller instead of refusing a wrong
        password, so ask this before believing anything, and again after every surprise.
        """
        try:
            answer = await self._transport.send(api_read("/users/current"))
        except AuthenticationFailed:
            return Identity(IdentityKind.ANONYMOUS, "")
        except PreconditionFailed:  # Harbor's way to say: known, but not a user
            return Identity(IdentityKind.ROBOT, self._username)
        return Identity(IdentityKind.USER, parsed(answer, _USER).username)

    async def info(self) -> SystemInfo:
        """Version, addresses and modes."""
        return parsed(await self._transport.send(api_read("/systeminfo")), _INFO)

    async def health(self) -> Health:
        """Which parts of Harbor work; it tells everybody."""
        return parsed(await self._transport.send(api_read("/health")), _HEALTH)

    async def configuration(self) -> Configuration:
        """What is configured; empty if this identity may not know (all but administrators)."""
        try:
            answer = await self._transport.send(api_read("/configurations"))
        except PermissionDenied:
            return Configuration()
        return parsed(answer, _CONFIGURATION)

    async def permissions(self) -> PermissionCatalogue | None:
        """What robots can be given, or None if this identity may not know (robots)."""
        try:
            answer = await self._transport.send(api_read("/permissions"))
        except (PermissionDenied, NotFound):  # Harbor has it since 2.10
            return None
        return parsed(answer, _CATALOGUE)

    async def cve_allowlist(self) -> CveAllowlist:
        """The vulnerabilities that all projects tolerate that have no list of their own."""
        return parsed(await self._transport.send(api_read("/system/CVEAllowlist")), _ALLOWLIST)
