"""Browser sessions and their protection against forged requests (CSRF).

Harbor starts a session, and sets its cookie, for every request without one. A request that brings
a session cookie must, when it writes, also bring a token in a header that fits a second cookie.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from testbed.harbor.clock import http_date

SESSION_COOKIE = "sid"
CSRF_COOKIE = "_gorilla_csrf"
CSRF_HEADER = "X-Harbor-CSRF-Token"
CSRF_COOKIE_SECONDS = 12 * 60 * 60
"""How long Harbor lets the CSRF cookie live."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Session:
    """One session; without a user it is that of an anonymous client."""

    user_id: int | None
    expires: datetime


def _new_key() -> bytes:
    return secrets.token_bytes(_TOKEN_BYTES)


@dataclass(slots=True)
class Sessions:
    """The session store; a restart of the simulator empties it.

    Only sessions of users are stored. Anonymous ones, of which every request without a cookie
    starts one, are not, so that they cost no memory: their ids carry expiry and signature.
    """

    _users: dict[str, Session] = field(default_factory=dict)
    _key: bytes = field(default_factory=_new_key, repr=False)

    def start(self, user_id: int, now: datetime, minutes: int) -> str:
        """Opens a user's session and returns its id."""
        session_id = secrets.token_hex(16)
        self._users[session_id] = Session(user_id, now + timedelta(minutes=minutes))
        return session_id

    def start_anonymous(self, now: datetime, minutes: int) -> str:
        """Opens a stranger's session and returns its id."""
        payload = f"{secrets.token_hex(4)}-{int(now.timestamp()) + 60 * minutes}"
        return f"{payload}-{self._signature(payload)}"

    def find(self, session_id: str, now: datetime) -> Session | None:
        """The living session with this id."""
        session = self._users.get(session_id) or self._anonymous(session_id)
        return session if session is not None and session.expires > now else None

    def end(self, session_id: str) -> None:
        """Closes a user's session, if there is one."""
        self._users.pop(session_id, None)

    def clear(self) -> None:
        """Forgets every session, anonymous ones included."""
        self._users.clear()
        self._key = _new_key()

    def _anonymous(self, session_id: str) -> Session | None:
        payload, _, signature = session_id.rpartition("-")
        if not hmac.compare_digest(signature.encode(), self._signature(payload).encode()):
            return None
        expires = datetime.fromtimestamp(int(payload.rpartition("-")[2]), UTC)
        return Session(None, expires)

    def _signature(self, payload: str) -> str:
        return hmac.new(self._key, payload.encode(), "sha256").hexdigest()[:16]


def session_cookie(session_id: str) -> str:
    """The `Set-Cookie` value that hands out a session."""
    return f"{SESSION_COOKIE}={session_id}; Path=/; HttpOnly"


def expired_session_cookie(session_id: str, now: datetime) -> str:
    """The `Set-Cookie` value that takes a session away again."""
    return f"{SESSION_COOKIE}={session_id}; Path=/; Expires={http_date(now)}; Max-Age=0; HttpOnly"


def new_csrf_secret() -> str:
    """A secret for the CSRF cookie."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_TOKEN_BYTES)).decode()


def csrf_cookie(secret: str, now: datetime, *, secure: bool) -> str:
    """The `Set-Cookie` value that hands out the CSRF secret; `secure` when Harbor serves TLS."""
    expires = http_date(now + timedelta(seconds=CSRF_COOKIE_SECONDS))
    return (
        f"{CSRF_COOKIE}={secret}; Path=/; Expires={expires}; Max-Age={CSRF_COOKIE_SECONDS}; "
        f"HttpOnly;{' Secure;' if secure else ''} SameSite=Strict"
    )


def masked_token(secret: str) -> str:
    """A token that fits the secret; it looks different each time, as in Harbor."""
    mask = secrets.token_bytes(_TOKEN_BYTES)
    return base64.b64encode(mask + _xor(mask, _decode(secret))).decode()


def token_fits(secret: str, token: str) -> bool:
    """Whether a token was made from the secret."""
    raw = _decode(token)
    if len(raw) != 2 * _TOKEN_BYTES:
        return False
    return hmac.compare_digest(_xor(raw[:_TOKEN_BYTES], raw[_TOKEN_BYTES:]), _decode(secret))


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=False))


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        return b""
