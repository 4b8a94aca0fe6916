"""Asks a registry whether it takes a login, before anything is switched to it."""

from pydantic import SecretStr

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_access import (
    HarborLogin,
    explained,
    is_loopback,
    open_harbor,
    read_bundle,
)
from harbor_operator.cli.registry_logins import RegistryLogin
from harbor_operator.harbor import Credentials
from harbor_operator.harbor.errors import HarborError


async def require_accepted(login: RegistryLogin, ca_file: str | None) -> None:
    """Ask the registry as its clients would: by https, and without it on this machine only.

    Raises:
        CommandError: It does not take the login, or cannot be asked.
    """
    scheme = "http" if is_loopback(login.host) else "https"
    credentials = Credentials(login.username, SecretStr(login.password.reveal()))
    bundle = read_bundle(ca_file) if ca_file else None
    harbor = HarborLogin(f"{scheme}://{login.host}", credentials, "of the Secret", bundle)
    try:
        async with open_harbor(harbor) as client:
            accepted = await client.registry.authenticates(credentials)
    except HarborError as error:
        told = explained(error, harbor)
        raise CommandError(f"{told}; nothing was written (--no-check)", told.code) from None
    if not accepted:
        raise CommandError(
            f"{login.host} does not take the login of {login.username}; nothing was written",
            ExitCode.NO_ACCESS,
        )
