"""The token service that registry clients are sent to: what may this caller do where?"""

import json

from aiohttp import web

from testbed.harbor.call import Call, Route
from testbed.harbor.callers import is_authenticated
from testbed.harbor.clock import rfc3339_seconds
from testbed.harbor.errors import JSON_WITH_CHARSET
from testbed.harbor.token_issuer import SERVICE, Grant

_REPOSITORY_ACTIONS = ("pull", "push", "delete")
_SECONDS_PER_MINUTE = 60


async def issue_token(call: Call) -> web.StreamResponse:
    """GET /service/token.

    With a scope everybody gets a token, though perhaps one that allows nothing; only without a
    scope are strangers (and so wrong credentials) refused.
    """
    service = call.parameter("service")
    if service != SERVICE:
        return web.Response(status=400, text=f"Unable to handle service: {service}")
    scopes = [scope for text in call.request.query.getall("scope", []) for scope in text.split(" ")]
    if not scopes and not is_authenticated(call.caller):
        return web.Response(status=401)
    lifetime = call.core.setting("token_expiration") * _SECONDS_PER_MINUTE
    token = call.core.tokens.issue(
        call.caller.name,
        [_grant(call, scope) for scope in scopes] if scopes else None,
        now=call.core.clock.seconds(),
        lifetime_seconds=lifetime,
    )
    body = {
        "token": token,
        "access_token": "",
        "expires_in": lifetime,
        "issued_at": rfc3339_seconds(call.now),
    }
    return web.Response(body=json.dumps(body).encode(), headers={"Content-Type": JSON_WITH_CHARSET})


def _grant(call: Call, scope: str) -> Grant:
    """What the caller may do with the resource of a scope, whichever actions it asks for."""
    kind, _, rest = scope.partition(":")
    name, _, _ = rest.rpartition(":")
    if kind != "repository":
        return Grant(kind, name, ())
    project = call.state.project_named(name.partition("/")[0])
    if project is None:
        return Grant(kind, name, ())
    allowed = tuple(
        action
        for action in _REPOSITORY_ACTIONS
        if call.may_in_project(project, action, "repository")
    )
    return Grant(kind, name, allowed)


ROOT_ROUTES = (Route("GET", "/service/token", issue_token),)
