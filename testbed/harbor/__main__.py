"""Runs a simulator until SIGTERM or SIGINT; prints where it listens as one line of JSON."""

import argparse
import asyncio
import json
import signal
from pathlib import Path

from testbed.harbor.release import NEWEST, PROFILES
from testbed.harbor.server import (
    DEFAULT_ADMIN_PASSWORD,
    DEFAULT_TOKEN_MINUTES,
    HarborSimulator,
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m testbed.harbor", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--control-port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--registry-url", help="a distribution registry to keep blobs in")
    parser.add_argument("--admin-password", default=DEFAULT_ADMIN_PASSWORD)
    parser.add_argument("--certificate", type=Path, help="PEM file, to serve TLS")
    parser.add_argument("--key", type=Path, help="PEM file that belongs to --certificate")
    parser.add_argument("--costs", action="store_true", help="cost as much CPU as Harbor does")
    parser.add_argument("--robot-name-prefix", default="robot$")
    parser.add_argument(
        "--version", default=NEWEST, help=f"{', '.join(PROFILES)}, or a whole version"
    )
    parser.add_argument("--token-expiration-minutes", type=int, default=DEFAULT_TOKEN_MINUTES)
    arguments = parser.parse_args()
    if (arguments.certificate is None) != (arguments.key is None):
        parser.error("--certificate and --key go together")
    return arguments


async def _run(arguments: argparse.Namespace) -> None:
    simulator = HarborSimulator(
        registry_url=arguments.registry_url,
        admin_password=arguments.admin_password,
        certificate=(arguments.certificate, arguments.key) if arguments.certificate else None,
        costs=arguments.costs,
        robot_name_prefix=arguments.robot_name_prefix,
        version=arguments.version,
        token_expiration_minutes=arguments.token_expiration_minutes,
    )
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await simulator.start(arguments.port, arguments.control_port)
    where = {
        "url": simulator.url,
        "control_url": simulator.control_url,
        "admin_username": simulator.admin_username,
        "admin_password": simulator.admin_password,
    }
    print(json.dumps(where), flush=True)
    await stopping.wait()
    await simulator.stop()


if __name__ == "__main__":
    asyncio.run(_run(_arguments()))
