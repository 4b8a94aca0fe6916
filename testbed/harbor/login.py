"""Logging in and out with a session, as a browser does."""

from aiohttp import web

from testbed.harbor.audit import record_login, record_logout
from testbed.harbor.authentication import check_user
from testbed.harbor.call import Call, Route
from testbed.harbor.sessions import SESSION_COOKIE, expired_session_cookie, session_cookie

_PAGE = b"<!doctype html><html><head><title>Not Found</title></head><body>404</body></html>"


async def login_page(call: Call) -> web.StreamResponse:
    """GET /c/login: a 404 page that, by the way, hands out session and CSRF token."""
    del call
    return web.Response(
        status=404, body=_PAGE, headers={"Content-Type": "text/html; charset=utf-8"}
    )


async def log_in(call: Call) -> web.StreamResponse:
    """POST /c/login: exchanges a user's password for a new session. Robots cannot log in."""
    form = await call.request.post()
    username, password = str(form.get("principal", "")), str(form.get("password", ""))
    user = await check_user(call.core, username, password)
    record_login(call, username, successful=user is not None)
    if user is None:
        return web.Response(status=401)
    minutes = call.core.setting("session_timeout")
    call.core.sessions.end(call.request.cookies.get(SESSION_COOKIE, ""))
    session_id = call.core.sessions.start(user.user_id, call.now, minutes)
    return web.Response(headers={"Set-Cookie": session_cookie(session_id)})


async def log_out(call: Call) -> web.StreamResponse:
    """GET /c/log_out: ends the session and takes the cookie back."""
    session_id = call.request.cookies.get(SESSION_COOKIE, "")
    record_logout(call)
    call.core.sessions.end(session_id)
    return web.Response(headers={"Set-Cookie": expired_session_cookie(session_id, call.now)})


ROOT_ROUTES = (
    Route("GET", "/c/login", login_page),
    Route("POST", "/c/login", log_in),
    Route("GET", "/c/log_out", log_out),
)
