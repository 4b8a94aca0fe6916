"""The operator's container as a process: the checkout's operator, with what the pod says."""

import os
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp

from testbed.node.status import Container, Running, Waiting
from testbed.tools.child import Child, Command
from testbed.tools.ports import LOOPBACK, free_ports

Json = dict[str, Any]

IMAGE_NAME = "harbor-operator"
"""The last part of the name of every image that is taken for the operator's."""
_ROOT = Path(__file__).parent.parent.parent
_STOP_SECONDS = 4.0


def is_operator(image: str) -> bool:
    """Whether an image is the operator's, wherever it was pushed."""
    name = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
    return name == IMAGE_NAME


class OperatorContainer:
    """One container of an operator's pod; it is begun anew when it ends."""

    def __init__(self, pod: Json, container: Json, kubeconfig: Path, folder: Path) -> None:
        self._variables = _variables(pod, container)
        self._flags = [*container.get("args", [])]
        self._kubeconfig = kubeconfig
        self._folder = folder
        self._runs = 0
        self._port = 0
        self._since = ""
        self._child: Child | None = None

    def log(self, *, previous: bool) -> Path | None:
        """The file with its output; None where there was no such run."""
        run = self._runs - 1 if previous else self._runs
        return self._folder / f"run-{run}.err" if run > 0 else None

    async def look(self, since: str) -> Container:
        """Start it if it does not run, and say how it is.

        Args:
            since: the time that it is now, RFC 3339.
        """
        if self._child is None:
            self._start()
            self._since = since
        elif self._child.exit_code is not None:
            code = self._child.exit_code
            await self.stop()
            return Waiting("CrashLoopBackOff", f"ended with exit code {code}", self._runs)
        return Running(await self._is_ready(), self._since, self._runs - 1)

    async def stop(self) -> None:
        """End it."""
        child, self._child = self._child, None
        if child is not None:
            await child.stop(grace=_STOP_SECONDS)

    def _start(self) -> None:
        self._runs += 1
        self._port, metrics = free_ports(2)
        self._child = Child(
            Command(
                name="the operator",
                arguments=[
                    sys.executable,
                    "-m",
                    "harbor_operator",
                    f"--kubeconfig={self._kubeconfig}",
                    f"--probe-address={LOOPBACK}",
                    f"--probe-port={self._port}",
                    f"--metrics-address={LOOPBACK}",
                    f"--metrics-port={metrics}",
                    *self._flags,
                ],
                output=self._folder / f"run-{self._runs}.out",
                environment=self._variables,
                directory=_ROOT,
            )
        )

    async def _is_ready(self) -> bool:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://{LOOPBACK}:{self._port}/readyz") as answer,
            ):
                return answer.status == HTTPStatus.OK
        except aiohttp.ClientError:
            return False


def _variables(pod: Json, container: Json) -> Mapping[str, str]:
    stated = {each["name"]: each["value"] for each in container.get("env", []) if "value" in each}
    # As in a pod, the host name tells replicas apart.
    own = {
        "HARBOR_OPERATOR_INSTANCE": pod["metadata"]["name"],
        "PYTHONPATH": str(_ROOT / "operator"),
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, **own, **stated}
