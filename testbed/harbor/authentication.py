"""Finding out who is calling: bearer token, robot, user, session, or nobody, in Harbor's order."""

import base64
import hmac

from aiohttp import web

from testbed.harbor.callers import Anonymous, Caller, RobotCaller, TokenCaller, UserCaller
from testbed.harbor.core import Core
from testbed.harbor.costs import Cost
from testbed.harbor.onboarding import AuthMode, auth_mode, log_in
from testbed.harbor.release import Difference
from testbed.harbor.sessions import SESSION_COOKIE
from testbed.harbor.state import ADMIN_USER_ID, Robot, User

NEVER = -1
"""An expiry or a duration that never ends."""


async def authenticate(core: Core, request: web.Request) -> Caller:
    """The caller of a request.

    Credentials that fail are not refused: the next way is tried, and at last the caller is
    anonymous.
    """
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer ") and request.path.startswith("/v2/"):
        claims = core.tokens.verify(header.removeprefix("Bearer "), core.clock.seconds())
        if claims is not None:
            return TokenCaller(claims, ageless=core.release.does(Difference.OLD_TOKENS))
    credentials = _basic_credentials(header)
    if credentials is not None:
        caller = await _by_credentials(core, *credentials)
        if caller is not None:
            return caller
    return await _by_session(core, request)


async def check_user(core: Core, username: str, password: str) -> User | None:
    """The user with this name and password, at the price of a password check."""
    user = _user_by_password(core, username, password)
    right = user is not None
    return user if await core.costs.check_password(username, right=right) else None


def _user_by_password(core: Core, username: str, password: str) -> User | None:
    user, mode = core.state.user_named(username), auth_mode(core.state)
    # The first administrator logs in with a password of Harbor's own in every mode.
    if mode is AuthMode.DATABASE or (user is not None and user.user_id == ADMIN_USER_ID):
        return user if user is not None and _same(user.password, password) else None
    found = core.directory.users.get(username)
    if mode is AuthMode.OIDC or found is None or not _same(found.password, password):
        return None
    return log_in(core, found)


def _basic_credentials(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded).decode().partition(":")
    except ValueError:
        return None
    return (name, password) if colon else None


async def _by_credentials(core: Core, name: str, password: str) -> Caller | None:
    prefix = core.robot_prefix
    if name.startswith(prefix):
        robot = _robot_with_secret(core, name.removeprefix(prefix), password)
        if robot is not None:
            await core.costs.pay(Cost.ROBOT_REQUEST)
            return RobotCaller(robot, name)
    user = await check_user(core, name, password)
    return UserCaller(user) if user is not None else None


def _robot_with_secret(core: Core, stored_name: str, secret: str) -> Robot | None:
    project_name, plus, _ = stored_name.partition("+")
    project_id = core.state.project_ids.get(project_name, 0) if plus else 0
    robot = core.state.robots.get(core.state.robot_ids.get((project_id, stored_name), 0))
    if robot is None or robot.disabled or not _same(robot.secret, secret):
        return None
    expired = robot.expires_at != NEVER and robot.expires_at <= core.clock.seconds()
    return None if expired else robot


async def _by_session(core: Core, request: web.Request) -> Caller:
    session = core.sessions.find(request.cookies.get(SESSION_COOKIE, ""), core.clock.now())
    if session is None or session.user_id is None:
        return Anonymous()
    user = core.state.users.get(session.user_id)
    if user is None:
        return Anonymous()
    await core.costs.pay(Cost.SESSION_REQUEST)
    return UserCaller(user)


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
