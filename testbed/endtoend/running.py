"""The operator as it is in the checkout, as a program of its own."""

import contextlib
import os
import sys
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import aiohttp

from testbed.tools.child import Child, Command
from testbed.tools.ports import LOOPBACK, free_ports

_ROOT = Path(__file__).parent.parent.parent
_READY_SECONDS = 30.0
_STOP_SECONDS = 10.0


@contextlib.asynccontextmanager
async def running_operator(
    kubeconfig: Path,
    output: Path,
    *,
    module: str = "harbor_operator",
    core: int | None = None,
) -> AsyncIterator[Child]:
    """Run the operator during a block, from its readiness on.

    Args:
        kubeconfig: the cluster to work on, whose custom resource definitions are installed.
        output: file for its standard output; its log goes beside it with suffix `.err`.
        module: what to run; another one than its own may watch it at work.
        core: the only processor that it may use; None for those that we may.

    Raises:
        ProgramEndedError, NotReadyError: it did not come up.
    """
    [port] = free_ports(1)
    operator = Child(
        Command(
            name="the operator",
            arguments=[sys.executable, "-m", module, *_flags(kubeconfig, port)],
            output=output,
            environment=_environment(),
            directory=_ROOT,
        )
    )

    if core is not None:
        os.sched_setaffinity(operator.pid, {core})

    async def ready() -> bool:
        return await _answers(f"http://{LOOPBACK}:{port}/readyz")

    try:
        await operator.ready(ready, within=_READY_SECONDS)
        yield operator
    finally:
        await operator.stop(grace=_STOP_SECONDS)


def _flags(kubeconfig: Path, port: int) -> list[str]:
    return [
        f"--kubeconfig={kubeconfig.resolve()}",
        f"--probe-address={LOOPBACK}",
        f"--probe-port={port}",
        "--metrics-port=0",
    ]


def _environment() -> dict[str, str]:
    """Our environment without the run's Harbor: the operator learns of it from the cluster."""
    ours = {"HARBOR_URL", "HARBOR_USERNAME", "HARBOR_PASSWORD", "HARBOR_CA_FILE"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "PYTHONPATH": str(_ROOT / "operator")}


async def _answers(url: str) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status == HTTPStatus.OK
    except aiohttp.ClientError:
        return False
