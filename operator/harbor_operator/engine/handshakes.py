"""Credentials shown to Harbor's token service, and what it said."""

import asyncio
from datetime import datetime

from pydantic import SecretStr

from harbor_operator.core.robot.facts import Answer, Handshake
from harbor_operator.core.secret import Secret
from harbor_operator.harbor.client import HarborClient
from harbor_operator.harbor.connection import Credentials
from harbor_operator.harbor.models import IdentityKind

FRESH_SECONDS = 30.0
"""How long a credential that worked counts as working: a pull secret that follows its robot in
the same rotation need not ask again."""


class Handshakes:
    """The token service of one Harbor."""

    def __init__(self, client: HarborClient) -> None:
        self._client = client
        self._worked: dict[tuple[str, Secret, frozenset[str]], tuple[float, datetime]] = {}
        self._refused: dict[str, datetime] = {}

    async def show(
        self, username: str, password: Secret, *, project: str, actions: frozenset[str]
    ) -> Handshake:
        """Try a credential for what it should be able to do in a project.

        A wrong password gets an answer too, as anybody would: so the answer must name the robot,
        and a refusal counts only while the connection's own login is good.
        """
        now = asyncio.get_running_loop().time()
        known = self._worked.get((username, password, actions))
        if known is not None and now - known[0] < FRESH_SECONDS:
            return Handshake(Answer.WORKS)
        answer = await self._ask(username, password, project, actions)
        if answer is Answer.WORKS:
            self._refused.pop(username, None)
            self._forget(username)
            self._worked[username, password, actions] = (now, self._client.clock.now())
            return Handshake(answer)
        self._forget(username)
        if answer is Answer.REFUSED:
            since = self._refused.setdefault(username, self._client.clock.now())
            return Handshake(answer, since)
        self._refused.pop(username, None)
        return Handshake(answer)

    def worked_at(
        self, username: str, password: Secret, actions: frozenset[str]
    ) -> datetime | None:
        """When the credential last worked, by Harbor's clock; None if it has not."""
        known = self._worked.get((username, password, actions))
        return known[1] if known else None

    async def _ask(
        self, username: str, password: Secret, project: str, actions: frozenset[str]
    ) -> Answer:
        repository = f"{project}/any"
        credentials = Credentials(username, SecretStr(password.reveal()))
        scope = f"repository:{repository}:pull"
        token = await self._client.registry.token(credentials, [scope])
        if token.subject == username:
            complete = actions <= token.actions_on(repository)
            return Answer.WORKS if complete else Answer.UNCLEAR
        if await self._client.registry.authenticates(credentials):
            return Answer.UNCLEAR
        probe = await self._client.system.probe()
        return Answer.UNCLEAR if probe.kind is IdentityKind.ANONYMOUS else Answer.REFUSED

    def _forget(self, username: str) -> None:
        for key in [key for key in self._worked if key[0] == username]:
            del self._worked[key]
