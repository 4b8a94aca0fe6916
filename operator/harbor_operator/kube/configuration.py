"""Where the API server is and how to authenticate: from inside a pod or from a kubeconfig.

The official client finds and parses both, renews tokens and knows TLS and proxies. It carries no
usable types for its asyncio half, so its untyped values stay behind `ClusterAccess`.
"""

import asyncio
import os
import ssl
from pathlib import Path
from typing import Any

import yaml
from kubernetes.aio.client import Configuration
from kubernetes.aio.client.rest import RESTClientObject
from kubernetes.aio.config import ConfigException, load_kube_config
from kubernetes.aio.config.incluster_config import SERVICE_HOST_ENV_NAME, InClusterConfigLoader
from typing_extensions import override

from harbor_operator.kube.errors import InvalidConfiguration

CONNECTION_LIMIT = 64
"""Parallel connections of one client: 32 reconciles with one request each, and as much again for
watches, status writes and leases. The API server itself queues what one user sends beyond that."""

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Folder in which the kubelet mounts a pod's credentials."""

REFRESH_SECONDS = 60.0
"""How often credentials of a kubeconfig are looked at again: the period the official client uses
for mounted tokens. It renews what expires within five minutes, so a minute's delay is harmless."""


class ClusterAccess:
    """The way to one API server: its address, TLS, proxy and credentials.

    Shared by the clients and sessions made from it. Its repr shows no credential.
    """

    def __init__(self, configuration: Any, *, default_namespace: str | None = None) -> None:  # noqa: ANN401 - the official class is untyped
        """Wrap a loaded configuration of the official client."""
        self.configuration = configuration
        self.default_namespace = default_namespace

    @override
    def __repr__(self) -> str:
        return f"ClusterAccess({self.server!r})"

    @property
    def server(self) -> str:
        """URL of the API server, without a trailing slash."""
        return str(self.configuration.host)

    @property
    def proxy(self) -> str | None:
        """URL of the proxy to the API server, if the kubeconfig names one."""
        proxy: str | None = self.configuration.proxy
        return proxy

    @property
    def tls_server_name(self) -> str | None:
        """Name to expect in the server's certificate, where it differs from the URL's host."""
        name: str | None = self.configuration.tls_server_name
        return name

    @property
    def connection_limit(self) -> int:
        """Parallel connections that one session may open."""
        return int(self.configuration.connection_pool_maxsize)

    def ssl_context(self) -> ssl.SSLContext:
        """Make the TLS settings: the cluster's CA and the client certificate, if there is one."""
        context: ssl.SSLContext = RESTClientObject(self.configuration).ssl_context
        return context

    async def authorization(self) -> str | None:
        """Value of the Authorization header, renewed when it is due; None without a token.

        Raises:
            InvalidConfiguration: The token can no longer be read.
        """
        try:
            value = await self.configuration.get_api_key_with_prefix(
                "BearerToken", alias="authorization"
            )
        except (ConfigException, OSError) as error:
            raise _unusable("credentials", error) from None
        # A token file written by hand ends with a newline, which no header may hold.
        return None if value is None else str(value).strip()


async def load(
    kubeconfig: str | None = None,
    context: str | None = None,
    *,
    connection_limit: int = CONNECTION_LIMIT,
) -> ClusterAccess:
    """Find the API server.

    A named kubeconfig or context wins. Otherwise a pod's own service account is used inside a
    cluster, and the kubeconfig that kubectl would use outside of one.

    Args:
        kubeconfig: Path of a kubeconfig.
        context: Name of a context in the kubeconfig, instead of its current one.
        connection_limit: Parallel connections of each client made from the result.

    Raises:
        InvalidConfiguration: There is none, or it cannot be used.
    """
    if kubeconfig is None and context is None and os.environ.get(SERVICE_HOST_ENV_NAME):
        return load_in_cluster(connection_limit=connection_limit)
    return await load_kubeconfig(kubeconfig, context, connection_limit=connection_limit)


