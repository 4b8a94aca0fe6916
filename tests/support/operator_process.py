"""The operator as users run it: a process of its own, told where the cluster is."""

import os
import sys
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Self

import aiohttp

from testbed.tools.child import Child, Command
from testbed.tools.ports import LOOPBACK, free_ports

START_SECONDS = 60.0
"""Ten times what it takes on a busy machine with two cores."""
STOP_SECONDS = 4.0
"""An operator at rest ends in a quarter of a second, kopf waits five for forgotten tasks."""


class OperatorProcess:
    """`python -m harbor_operator`, an asynchronous context manager; it may run several times."""

    def __init__(
        self,
        kubeconfig: Path,
        folder: Path,
        *settings: str,
        module: str = "harbor_operator",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Describe how to run it.

        Args:
            kubeconfig: Whom it is in the cluster.
            folder: Where its output is kept, one file a run.
            settings: Further flags.
            module: What is run, where it is not the operator as users have it.
            environment: Variables besides our own.
        """
        self._module = module
        self._environment = {**os.environ, **(environment or {})}
        self._kubeconfig = kubeconfig
        self._folder = folder
        self._settings = settings
        self._child: Child | None = None
        self._runs = 0
        self._port = 0
        self._metrics_port = 0

    @property
    def folder(self) -> Path:
        """Where the output of all its runs is."""
        return self._folder

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._child is not None, "the operator does not run"
        return self._child.pid

    @property
    def url(self) -> str:
        """Where it serves its probes."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def exit_code(self) -> int | None:
        """Its exit code, None while it runs or when it was stopped on purpose."""
        return self._child.exit_code if self._child else None

    @property
    def output(self) -> str:
        """Everything that all runs have written so far."""
        files = sorted(self._folder.glob("operator-*"))
        return "\n".join(path.read_text(errors="replace") for path in files)

    async def start(self) -> None:
        """Start it and wait until it says that it is ready.

        Raises:
            WorldError: It ended, or did not become ready in time.
        """
        self._runs += 1
        self._port, self._metrics_port = free_ports(2)
        self._child = Child(
            Command(
                name="the operator",
                arguments=self._command(),
                output=self._folder / f"operator-{self._runs}.out",
                environment=self._environment,
            )
        )
        await self._child.ready(self.is_ready, within=START_SECONDS)

    async def stop(self) -> int | None:
        """Ask it to end, and wait for that; its exit code, None when it did not run.

        One that does not end in time is killed, which shows as a negative code.
        """
        child, self._child = self._child, None
        if child is None:
            return None
        await child.stop(grace=STOP_SECONDS)
        return child.exit_code

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        if self._child:
            self._child.kill()
            self._child = None

    async def is_ready(self) -> bool:
        """Whether /readyz says yes."""
        return await self.probe("readyz") == HTTPStatus.OK

    async def probe(self, name: str) -> int | None:
        """The status of /healthz or /readyz, None while nobody listens."""
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{self.url}/{name}") as answer,
            ):
                return answer.status
        except aiohttp.ClientError:
            return None

    @property
    def metrics_address(self) -> str:
        """The host and port that serve /metrics."""
        return f"{LOOPBACK}:{self._metrics_port}"

    async def scrape(self) -> str:
        """What it tells Prometheus."""
        url = f"http://{self.metrics_address}/metrics"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            assert answer.status == HTTPStatus.OK
            return await answer.text()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _command(self) -> Sequence[str]:
        return [sys.executable, "-m", self._module, *self._flags()]

    def _flags(self) -> list[str]:
        return [
            f"--kubeconfig={self._kubeconfig}",
            f"--probe-address={LOOPBACK}",
            f"--probe-port={self._port}",
            f"--metrics-address={LOOPBACK}",
            f"--metrics-port={self._metrics_port}",
            *self._settings,
        ]
