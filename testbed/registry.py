"""A real container registry on a loopback port."""

import os
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import yaml

from testbed.errors import WorldError
from testbed.tools.build import ensure_built
from testbed.tools.child import Command
from testbed.tools.housed import Housed
from testbed.tools.ports import LOOPBACK, free_ports
from testbed.tools.versions import registry

_START_SECONDS = 30.0
_STOP_SECONDS = 1.0


class Registry:
    """The reference registry, which lets anybody push, pull and delete.

    An asynchronous context manager; nothing in it belongs to an event loop.
    """

    def __init__(self) -> None:
        self._port = 0
        self._housed = Housed(prefix="registry", grace=_STOP_SECONDS)

    @property
    def url(self) -> str:
        """The registry's address, without the `/v2/` of its protocol."""
        if not self._housed.running:
            raise WorldError("the registry was not started")
        return f"http://{LOOPBACK}:{self._port}"

    async def start(self) -> None:
        """Start the registry with an empty storage and wait until it answers.

        Raises:
            WorldError: it could not be built, died, or did not become ready.
        """
        program = await ensure_built(registry())
        [self._port] = free_ports(1)

        def command(folder: Path) -> Command:
            configuration = folder / "registry.yaml"
            configuration.write_text(_configuration(folder / "storage", self._port))
            return Command(
                name="registry",
                arguments=[program, "serve", configuration],
                output=folder / "registry.out",
                # Without this it tries to send traces to a collector.
                environment={**os.environ, "OTEL_TRACES_EXPORTER": "none"},
            )

        await self._housed.start(command, self._answers, within=_START_SECONDS)

    async def stop(self) -> None:
        """Stop the registry and remove its storage; does nothing when it does not run."""
        await self._housed.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _answers(self) -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/v2/") as answer:
                return answer.status == HTTPStatus.OK
        except aiohttp.ClientError:
            return False


def _configuration(storage: Path, port: int) -> str:
    configuration = {
        "version": "0.1",
        "log": {"level": "warn"},
        "storage": {
            "filesystem": {"rootdirectory": str(storage)},
            "delete": {"enabled": True},
        },
        "http": {"addr": f"{LOOPBACK}:{port}"},
    }
    return yaml.safe_dump(configuration)
