"""The Harbor simulator as a process of its own."""

import json
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from testbed.errors import WorldError
from testbed.tools.child import Child, Command

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
        self._folder: Path | None = None
        self._child: Child | None = None
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
        self._folder = Path(tempfile.mkdtemp(prefix="harbor-"))
        output = self._folder / "harbor.out"
        arguments = [sys.executable, "-m", "testbed.harbor", "--registry-url", registry_url]
        if version:
            arguments += ["--version", version]
        try:
            self._child = Child(
                Command(
                    name="the Harbor simulator",
                    arguments=arguments,
                    output=output,
                    directory=_ROOT,
                    scratch=self._folder,
                )
            )

            async def announced() -> bool:
                return _has_line(output)

            await self._child.ready(announced, within=_START_SECONDS)
            self._address = _read_address(output)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop it; does nothing when it does not run."""
        if self._child:
            await self._child.stop(grace=_STOP_SECONDS)
            self._child = None
        if self._folder:
            shutil.rmtree(self._folder)
            self._folder = None
        self._address = None


def _has_line(output: Path) -> bool:
    return b"\n" in output.read_bytes()


def _read_address(output: Path) -> HarborAddress:
    first_line = output.read_text().splitlines()[0]
    try:
        announced = json.loads(first_line)
        return HarborAddress(
            url=announced["url"],
            control_url=announced["control_url"],
            admin_username=announced["admin_username"],
            admin_password=announced["admin_password"],
        )
    except (ValueError, KeyError) as unexpected:
        raise WorldError("the Harbor simulator announced no address") from unexpected
