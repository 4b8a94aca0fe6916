"""Programs that keep logins for docker and its relatives: `docker-credential-NAME`.

They take a verb as argument and JSON on standard input, as docker's own documentation says.
"""

import asyncio
import json
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from typing import Final

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.registry_logins import RegistryLogin

_PREFIX: Final = "docker-credential-"
_SECONDS: Final = 30.0
"""A keychain may ask its user first."""


def find_helper(name: str) -> str:
    """The path of a helper.

    Raises:
        CommandError: It is not installed.
    """
    program = f"{_PREFIX}{name}"
    found = shutil.which(program)
    if found is None:
        raise CommandError(f"{program} is not on the PATH", ExitCode.NOT_SO)
    return found


async def store(name: str, login: RegistryLogin) -> None:
    """Hand a login to a helper, by its standard input alone.

    Raises:
        CommandError: It is not installed, or failed.
    """
    request = {
        "ServerURL": login.host,
        "Username": login.username,
        "Secret": login.password.reveal(),
    }
    process = await asyncio.create_subprocess_exec(
        find_helper(name), "store", stdin=PIPE, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(_SECONDS):
            await process.communicate(json.dumps(request).encode())
    except TimeoutError:
        process.kill()
        await process.wait()
        raise CommandError(f"{_PREFIX}{name} does not answer", ExitCode.NOT_SO) from None
    if process.returncode != 0:
        # What it prints may repeat what it was given.
        raise CommandError(f"{_PREFIX}{name} could not store the login", ExitCode.NOT_SO)
