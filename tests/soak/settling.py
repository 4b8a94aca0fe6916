"""What happens after the last deed: time passes, a person confirms, and all has to be well."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from harbor_operator.api.base import ANNOTATION_CONFIRM_REMOVAL, ANNOTATION_RECONCILE
from harbor_operator.api.pullsecret import PULL_SECRETS
from harbor_operator.api.robot import ROBOTS
from testbed.tools.waiting import until
from tests.soak.judging import Judge, look, owner_of
from tests.soak.model import Key
from tests.soak.stage import PAST_OVERLAP, Stage
from tests.support.cluster import condition, status_of
from tests.support.custom_resources import MERGE, AnyKind

SETTLE_SECONDS = 150.0
"""A minute and a half is the longest that a drift period, a wait after trouble with Harbor and a
watchdog take together; the rest is for a busy machine."""
FINAL_SECONDS = 150.0
PAUSE_SECONDS = 2.0
LONG_AGO = "2026-01-01T00:00:00Z"

Complaints = Callable[[], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Settling:
    """The end of a soak."""

    stage: Stage
    judge: Judge

    async def rest(self) -> list[str]:
        """Wait until the world is as the model says while graces run; what is not."""
        return await self._well(self.judge.complaints, SETTLE_SECONDS)

    async def end(self) -> list[str]:
        """Let all graces and overlaps end; what is not as it should be after that."""
        await self._age()
        self.stage.model.graces.clear()
        return await self.done()

    async def done(self) -> list[str]:
        """Wait until all is as it should be for ever; what is not."""

        async def complaints() -> list[str]:
            found = await self.judge.final_complaints()
            if found:
                found += await self._confirm()
                await self._hurry()
            return found

        return await self._well(complaints, FINAL_SECONDS)

    async def _well(self, complaints: Complaints, seconds: float) -> list[str]:
        left = ["nothing was looked at"]

        async def is_well() -> bool:
            left[:] = await complaints()
            await asyncio.sleep(PAUSE_SECONDS if left else 0)
            return not left

        try:
            await until(is_well, within=seconds)
        except TimeoutError:
            return left
        self.stage.journal.note("well")
        await asyncio.sleep(PAUSE_SECONDS)
        return await complaints()

    async def _age(self) -> None:
        """Let every grace that runs be over: the operator learns it from the status at a start."""
        await self.stage.world.operator.stop()
        for key, body in (await look(self.stage)).pulls.items():
            leaving = status_of(body, "leaving")
            if leaving:
                past = [{**entry, "since": LONG_AGO} for entry in leaving]
                path = f"{self.stage.team(key[0]).path(PULL_SECRETS, key[1])}/status"
                patch = {"status": {"leaving": past}}
                answer = await self.stage.cluster.server.ask("PATCH", path, patch, headers=MERGE)
                assert answer.status == 200, answer.message
        await self.stage.world.operator.start()

    async def _confirm(self) -> list[str]:
        """Confirm each removal that waits for it; those that need not have waited."""
        seen = await look(self.stage)
        wrong = []
        for key, body in seen.pulls.items():
            held = condition(body, "RemovalHeld")
            if held is not None:
                word = str(held["message"]).partition("confirm-removal=")[2].rstrip(".")
                held_by = [
                    s for s in seen.secrets.values() if owner_of(s) == body["metadata"]["uid"]
                ]
                if 2 * int(word.partition("-")[0]) <= len(held_by):
                    wrong.append(f"pull secret {' '.join(key)} waits for {word} of {len(held_by)}")
                await self._annotate(PULL_SECRETS, key, ANNOTATION_CONFIRM_REMOVAL, word)
        return wrong

    async def _hurry(self) -> None:
        """Let Harbor's overlaps end, and have all robots looked at."""
        await self.stage.travel(PAST_OVERLAP)
        token = f"{self.stage.journal.now():.2f}"
        for key in (await look(self.stage)).robots:
            await self._annotate(ROBOTS, key, ANNOTATION_RECONCILE, token)

    async def _annotate(self, kind: AnyKind, key: Key, name: str, value: str) -> None:
        path = self.stage.team(key[0]).path(kind, key[1])
        patch = {"metadata": {"annotations": {name: value}}}
        answer = await self.stage.cluster.server.ask("PATCH", path, patch, headers=MERGE)
        assert answer.status in {200, 404}, answer.message