def load_in_cluster(
    service_account: Path = SERVICE_ACCOUNT, *, connection_limit: int = CONNECTION_LIMIT
) -> ClusterAccess:
    """Use the service account of the pod that this program runs in.

    Its token is read again every minute: the kubelet replaces it long before it expires.

    Args:
        service_account: Folder that the kubelet mounts: token, CA and namespace.
        connection_limit: Parallel connections of each client made from the result.

    Raises:
        InvalidConfiguration: This is no pod, or one without a mounted token.
    """
    configuration = _configuration(connection_limit)
    try:
        loader = InClusterConfigLoader(
            token_filename=str(service_account / "token"),
            cert_filename=str(service_account / "ca.crt"),
        )
        loader.load_and_set(configuration)
        namespace = (service_account / "namespace").read_text().strip()
    except (ConfigException, OSError) as error:
        raise _unusable("service account", error) from None
    return ClusterAccess(configuration, default_namespace=namespace)


async def load_kubeconfig(
    path: str | None = None,
    context: str | None = None,
    *,
    connection_limit: int = CONNECTION_LIMIT,
    refresh_seconds: float = REFRESH_SECONDS,
) -> ClusterAccess:
    """Use a kubeconfig.

    Args:
        path: Its path; the one that kubectl would use when omitted.
        context: Name of a context in it, instead of its current one.
        connection_limit: Parallel connections of each client made from the result.
        refresh_seconds: How often its token files and login plugins are asked again.

    Raises:
        InvalidConfiguration: It is missing or cannot be used.
    """
    configuration = _configuration(connection_limit)
    try:
        loader = await load_kube_config(
            config_file=path,
            context=context,
            client_configuration=configuration,
            persist_config=False,
        )
    except (ConfigException, OSError, TypeError, ValueError, yaml.YAMLError) as error:
        # A missing or empty file surfaces in the official loader as a TypeError.
        raise _unusable("kubeconfig", error) from None
    configuration.refresh_api_key_hook = _Renewal(loader, refresh_seconds)
    namespace = loader.current_context["context"].get("namespace")
    return ClusterAccess(configuration, default_namespace=namespace)


def _configuration(connection_limit: int) -> Any:  # noqa: ANN401 - the official class is untyped
    configuration = Configuration()
    configuration.connection_pool_maxsize = connection_limit
    # By default every request reads the proxy environment and netrc, which costs more than the
    # request itself; a proxy comes from the kubeconfig.
    configuration.client_session_kwargs = {"trust_env": False}
    # Python 3.13 began to refuse CAs without key identifiers. Clusters have such CAs, and the
    # Go clients accept them.
    configuration.disable_strict_ssl_verification = True
    return configuration


def _unusable(what: str, error: Exception) -> InvalidConfiguration:
    """Explain without showing credentials, to be raised without the error as its cause.

    The official loader writes whole sections of a kubeconfig, tokens included, after the word
    "in" of its messages; a parser may quote any line.
    """
    if isinstance(error, ConfigException):
        return InvalidConfiguration(f"unusable {what}: {str(error).split(' in ')[0]}")
    if isinstance(error, OSError):
        return InvalidConfiguration(f"unusable {what}: {error}")
    return InvalidConfiguration(f"unusable {what}: {type(error).__name__} while reading it")


class _Renewal:
    """Looks at a kubeconfig's credentials again from time to time.

    The official client does so only for a pod's mounted token. Its loader reads token files and
    asks login plugins anew when their last answer has expired.
    """

    def __init__(self, loader: Any, period: float) -> None:  # noqa: ANN401 - the official class is untyped
        self._loader = loader
        self._period = period
        self._due_at = asyncio.get_running_loop().time() + period

    async def __call__(self, configuration: Any) -> None:  # noqa: ANN401 - the official class is untyped
        now = asyncio.get_running_loop().time()
        if now < self._due_at:
            return
        # Moved on before the wait, so that parallel requests do not all start a login plugin.
        self._due_at = now + self._period
        await self._loader.load_and_set(configuration)
