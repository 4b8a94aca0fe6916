"""Tries the logins of a pull as the kubelet would, at the host that the image names."""

from collections.abc import Iterable
from typing import Final

from pydantic import SecretStr

from harbor_operator.cli.images import Image
from harbor_operator.cli.why.evidence import Evidence, image_of
from harbor_operator.cli.why.hosts import HostRules
from harbor_operator.cli.why.reader import Passwords
from harbor_operator.cli.why.trials import Probe, Result, Trial
from harbor_operator.harbor import Credentials, HarborClient, Limits
from harbor_operator.harbor.errors import (
    AuthenticationFailed,
    HarborError,
    NotFound,
    PreconditionFailed,
)

_LIMITS: Final = Limits(timeout_seconds=10)
_ANYBODY: Final = Credentials("anonymous", SecretStr(""))
"""Stands in for a client's own login, which a trial never uses."""


async def try_logins(
    evidence: Evidence, passwords: Passwords, probe: Probe, rules: HostRules
) -> tuple[Trial, ...]:
    """What Harbor says to each login for the image, or to none where there is none.

    Nothing is tried where the host is not a Harbor that was reached, nor where a pull secret may
    not be read. The image is not downloaded, and no pull is counted.
    """
    image = image_of(evidence.image)
    unknown = any(
        evidence.secrets[n].exists is None for n in evidence.named if n in evidence.secrets
    )
    if image is None or not probe.is_harbor or unknown:
        return ()
    logins = [*_logins(evidence, passwords)]
    async with HarborClient(
        probe.url,
        _ANYBODY,
        limits=_LIMITS,
        ca_bundle=rules.ca_bundle,
        user_agent="kubectl-harbor",
    ) as client:
        if not logins:
            return (await _try(client, image, "", None),)
        return tuple([await _try(client, image, secret, login) for secret, login in logins])


def _logins(evidence: Evidence, passwords: Passwords) -> Iterable[tuple[str, Credentials]]:
    for secret, login in evidence.logins(*evidence.named):
        password = passwords.get((secret.name, login.key))
        if password is None or not login.username or ":" in login.username:
            continue
        yield secret.name, Credentials(login.username, password)


async def _try(client: HarborClient, image: Image, secret: str, login: Credentials | None) -> Trial:
    username = login.username if login else ""
    try:
        if login is not None and not await client.registry.authenticates(login):
            return Trial(secret, username, Result.REFUSED)
        await client.registry.find_manifest(login, image.path, image.reference)
    except AuthenticationFailed:
        return Trial(secret, username, Result.NO_RIGHT)
    except PreconditionFailed as error:
        return Trial(secret, username, Result.BLOCKED, error.reason)
    except NotFound:
        tags = await _tags(client, image, login)
        return Trial(secret, username, Result.NOT_FOUND, tags=tags)
    except HarborError as error:
        return Trial(secret, username, Result.UNDECIDED, str(error))
    return Trial(secret, username, Result.PULLS)


async def _tags(
    client: HarborClient, image: Image, login: Credentials | None
) -> tuple[str, ...] | None:
    try:
        return await client.registry.tags(login, image.path)
    except HarborError:
        return None
