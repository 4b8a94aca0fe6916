"""Finds Harbor and a login there, and opens it.

Who may read the Secret of a connection or of a robot may use it here; nobody gets more rights by
the plugin. Passwords are never printed.
"""

import base64
import binascii
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from harbor_operator.api.connection import CONNECTIONS, CABundleRef, ConnectionSpec, SourceKind
from harbor_operator.cli.access import at_cluster
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.harbor_options import HarborOptions
from harbor_operator.cli.kinds import CONNECTION, ROBOT
from harbor_operator.cli.objects import status_of
from harbor_operator.harbor import Credentials, HarborClient, Limits
from harbor_operator.harbor.errors import (
    AuthenticationFailed,
    HarborError,
    NotFound,
    PermissionDenied,
    TLSVerificationFailed,
    Transient,
)
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Forbidden
from harbor_operator.kube.errors import NotFound as NoSuchObject
from harbor_operator.kube.resources import CONFIG_MAPS, SECRETS, JsonObject, Resource

_Asking = TypeVar("_Asking", bound=HarborOptions)

DEFAULT_CONNECTION: Final = "default"
URL: Final = "HARBOR_URL"
USERNAME: Final = "HARBOR_USERNAME"
PASSWORD: Final = "HARBOR_PASSWORD"  # noqa: S105 -- the name of a variable
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine, to which a password may go in the clear."""
_USUAL_LIMITS: Final = Limits()
_WAYS: Final = (
    "log in by the variables HARBOR_URL, HARBOR_USERNAME and HARBOR_PASSWORD, "
    "or name a HarborRobot of yours with --robot"
)


@dataclass(frozen=True, slots=True)
class HarborLogin:
    """Where Harbor is, and who asks.

    Attributes:
        url: `http(s)://host[:port]`.
        credentials: The user's or robot's.
        source: Where they are from, in words for people.
        ca_bundle: PEM text of the only authorities to trust, None for the system's.
        hosts: Where registry clients find this Harbor, the first one preferred; empty: not known.
    """

    url: str
    credentials: Credentials
    source: str
    ca_bundle: str | None = None
    hosts: tuple[str, ...] = ()


@asynccontextmanager
async def at_harbor(
    options: HarborOptions,
    environment: Mapping[str, str] = os.environ,
    *,
    limits: Limits = _USUAL_LIMITS,
) -> AsyncIterator[tuple[HarborClient, HarborLogin]]:
    """A client to the Harbor that is meant; what goes wrong in the block is told in one line.

    Raises:
        CommandError: There is no login, or Harbor failed or refused.
        KubeError: The cluster, which was to tell the login, failed.
    """
    login = await find_login(options, environment)
    try:
        async with open_harbor(login, limits) as client:
            yield client, login
    except HarborError as error:
        raise explained(error, login) from None


def is_loopback(address: str) -> bool:
    """Whether a URL, or a host with or without port, is this machine."""
    rooted = address if "://" in address else f"//{address}"
    return urlsplit(rooted).hostname in _LOOPBACK


def open_harbor(login: HarborLogin, limits: Limits = _USUAL_LIMITS) -> HarborClient:
    """A client for a login.

    Raises:
        CommandError: The address or the certificates cannot be used.
    """
    try:
        return HarborClient(
            login.url,
            login.credentials,
            limits=limits,
            ca_bundle=login.ca_bundle,
            user_agent="kubectl-harbor",
        )
    except ValueError as error:
        raise CommandError(f"{login.url}: {error}", ExitCode.USAGE) from None


def explained(error: HarborError, login: HarborLogin) -> CommandError:
    """Say what a failure of Harbor means for the user."""
    who = f"{login.credentials.username} ({login.source})"
    match error:
        case AuthenticationFailed():
            return CommandError(f"Harbor does not accept {who}", ExitCode.NO_ACCESS)
        case PermissionDenied():
            return CommandError(
                f"{who} may not do this in Harbor: {error.method} {error.route}",
                ExitCode.NO_ACCESS,
            )
        case TLSVerificationFailed():
            return CommandError(
                f"the certificate of {login.url} is not trusted: give its authority by --ca-file",
                ExitCode.NO_ACCESS,
            )
        case Transient():
            return CommandError(f"{login.url} does not serve: {error}", ExitCode.NO_ACCESS)
        case NotFound():
            return CommandError(f"Harbor has no such thing: {error}", ExitCode.NOT_FOUND)
        case _:
            return CommandError(f"Harbor: {error}", ExitCode.NOT_SO)


async def find_login(
    options: HarborOptions, environment: Mapping[str, str] = os.environ
) -> HarborLogin:
    """The login that is meant: of `--robot` or `--connection`, of variables, of the default.

    Raises:
        CommandError: There is none.
        KubeError: The cluster, which was to tell it, failed.
    """
    bundle = read_bundle(options.ca_file) if options.ca_file else None
    named = options.robot or options.connection
    if not named and (url := options.harbor_url or _stated_url(environment)):
        return _of_variables(url, bundle, environment)
    async with at_cluster(options) as (client, namespace):
        return await stored_login(client, namespace, options, bundle)


def or_connection(
    options: _Asking, connection: str, environment: Mapping[str, str] = os.environ
) -> _Asking:
    """The options with that connection, where neither they nor the variables name a login."""
    named = options.robot or options.connection or options.harbor_url or _stated_url(environment)
    return options if named else replace(options, connection=connection)


def _stated_url(environment: Mapping[str, str]) -> str | None:
    # An address alone may be there for other programs.
    return environment.get(URL) if environment.get(USERNAME) else None


async def stored_login(
    client: KubeClient, namespace: str, options: HarborOptions, bundle: str | None = None
) -> HarborLogin:
    """The login that the cluster keeps: of a robot of the namespace, or of a connection.

    Raises:
        CommandError: It is not there, not readable, or not allowed to this user.
        KubeError: The cluster failed.
    """
    if options.robot:
        return await _of_robot(client, namespace, options.robot, bundle)
    return await _of_connection(client, options.connection or DEFAULT_CONNECTION, bundle)


def _of_variables(url: str, bundle: str | None, environment: Mapping[str, str]) -> HarborLogin:
    missing = [name for name in (USERNAME, PASSWORD) if not environment.get(name)]
    if missing:
        raise CommandError(f"{' and '.join(missing)} must be set, too", ExitCode.USAGE)
    parts = urlsplit(url)
    if parts.scheme == "http" and not is_loopback(url):
        raise CommandError(
            f"{url}: plain http sends the password in the clear; use https", ExitCode.USAGE
        )
    credentials = _credentials(environment[USERNAME], environment[PASSWORD], USERNAME)
    hosts = (parts.netloc,) if parts.netloc else ()
    return HarborLogin(url.rstrip("/"), credentials, "of the variables", bundle, hosts)


async def _of_robot(
    client: KubeClient, namespace: str, name: str, bundle: str | None
) -> HarborLogin:
    body = await _found(client, ROBOT.resource, namespace, name)
    stated = (body.get("spec") or {}).get("secretName") or name
    place = f"Secret {namespace}/{stated}"
    data = await _secret(client, namespace, stated)
    url, username, password = (_text(data, key, place) for key in ("url", "username", "password"))
    host = _text(data, "registry", place)
    source = f"HarborRobot {namespace}/{name}"
    return HarborLogin(
        url.rstrip("/"), _credentials(username, password, place), source, bundle, (host,)
    )


async def _of_connection(client: KubeClient, name: str, bundle: str | None) -> HarborLogin:
    body = await _found(client, CONNECTION.resource, None, name)
    try:
        spec = CONNECTIONS.parse(body).spec
    except ValidationError:
        raise CommandError(f"connection {name} is not valid", ExitCode.NOT_SO) from None
    ref = spec.credentials_secret_ref
    place = f"Secret {ref.namespace}/{ref.name}"
    data = await _secret(client, ref.namespace, ref.name)
    credentials = _credentials(
        _text(data, "username", place), _text(data, "password", place), place
    )
    hosts = spec.registry_hosts or status_of(body).get("registryHosts") or ()
    return HarborLogin(
        spec.url.rstrip("/"),
        credentials,
        f"connection {name}",
        bundle or await bundle_of(client, spec),
        tuple(str(host) for host in hosts),
    )


async def bundle_of(client: KubeClient, spec: ConnectionSpec) -> str | None:
    """The authorities that a connection trusts, as PEM text; None for the system's.

    Raises:
        CommandError: They cannot be read.
        KubeError: The cluster failed.
    """
    ref = spec.ca_bundle_ref
    if ref is None:
        return spec.ca_bundle
    place = f"{ref.kind} {ref.namespace}/{ref.name}"
    if ref.kind is SourceKind.SECRET:
        return _text(await _secret(client, ref.namespace, ref.name), ref.key, place)
    return await _of_config_map(client, ref, place)


async def _of_config_map(client: KubeClient, ref: CABundleRef, place: str) -> str:
    body = await client.get(CONFIG_MAPS, ref.name, namespace=ref.namespace)
    text = (body.get("data") or {}).get(ref.key)
    if not text:
        raise CommandError(f"{place} has no key {ref.key}", ExitCode.NOT_SO)
    return str(text)


async def _found(
    client: KubeClient, resource: Resource, namespace: str | None, name: str
) -> JsonObject:
    try:
        return await client.get(resource, name, namespace=namespace)
    except NoSuchObject:
        where = f" in namespace {namespace}" if namespace else ""
        raise CommandError(
            f"there is no {resource.kind} {name}{where}; {_WAYS}", ExitCode.NOT_FOUND
        ) from None
    except Forbidden:
        raise CommandError(
            f"you may not read {resource.kind} {name}; {_WAYS}", ExitCode.NO_ACCESS
        ) from None


async def _secret(client: KubeClient, namespace: str, name: str) -> Mapping[str, str]:
    try:
        body = await client.get(SECRETS, name, namespace=namespace)
    except NoSuchObject:
        raise CommandError(f"there is no Secret {namespace}/{name}", ExitCode.NOT_FOUND) from None
    except Forbidden:
        raise CommandError(
            f"you may not read Secret {namespace}/{name}; {_WAYS}", ExitCode.NO_ACCESS
        ) from None
    return body.get("data") or {}


def _text(data: Mapping[str, str], key: str, place: str) -> str:
    try:
        text = base64.b64decode(data.get(key, ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    if not text:
        raise CommandError(f"{place} has no readable key {key}", ExitCode.NOT_SO)
    return text.rstrip("\r\n")


def _credentials(username: str, password: str, place: str) -> Credentials:
    try:
        return Credentials(username, SecretStr(password))
    except ValueError as error:
        raise CommandError(f"{place}: {error}", ExitCode.USAGE) from None


def read_bundle(path: str) -> str:
    """The certificates in a file.

    Raises:
        CommandError: It cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        raise CommandError(f"{path}: {reason}", ExitCode.USAGE) from None
