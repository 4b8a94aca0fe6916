"""Credentials shown to Harbor's token service, and what it said."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from pydantic import SecretStr

from harbor_operator.core.robot.facts import Answer, Handshake
from harbor_operator.core.secret import Secret
from harbor_operator.harbor.client import HarborClient
from harbor_operator.harbor.connection import Credentials
from harbor_operator.harbor.errors import Refused
from harbor_operator.harbor.models import IdentityKind

FRESH_SECONDS = 30.0
"""How long a credential that worked counts as working: a pull secret that follows its robot in
the same rotation need not ask again."""

ROW_SECONDS = 3600.0
"""After so long without another refusal a row of them has ended: a credential in doubt is shown
every minute, so nobody asks about this one any more."""


class _Row(NamedTuple):
    """Refusals one after the other, by the own clock."""

    begun: float
    newest: float


Wanted: TypeAlias = Mapping[str, frozenset[str]]
"""What a robot should be able to do, by project; empty for one that has no project to be tried
in, such as one of all projects: then its name and password alone are tried."""

_Key: TypeAlias = tuple[Secret, frozenset[tuple[str, frozenset[str]]]]
"""A password, and what it was shown for."""


class _Success(NamedTuple):
    """A credential that worked."""

    key: _Key
    seen: float
    """When, by the own clock."""
    at: datetime
    """When, by Harbor's."""


class Handshakes:
    """The token service of one Harbor."""

    def __init__(self, client: HarborClient) -> None:
        self._client = client
        self._worked: dict[str, _Success] = {}
        """By user name, so that one of them takes no longer the more there are."""
        self._refused: dict[tuple[str, Secret], _Row] = {}
        self._pulled: dict[tuple[str, Secret, str, str], float] = {}

    async def show(
        self, username: str, password: Secret, *, wanted: Wanted, fresh: bool = False
    ) -> Handshake:
        """Try a credential for what it should be able to do in each project.

        A wrong password gets an answer too, as anybody would: so the answer must name the robot,
        and a refusal counts only while the connection's own login is good.

        Args:
            username: The full name of a robot account.
            password: Its secret.
            wanted: What it should be able to do.
            fresh: Whether Harbor is asked even if the credential has worked a moment ago.
        """
        now = asyncio.get_running_loop().time()
        known = self._success(username, password, wanted)
        if known is not None and now - known.seen < FRESH_SECONDS and not fresh:
            return Handshake(Answer.WORKS)
        answer = await self._ask(username, password, wanted)
        if answer is Answer.WORKS:
            self._forget_refusals(username)
            at = self._client.clock.now()
            self._worked[username] = _Success(_key(password, wanted), now, at)
            return Handshake(answer)
        self._worked.pop(username, None)
        if answer is Answer.REFUSED:
            return Handshake(answer, self._refused_since(username, password))
        self._refused.pop((username, password), None)
        return Handshake(answer)

    async def pulls(
        self, username: str, password: Secret, image: tuple[str, str], *, fresh: bool = False
    ) -> bool:
        """Whether a credential gets the manifest of an image, given as repository and reference."""
        key, now = (username, password, *image), asyncio.get_running_loop().time()
        if now - self._pulled.get(key, -FRESH_SECONDS) < FRESH_SECONDS and not fresh:
            return True
        self._pulled = {k: at for k, at in self._pulled.items() if now - at < FRESH_SECONDS}
        credentials = Credentials(username, SecretStr(password.reveal()))
        try:
            await self._client.registry.find_manifest(credentials, *image)
        except Refused:
            return False
        self._pulled[key] = now
        return True

    def worked_at(self, username: str, password: Secret, *, wanted: Wanted) -> datetime | None:
        """When the credential last worked, by Harbor's clock; None if it has not."""
        known = self._success(username, password, wanted)
        return known.at if known else None

    def _success(self, username: str, password: Secret, wanted: Wanted) -> _Success | None:
        """What is known of exactly this having worked."""
        known = self._worked.get(username)
        return known if known and known.key == _key(password, wanted) else None

    async def _ask(self, username: str, password: Secret, wanted: Wanted) -> Answer:
        credentials = Credentials(username, SecretStr(password.reveal()))
        if wanted:
            scopes = [f"repository:{_repository(project)}:pull" for project in wanted]
            token = await self._client.registry.token(credentials, scopes)
            if token.subject == username:
                complete = all(
                    actions <= token.actions_on(_repository(project))
                    for project, actions in wanted.items()
                )
                return Answer.WORKS if complete else Answer.UNCLEAR
        if await self._client.registry.authenticates(credentials):
            return Answer.UNCLEAR if wanted else Answer.WORKS
        probe = await self._client.system.probe()
        return Answer.UNCLEAR if probe.kind is IdentityKind.ANONYMOUS else Answer.REFUSED

    def _refused_since(self, username: str, password: Secret) -> datetime:
        """When the row of refusals began, by Harbor's clock as it is now.

        The row is measured by the own clock, which a step of Harbor's does not touch.
        """
        now, key = asyncio.get_running_loop().time(), (username, password)
        row = self._refused.get(key)
        begun = row.begun if row and now - row.newest < ROW_SECONDS else now
        self._refused[key] = _Row(begun, now)
        return self._client.clock.now() - timedelta(seconds=now - begun)

    def _forget_refusals(self, username: str) -> None:
        """Forget them all: another of the user's passwords works now."""
        for key in [key for key in self._refused if key[0] == username]:
            del self._refused[key]


def _repository(project: str) -> str:
    """A repository of a project; it need not exist."""
    return f"{project}/any"


def _key(password: Secret, wanted: Wanted) -> _Key:
    return password, frozenset(wanted.items())
