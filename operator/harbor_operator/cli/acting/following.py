"""Gives an order to an object, and follows what becomes of it."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, TextIO

from harbor_operator.cli.acting.actions import (
    REQUESTS,
    Order,
    Outcome,
    changes,
    outcome_of,
    patch_of,
    require_open,
    standing,
)
from harbor_operator.cli.failures import CommandError, ExitCode, not_installed
from harbor_operator.cli.kinds import Action
from harbor_operator.cli.printing import Colour, paper_of, printable
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Forbidden, Gone, NotFound, Transient
from harbor_operator.kube.resources import JsonObject
from harbor_operator.kube.selection import Selection
from harbor_operator.kube.watching import EventType, WatchEvent

_WATCH_SECONDS: Final = 240
"""Below the shortest time after which an API server ends a watch by itself."""
_PAUSE_SECONDS: Final = 1.0
"""Between a watch that broke and the next look."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Where progress is told, apart from the result."""

    stream: TextIO

    def say(self, sentence: str) -> None:
        """Tell one line at once."""
        text = paper_of(self.stream).paint(printable(sentence), Colour.FAINT)
        self.stream.write(f"{text}\n")
        self.stream.flush()


async def carry_out(
    client: KubeClient, order: Order, namespace: str | None, seconds: float | None, voice: Voice
) -> tuple[JsonObject, Outcome]:
    """Give an order, and wait so many seconds for its end if a number is given.

    Returns:
        The object as last seen, and how the order ended.

    Raises:
        CommandError: There is no such object, it is in no state for the order, or it went away.
        KubeError: A call failed.
    """
    resource, name = order.target.kind.resource, order.target.name
    before = await _find(client, order, namespace)
    require_open(order.action, order.target, before)
    given = await client.patch_merge(resource, name, patch_of(order), namespace=namespace)
    if seconds is None:
        return given, Outcome(succeeded=True, sentence=_asked(order.action))
    follower = _Follower(client, order, namespace, voice, given)
    try:
        async with asyncio.timeout(seconds):
            outcome = await follower.until_done()
    except TimeoutError:
        told = standing(follower.body)
        outcome = Outcome(
            succeeded=False, sentence=f"not done within {seconds:g} s; it says {told}"
        )
    return follower.body, outcome


async def _find(client: KubeClient, order: Order, namespace: str | None) -> JsonObject:
    resource, name = order.target.kind.resource, order.target.name
    try:
        return await client.get(resource, name, namespace=namespace)
    except NotFound:
        pass
    try:
        await client.list(resource, namespace=namespace, limit=1)
    except NotFound:
        raise not_installed(resource.plural) from None
    except Forbidden:
        pass
    place = f" in namespace {namespace}" if namespace else ""
    raise CommandError(f"there is no {order.target}{place}", ExitCode.NOT_FOUND)


def _asked(action: Action) -> str:
    if action in REQUESTS:
        return f"{action} requested"
    return "suspended" if action is Action.SUSPEND else "resumed"


class _Follower:
    """Watches one object until an order on it has ended.

    Attributes:
        body: The object as last seen.
    """

    def __init__(
        self,
        client: KubeClient,
        order: Order,
        namespace: str | None,
        voice: Voice,
        body: JsonObject,
    ) -> None:
        self.body = body
        self._client = client
        self._order = order
        self._namespace = namespace
        self._voice = voice

    async def until_done(self) -> Outcome:
        """Tell what changes, until the end."""
        outcome = outcome_of(self._order, self.body)
        while outcome is None:
            try:
                outcome = await self._watch()
            except (Gone, Transient):
                await asyncio.sleep(_PAUSE_SECONDS)
            if outcome is None:
                outcome = self._seen(await self._read())
        return outcome

    async def _watch(self) -> Outcome | None:
        """Follow one watch; None when it ended too early."""
        resource = self._order.target.kind.resource
        only = f"metadata.name={self._order.target.name}"
        version = self.body["metadata"]["resourceVersion"]
        events = self._client.watch(
            Selection(resource, self._namespace, field_selector=only),
            resource_version=version,
            timeout_seconds=_WATCH_SECONDS,
        )
        async with aclosing(events):
            async for event in events:
                outcome = self._heard(event)
                if outcome is not None:
                    return outcome
        return None

    def _heard(self, event: WatchEvent) -> Outcome | None:
        if event.type is EventType.BOOKMARK:
            return None
        if event.type is EventType.DELETED:
            raise self._gone()
        return self._seen(event.object)

    def _seen(self, body: JsonObject) -> Outcome | None:
        for sentence in changes(self.body, body):
            self._voice.say(sentence)
        self.body = body
        return outcome_of(self._order, body)

    async def _read(self) -> JsonObject:
        try:
            return await self._client.get(
                self._order.target.kind.resource,
                self._order.target.name,
                namespace=self._namespace,
            )
        except NotFound:
            raise self._gone() from None
        except Transient:
            return self.body

    def _gone(self) -> CommandError:
        return CommandError(f"{self._order.target} was deleted meanwhile", ExitCode.NOT_SO)
