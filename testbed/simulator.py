"""The Harbor simulator as a process of its own."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

from testbed.errors import WorldError
from testbed.tools.child import Command
from testbed.tools.housed import Housed

_ROOT = Path(__file__).parent.parent
_START_SECONDS = 30.0
_STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class HarborAddress:
    """Where the simulator listens and how to be its administrator."""

    url: str
    control_url: str
    """Where tests inject faults and look behind the API."""
    admin_username: str
    admin_password: str = field(repr=False)


class HarborSimulator:
    """`python -m testbed.harbor`, started and stopped.

    It runs apart from our process, so that neither its work nor its faults disturb our event loop.
    """

    def __init__(self) -> None:
        self._housed = Housed(prefix="harbor", grace=_STOP_SECONDS)
        self._address: HarborAddress | None = None

    @property
    def address(self) -> HarborAddress:
        """Where it listens.

        Raises:
            WorldError: it was not started.
        """
        if self._address is None:
            raise WorldError("the Harbor simulator was not started")
        return self._address

    async def start(self, *, registry_url: str, version: str | None = None) -> None:
        """Start it in front of a registry and wait until it listens.

        Args:
            registry_url: where it keeps blobs.
            version: as which Harbor it behaves; the newest one where nothing is said.

        Raises:
            WorldError: it died or did not become ready.
        """
        arguments = [sys.executable, "-m", "testbed.harbor", "--registry-url", registry_url]
        if version:
            arguments += ["--version", version]

        def command(folder: Path) -> Command:
            return Command(
                name="the Harbor simulator",
                arguments=arguments,
                output=folder / "harbor.out",
                directory=_ROOT,
            )

        async def announced() -> bool:
            line, end, _ = self._housed.output.partition(b"\n")
            self._address = _address_in(line) if end else None
            return self._address is not None

        await self._housed.start(command, announced, within=_START_SECONDS)

    async def stop(self) -> None:
        """Stop it; does nothing when it does not run."""
        await self._housed.stop()
        self._address = None


def _address_in(line: bytes) -> HarborAddress:
    try:
        announced = json.loads(line)
        return HarborAddress(
            url=announced["url"],
            control_url=announced["control_url"],
            admin_username=announced["admin_username"],
            admin_password=announced["admin_password"],
        )
    except (ValueError, KeyError) as unexpected:
        raise WorldError("the Harbor simulator announced no address") from unexpected
