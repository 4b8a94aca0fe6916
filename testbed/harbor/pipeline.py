"""What every request goes through before and after its handler, in Harbor's order."""

import asyncio
import logging
from dataclasses import dataclass, field
from uuid import uuid4

from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import CIMultiDict

from testbed.harbor.audit import record_request
from testbed.harbor.authentication import authenticate
from testbed.harbor.call import Call
from testbed.harbor.callers import Anonymous
from testbed.harbor.clock import http_date
from testbed.harbor.core import Core
from testbed.harbor.errors import (
    ErrorKind,
    HarborError,
    denied,
    error_response,
    forbidden,
    internal_error,
    unrouted,
)
from testbed.harbor.faults import GARBLING, Fault, FaultKind, garbled
from testbed.harbor.registry_access import target_of
from testbed.harbor.request_log import RequestLog
from testbed.harbor.scan_robots import settle
from testbed.harbor.sessions import (
    CSRF_COOKIE,
    CSRF_HEADER,
    SAFE_METHODS,
    SESSION_COOKIE,
    csrf_cookie,
    masked_token,
    new_csrf_secret,
    session_cookie,
    token_fits,
)

API_PREFIX = "/api/v2.0"
_PING = f"{API_PREFIX}/ping"
_ROBOT = f"{API_PREFIX}/robots/{{id}}"
_CSRF_EXEMPT = ("/v2/", "/api/", "/service/")
_WRITABLE_WHEN_READ_ONLY = (f"{API_PREFIX}/configurations", "/c/login", "/service/token")
_READ_ONLY = "The system is in read only mode. Any modification is prohibited."
_DROPPED = 0
"""The status under which unanswered requests are counted."""
_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Reply:
    """Headers that the answer gets, whoever makes it."""

    headers: CIMultiDict[str] = field(default_factory=CIMultiDict)


REPLY = web.RequestKey("reply", Reply)
CALL = web.RequestKey("call", Call)


@dataclass(slots=True)
class Pipeline:
    """The steps around a handler: counting, faults, CSRF, authentication, read-only mode."""

    core: Core
    requests: RequestLog

    @web.middleware
    async def serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answers a request and counts it."""
        reply = Reply()
        reply.headers["X-Request-Id"] = request.headers.get("X-Request-Id") or str(uuid4())
        request[REPLY] = reply
        await self.core.secrets.hear(request, self._robot_of(request))
        response = await self._answer_despite_faults(request, handler)
        self.core.secrets.hear_headers(reply.headers)
        status = response.status if response is not None else _DROPPED
        agent = request.headers.get("User-Agent", "")
        self.requests.add(request.method, _template(request), status, agent=agent)
        return response if response is not None else _drop(request)

    async def finish_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        """Adds what every answer carries; a signal, as streamed answers start by themselves."""
        reply = request.get(REPLY)
        if reply is not None:
            response.headers.extend(reply.headers)
        response.headers["Date"] = http_date(self.core.clock.now())
        response.headers.popall("Server", None)
        # An empty answer of Harbor has no type, where aiohttp would claim that it is binary.
        if response.content_type == "application/octet-stream" and not _has_body(response):
            response.headers.popall("Content-Type", None)

    async def _answer_despite_faults(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse | None:
        if self.core.faults.down:
            return None
        fault = await self._fault_of(request)
        if fault is not None and not (fault.after_effect or fault.kind in GARBLING):
            return fault.response() if fault.kind is FaultKind.STATUS else None
        response = await self._answer(request, handler)
        # A streamed answer has left already, so its status can no longer be hidden.
        if fault is None or (fault.kind is FaultKind.STATUS and response.prepared):
            return response
        if fault.kind in GARBLING:
            return garbled(response, fault.kind)
        return fault.response() if fault.kind is FaultKind.STATUS else None

    async def _fault_of(self, request: web.Request) -> Fault | None:
        decisive = None
        for fault in self.core.faults.take(request.method, request.path):
            if fault.kind is FaultKind.LATENCY:
                await asyncio.sleep(fault.seconds)
            else:
                decisive = decisive or fault
        return decisive

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            self._check_csrf(request)
            call = await self._call(request)
            self._check_read_only(request)
        except HarborError as error:
            return error_response(error)
        self._start_session(request)
        await settle(call)
        try:
            response = await handler(request)
        except HarborError as error:
            response = error_response(error)
        except web.HTTPException as error:
            response = _unrouted(request, error)
        except ConnectionError:
            raise
        except Exception:  # noqa: BLE001 - Harbor, too, answers 500 to whatever it did not foresee
            _LOG.exception("%s %s failed", request.method, request.path)
            response = error_response(internal_error())
        record_request(call, response.status)
        self.core.secrets.hear_answer(response)
        return response

    async def _call(self, request: web.Request) -> Call:
        ping = request.path == _PING
        caller = Anonymous() if ping else await authenticate(self.core, request)
        call = Call(self.core, request, caller, self.core.clock.now())
        request[CALL] = call
        return call

    def _robot_of(self, request: web.Request) -> str:
        """The full name of the robot that the path means, empty where it means none."""
        number = request.match_info.get("id", "")
        if _template(request) != _ROBOT or not number.isdigit():
            return ""
        robot = self.core.state.robots.get(int(number))
        return f"{self.core.robot_prefix}{robot.name}" if robot is not None else ""

    def _check_csrf(self, request: web.Request) -> None:
        if request.path.startswith(_CSRF_EXEMPT) and SESSION_COOKIE not in request.cookies:
            return
        reply = request[REPLY]
        secret = request.cookies.get(CSRF_COOKIE)
        if secret is None:
            secret = new_csrf_secret()
            secure = self.core.url.startswith("https:")
            cookie = csrf_cookie(secret, self.core.clock.now(), secure=secure)
            reply.headers.add("Set-Cookie", cookie)
        reply.headers[CSRF_HEADER] = masked_token(secret)
        if request.method in SAFE_METHODS:
            return
        token = request.headers.get(CSRF_HEADER)
        if not token:
            raise forbidden("CSRF token not found in request")
        if not token_fits(secret, token):
            raise forbidden("CSRF token invalid")

    def _check_read_only(self, request: web.Request) -> None:
        exempt = request.method in SAFE_METHODS or request.path in _WRITABLE_WHEN_READ_ONLY
        if self.core.read_only and not exempt:
            raise denied(_READ_ONLY)

    def _start_session(self, request: web.Request) -> None:
        now = self.core.clock.now()
        if self.core.sessions.find(request.cookies.get(SESSION_COOKIE, ""), now) is None:
            minutes = self.core.setting("session_timeout")
            session_id = self.core.sessions.start_anonymous(now, minutes)
            request[REPLY].headers.add("Set-Cookie", session_cookie(session_id))


def _has_body(response: web.StreamResponse) -> bool:
    return not isinstance(response, web.Response) or bool(response.body)


def _template(request: web.Request) -> str:
    if request.path.startswith("/v2/"):
        return target_of(request.path).kind.value
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "{unknown}"


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _unrouted(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = " ".join(sorted(error.allowed_methods))
        message = f"method {request.method} is not allowed, but [{allowed}] are"
        return error_response(HarborError(ErrorKind.METHOD_NOT_ALLOWED, message))
    return error_response(unrouted(request))
