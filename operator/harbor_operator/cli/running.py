"""Runs a command that talks to a cluster or to Harbor."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from importlib import import_module

from harbor_operator.cli.command import Options
from harbor_operator.cli.table import command_named


def run(options: Options) -> int:
    """Run one command; its exit code.

    Raises:
        CommandError: The command line or the cluster does not allow it.
        KubeError: A call failed.
        InvalidConfiguration: There is no usable kubeconfig.
    """
    # The official client logs beside the errors that it raises; one line tells enough.
    logging.getLogger().addHandler(logging.NullHandler())
    program = import_module(command_named(options.command).program)
    command: Callable[[Options], Awaitable[int]] = program.run
    return asyncio.run(_awaited(command, options))


async def _awaited(command: Callable[[Options], Awaitable[int]], options: Options) -> int:
    return await command(options)
