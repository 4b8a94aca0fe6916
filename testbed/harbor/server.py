"""The simulator as a whole: wires the parts, listens on loopback, stops again."""

import ssl
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Handler as Endpoint

from testbed.harbor import (
    accessories,
    additions,
    allowlists,
    artifact_labels,
    artifacts,
    audit_lists,
    copies,
    groups,
    immutable_rules,
    labels,
    legacy_robots,
    login,
    members,
    project_metadata,
    projects,
    quotas,
    registries,
    repositories,
    retentions,
    robots,
    scan_all,
    scanners,
    scans,
    schedules,
    security_hub,
    system,
    tags,
    token_service,
    users,
    webhooks,
)
from testbed.harbor.call import Route
from testbed.harbor.clock import Clock
from testbed.harbor.control import control_application
from testbed.harbor.core import Core
from testbed.harbor.costs import Costs, password_rounds
from testbed.harbor.faults import Faults
from testbed.harbor.founding import ADMIN_USERNAME, found
from testbed.harbor.known_secrets import SecretKind
from testbed.harbor.pipeline import API_PREFIX, CALL, Pipeline
from testbed.harbor.registry_proxy import serve_registry
from testbed.harbor.release import NEWEST, release_of
from testbed.harbor.request_log import RequestLog
from testbed.harbor.sessions import Sessions
from testbed.harbor.state import HarborState
from testbed.harbor.storage import Storage
from testbed.harbor.token_issuer import TokenIssuer

LOOPBACK = "127.0.0.1"
DEFAULT_ADMIN_PASSWORD = "Harbor12345"
DEFAULT_TOKEN_MINUTES = 30
MAX_BODY_BYTES = 8 << 20
"""Twice the largest manifest that registries take; blobs are streamed and not limited."""
_API_MODULES = (
    system,
    allowlists,
    users,
    projects,
    project_metadata,
    members,
    quotas,
    robots,
    legacy_robots,
    groups,
    labels,
    repositories,
    artifacts,
    tags,
    accessories,
    artifact_labels,
    copies,
    scan_all,
    scans,
    additions,
    immutable_rules,
    retentions,
    webhooks,
    registries,
    scanners,
    schedules,
    security_hub,
    audit_lists,
)


class HarborSimulator:
    """A stateful stand-in for Harbor, for one event loop.

    `version` is a minor of `PROFILES`, or a whole product version; it behaves as that release does
    where `release` knows of a difference.
    `registry_url` is the base URL of a distribution registry without authentication to keep the
    blobs. `certificate` is a pair of PEM files, certificate and key, to serve TLS with. With
    `costs` requests cost about the CPU that Harbor needs for them.
    """

    def __init__(  # noqa: PLR0913 - the settings of an installation, by keyword only
        self,
        *,
        registry_url: str | None = None,
        admin_password: str = DEFAULT_ADMIN_PASSWORD,
        certificate: tuple[Path, Path] | None = None,
        costs: bool = False,
        robot_name_prefix: str = "robot$",
        version: str = NEWEST,
        token_expiration_minutes: int = DEFAULT_TOKEN_MINUTES,
        clock_offset_seconds: float = 0.0,
    ) -> None:
        release = release_of(version)
        self.admin_username = ADMIN_USERNAME
        self.admin_password = admin_password
        self.core = Core(
            state=HarborState(),
            clock=Clock(clock_offset_seconds),
            sessions=Sessions(),
            tokens=TokenIssuer(),
            costs=Costs(enabled=costs, password_rounds=password_rounds(release)),
            release=release,
            storage=Storage(registry_url),
        )
        self.state = self.core.state
        self.state.configuration["robot_name_prefix"] = robot_name_prefix
        self.state.configuration["token_expiration"] = token_expiration_minutes
        found(self.state, self.core.clock.now(), admin_password)
        self.core.secrets.add(SecretKind.PASSWORD, admin_password, ADMIN_USERNAME)
        self.requests = RequestLog()
        self.url = ""
        self.control_url = ""
        self._certificate = certificate
        self._runners: list[web.AppRunner] = []

    async def __aenter__(self) -> Self:
        """Starts on free ports."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stops."""
        await self.stop()

    @property
    def faults(self) -> Faults:
        """Trouble on demand."""
        return self.core.faults

    @property
    def clock(self) -> Clock:
        """The simulated clock; set its `offset_seconds` to travel in time."""
        return self.core.clock

    @property
    def component_errors(self) -> dict[str, str]:
        """Which components report themselves unhealthy, and with which message."""
        return self.core.component_errors

    def restart(self) -> None:
        """Forgets what Harbor keeps in memory: sessions and locked names. The database stays."""
        self.core.sessions.clear()
        self.core.costs.forget_failures()

    def snapshot(self) -> HarborState:
        """A copy of the database, as a backup."""
        return self.state.snapshot()

    def restore(self, snapshot: HarborState) -> None:
        """Puts a backup of the database back, and restarts."""
        self.state.restore(snapshot)
        self.restart()

    async def start(self, port: int = 0, control_port: int = 0) -> None:
        """Listens on loopback; port 0 picks a free one. `url` and `control_url` are set then."""
        await self.core.storage.start()
        context = _tls(self._certificate)
        scheme = "http" if context is None else "https"
        self.url = f"{scheme}://{await self._listen(self._application(), port, context)}"
        self.core.url = self.url
        control = control_application(self)
        self.control_url = f"http://{await self._listen(control, control_port, None)}"

    async def stop(self) -> None:
        """Closes the ports and all connections."""
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        await self.core.storage.stop()

    async def _listen(
        self, application: web.Application, port: int, context: ssl.SSLContext | None
    ) -> str:
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, LOOPBACK, port, ssl_context=context).start()
        return f"{LOOPBACK}:{runner.addresses[0][1]}"

    def _application(self) -> web.Application:
        pipeline = Pipeline(self.core, self.requests)
        application = web.Application(middlewares=[pipeline.serve], client_max_size=MAX_BODY_BYTES)
        application.on_response_prepare.append(pipeline.finish_headers)
        for module in _API_MODULES:
            _mount(application, API_PREFIX, module.ROUTES)
        for root_routes in (system.ROOT_ROUTES, login.ROOT_ROUTES, token_service.ROOT_ROUTES):
            _mount(application, "", root_routes)
        application.router.add_route("*", "/v2/{path:.*}", _serve_registry)
        return application


async def _serve_registry(request: web.Request) -> web.StreamResponse:
    return await serve_registry(request[CALL])


def _mount(application: web.Application, prefix: str, routes: Iterable[Route]) -> None:
    for route in routes:
        application.router.add_route(route.method, f"{prefix}{route.path}", _endpoint(route))


def _endpoint(route: Route) -> Endpoint:
    async def endpoint(request: web.Request) -> web.StreamResponse:
        return await route.handler(request[CALL])

    return endpoint


def _tls(certificate: tuple[Path, Path] | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context
