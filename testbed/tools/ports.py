"""Free ports on the loopback interface."""

import contextlib
import secrets
import socket

LOOPBACK = "127.0.0.1"
_LISTENING_PORTS = range(20_000, 30_000)
"""Below the ephemeral ranges of Linux (32768) and macOS (49152), so that an outgoing connection
never takes the port of a server that is down for a moment, and below Kubernetes' node ports."""
_ATTEMPTS = 200


def free_ports(count: int) -> list[int]:
    """Distinct loopback ports that nothing listens on.

    The ports are only free at the time of the call: start the servers soon.

    Raises:
        OSError: so many of the tried ports were taken that the machine must be exhausted.
    """
    candidates = secrets.SystemRandom().sample(_LISTENING_PORTS, _ATTEMPTS)
    with contextlib.ExitStack() as held:
        free: list[int] = []
        for port in candidates:
            if len(free) == count:
                return free
            with contextlib.suppress(OSError):
                held.enter_context(socket.create_server((LOOPBACK, port)))
                free.append(port)
    raise OSError(f"found no {count} free ports on {LOOPBACK} in {_ATTEMPTS} attempts")
