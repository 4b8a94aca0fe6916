"""A bounded, authenticated aiohttp session for frameworks that bring their own client."""

from dataclasses import dataclass

import aiohttp

from harbor_operator.kube.configuration import ClusterAccess
from harbor_operator.kube.gate import BeforeWrite
from harbor_operator.kube.observing import OnCall, tracing


@dataclass(frozen=True, slots=True)
class ServerSession:
    """A session and the server it is for; whoever takes it closes the session.

    Attributes:
        session: Adds the Authorization header to each request; opens a bounded number of
            connections.
        server: URL of the API server, without a trailing slash.
        default_namespace: The namespace that a kubeconfig's context or the own pod is in.
    """

    session: aiohttp.ClientSession
    server: str
    default_namespace: str | None


def open_session(
    access: ClusterAccess,
    *,
    before_write: BeforeWrite | None = None,
    on_call: OnCall | None = None,
) -> ServerSession:
    """Open a session with the address, TLS, proxy and renewed credentials of a cluster.

    Must be called inside a running event loop.

    Args:
        access: The cluster.
        before_write: Called last before a write is sent; it may raise to stop it.
        on_call: Is told of each attempt of each request.
    """
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=access.connection_limit, ssl=access.ssl_context()),
        proxy=access.proxy,
        trust_env=False,
        middlewares=(_Authentication(access),),
        trace_configs=tracing(before_write, on_call),
    )
    return ServerSession(session, access.server, access.default_namespace)


class _Authentication:
    """Puts the credentials of the moment into each request."""

    def __init__(self, access: ClusterAccess) -> None:
        self._access = access

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        authorization = await self._access.authorization()
        if authorization is not None:
            request.headers["Authorization"] = authorization
        if self._access.tls_server_name is not None:
            request.server_hostname = self._access.tls_server_name
        return await handler(request)
