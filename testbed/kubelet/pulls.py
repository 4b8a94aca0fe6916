"""One pull as a node makes it, by the kubelet's and containerd's own packages."""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from testbed.control_plane.api import Json
from testbed.errors import WorldError
from testbed.tools.build import ensure_built
from testbed.tools.versions import kubelet_pull

_SPARE_SECONDS = 30.0
"""Beside the pull itself, for a busy machine to start a program."""


@dataclass(frozen=True, slots=True)
class Node:
    """What the container runtime of a node is set to.

    Attributes:
        plain_http: Hosts, with port, that it speaks to without TLS.
        authorities: PEM file with the only authorities that it trusts, None for the system's.
        clock_ahead: How far its clock goes ahead when it looks at certificates.
        patience: Seconds that it gives to connecting, to a handshake, and to a whole pull.
    """

    plain_http: tuple[str, ...] = ()
    authorities: Path | None = None
    clock_ahead: timedelta = field(default_factory=timedelta)
    patience: float = 20.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a pull: why a container waits, and the kubelet's message; empty if it worked."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Puller:
    """The program that pulls; made by `find_puller`."""

    program: Path

    async def pull(self, node: Node, image: str, secrets: Sequence[Json]) -> Outcome:
        """Pull an image with the logins of pull secrets, in the kubelet's order; it is dropped.

        Args:
            node: Who pulls.
            image: As a pod spells it.
            secrets: The Secrets as the API server has them.

        Raises:
            WorldError: The program failed, which a pull that fails is not.
        """
        order = {"image": image, "secrets": [*secrets], "node": _settings(node)}
        started = await asyncio.create_subprocess_exec(
            self.program, stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        try:
            async with asyncio.timeout(node.patience * max(len(secrets), 1) + _SPARE_SECONDS):
                output, errors = await started.communicate(json.dumps(order).encode())
        finally:
            if started.returncode is None:
                started.kill()
                await started.wait()
        if started.returncode != 0:
            raise WorldError(f"kubelet-pull failed: {errors.decode(errors='replace').strip()}")
        said = json.loads(output)
        return Outcome(said["reason"], said["message"])


async def find_puller() -> Puller:
    """The program, built on its first use.

    Raises:
        BuildError: It could not be built.
    """
    return Puller(await ensure_built(kubelet_pull()))


def _settings(node: Node) -> Json:
    return {
        "plain_http": [*node.plain_http],
        "authorities": str(node.authorities or ""),
        "ahead_seconds": node.clock_ahead.total_seconds(),
        "seconds": node.patience,
    }
