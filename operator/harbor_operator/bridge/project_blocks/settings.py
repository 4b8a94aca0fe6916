"""All blocks of one project during one reconcile: read, written, and what came of it."""

from collections.abc import Iterable
from typing import Any

from harbor_operator.api.conditions import Reason
from harbor_operator.bridge.project_blocks.adapter import Hindered, Scene
from harbor_operator.bridge.project_blocks.table import ADAPTERS
from harbor_operator.core.steps import Attempts, Step, StepKey, Trouble, Verb
from harbor_operator.harbor.errors import (
    AuthenticationFailed,
    NotFound,
    PermissionDenied,
    Refused,
)


class SettingsInUse:
    """Reads and writes the blocks of a project; what Harbor refuses of one stops no other."""

    def __init__(self) -> None:
        self._written: list[Step] = []
        self._refused: dict[StepKey, Trouble] = {}

    @property
    def attempts(self) -> Attempts:
        """What has been written so far."""
        return Attempts(tuple(self._written), dict(self._refused))

    async def observe(self, scene: Scene, blocks: Iterable[str]) -> dict[str, Any]:
        """What Harbor has of these blocks; a `Trouble` in the place of one that is not shown."""
        return {name: await self._observe(scene, name) for name in blocks}

    async def carry_out(self, scene: Scene, step: Step) -> None:
        """Make one step, and remember it if Harbor or a person is in its way.

        Raises:
            HarborError: Harbor is in trouble, or does not know the operator any longer.
        """
        self._written.append(step)
        try:
            await ADAPTERS[step.source].write(scene, step.write)
        except AuthenticationFailed:
            raise
        except Hindered as error:
            self._refused[step.key] = error.trouble
        except Refused as error:
            # What somebody else has removed meanwhile need not be removed once more.
            if not (isinstance(error, NotFound) and step.verb is Verb.DELETE):
                self._refused[step.key] = _refusal(step, error)

    async def _observe(self, scene: Scene, name: str) -> Any:  # noqa: ANN401 -- a block knows its own type
        try:
            return await ADAPTERS[name].observe(scene)
        except PermissionDenied:
            return Trouble(
                Reason.PERMISSION_DENIED,
                f"{name}: the connection's Harbor account may not read this: give it more rights.",
            )


def _refusal(step: Step, error: Refused) -> Trouble:
    if isinstance(error, PermissionDenied):
        return Trouble(
            Reason.PERMISSION_DENIED,
            f"{step.subject}: the connection's Harbor account may not change this: give it more"
            " rights.",
        )
    words = f" Harbor says: {error.reason}" if error.reason else ""
    return Trouble(Reason.INVALID_SPEC, f"{step.subject}: Harbor refuses this.{words}")
