"""The ledger of a robot: the only authority about its credentials.

It lives in an own Secret beside the user's Secret. Every write to it is a
creation or a compare-and-swap against the version that the plan was made from.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from harbor_operator.core.secret import Secret

KEY = "ledger"
"""The one key of the ledger's Secret."""


LAST_NUMBER = 999_999_999
"""The largest number of a robot: nine digits, which is what a robot's name is read back with."""


class UnreadableLedgerError(ValueError):
    """The Secret's content is not a ledger; it is treated as lost, never guessed at."""


class Cause(StrEnum):
    """Why a credential was made; it stands in the robot's history."""

    CREATED = "Created"
    DUE = "Due"
    REQUESTED = "Requested"
    CHANGED = "AccessChanged"
    INVALID = "CredentialInvalid"
    LEDGER_LOST = "LedgerLost"
    REVOKED = "Revoked"


@dataclass(frozen=True, slots=True)
class Revokes:
    """Requests to end every credential that was made before them."""

    own: str | None = None
    """The token on the robot's object."""
    fleet: str | None = None
    """The token on its connection, which is for all robots there."""

    def over(self, older: "Revokes") -> "Revokes":
        """These requests, the older ones where there are none."""
        return Revokes(self.own or older.own, self.fleet or older.fleet)


NO_REVOKES = Revokes()


@dataclass(frozen=True, slots=True)
class Credential:
    """One robot's login: as Harbor answered it once, or with a secret that we have set."""

    n: int
    robot_id: int
    username: str
    password: Secret
    minted_at: datetime
    """When it was made, by Harbor's clock."""
    cause: Cause = Cause.CREATED
    edition: int = 1
    """Which of the robot's secrets it is: Harbor's own is the first."""

    @property
    def revision(self) -> str:
        """What tells it from the other credentials of the object, without its secret."""
        return str(self.n) if self.edition == 1 else f"{self.n}.{self.edition}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The intent to make robot ``n``, written before anything is asked of Harbor."""

    n: int
    cause: Cause = Cause.CREATED
    token: str | None = None
    """The rotation request that this attempt satisfies, as it stood when the attempt began."""
    lost: tuple[int, ...] = ()
    """Numbers whose answer nobody can store any more."""
    revokes: Revokes = NO_REVOKES
    """The revoke requests that this attempt satisfies, as they stood when it began."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known of a robot's credentials; see the module for who may change it."""

    live: Credential | None = None
    pending: Credential | None = None
    attempt: Attempt | None = None
    handled: str | None = None
    """The newest satisfied rotation request."""
    revoked: Revokes = NO_REVOKES
    """The newest satisfied revoke requests."""

    @property
    def refreshes(self) -> bool:
        """Whether what is pending is another secret of the robot that serves.

        An id alone does not tell: a Harbor that was restored gives it to another robot.
        """
        live, pending = self.live, self.pending
        if live is None or pending is None:
            return False
        return (live.robot_id, live.n) == (pending.robot_id, pending.n)

    def credentials(self) -> Iterator[Credential]:
        """The credentials that it holds, the serving one first."""
        return (c for c in (self.live, self.pending) if c is not None)

    def numbers(self) -> Iterator[int]:
        """Every robot number that the ledger mentions."""
        yield from (credential.n for credential in self.credentials())
        if self.attempt is not None:
            yield self.attempt.n
            yield from self.attempt.lost

    def begin(self, attempt: Attempt) -> "Ledger":
        """Open an attempt to make a robot, dropping what was pending."""
        return replace(self, pending=None, attempt=attempt)

    def fence(self, following: Attempt) -> "Ledger":
        """Give up the attempt's number for another one's: nobody can store its answer any more."""
        if self.attempt is None:
            raise ValueError("There is no attempt to fence.")
        lost = (*self.attempt.lost, self.attempt.n)
        return replace(self, attempt=replace(following, lost=lost))

    def refresh(self, attempt: Attempt, password: Secret, now: datetime) -> "Ledger":
        """Note the secret that the serving robot is to get next, before Harbor is told.

        Intent and answer are one here, since nobody but us makes the secret: whoever finds it
        pending can set it, again and again.
        """
        if self.live is None:
            raise ValueError("There is no live credential to refresh.")
        pending = replace(
            self.live,
            password=password,
            minted_at=now,
            cause=attempt.cause,
            edition=self.live.edition + 1,
        )
        return replace(self, pending=pending, attempt=attempt)

    def drop(self) -> "Ledger":
        """Give up what is pending; the request that it was to satisfy stays unsatisfied."""
        return replace(self, pending=None, attempt=None)

    def store(self, credential: Credential) -> "Ledger":
        """Keep Harbor's answer.

        It waits as ``pending`` until it is proven, beside the one that serves. Where none serves
        there is nothing to protect: it is ``live`` at once, and like every ``live`` it reaches no
        target before it is proven.
        """
        if self.live is None:
            return self._settled(credential)
        return replace(self, pending=credential)

    def promote(self) -> "Ledger":
        """Make the proven ``pending`` the live credential and close its attempt."""
        if self.pending is None:
            raise ValueError("There is no pending credential to promote.")
        return self._settled(self.pending)

    def renamed(self, username: str) -> "Ledger":
        """Follow a changed robot name prefix of Harbor in the serving robot's credentials."""
        if self.live is None:
            raise ValueError("There is no live credential to rename.")
        pending = self.pending
        if pending is not None and self.refreshes:
            pending = replace(pending, username=username)
        return replace(self, live=replace(self.live, username=username), pending=pending)

    def _settled(self, credential: Credential) -> "Ledger":
        attempt = self.attempt
        return Ledger(
            live=credential,
            handled=(attempt.token if attempt else None) or self.handled,
            revoked=attempt.revokes.over(self.revoked) if attempt else self.revoked,
        )


def encode(ledger: Ledger) -> Secret:
    """The text that the ledger's Secret holds."""
    document = {
        "live": _encode_credential(ledger.live),
        "pending": _encode_credential(ledger.pending),
        "attempt": _encode_attempt(ledger.attempt),
        "handled": ledger.handled,
        "revoked": _encode_revokes(ledger.revoked),
    }
    stated = {key: value for key, value in document.items() if value is not None}
    return Secret(json.dumps(stated, sort_keys=True))


def decode(text: str) -> Ledger:
    """Read a ledger's text.

    Raises:
        UnreadableLedgerError: It is not what `encode` writes. Its content is in no message.
    """
    try:
        document = json.loads(text)
        return Ledger(
            live=_decode_credential(document.get("live")),
            pending=_decode_credential(document.get("pending")),
            attempt=_decode_attempt(document.get("attempt")),
            handled=_token(document.get("handled")),
            revoked=_decode_revokes(document.get("revoked")),
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise UnreadableLedgerError("The ledger cannot be read.") from None


def _encode_credential(credential: Credential | None) -> dict[str, Any] | None:
    if credential is None:
        return None
    return {
        "n": credential.n,
        "robotID": credential.robot_id,
        "username": credential.username,
        "password": credential.password.reveal(),
        "mintedAt": credential.minted_at.isoformat(),
        "cause": credential.cause.value,
        "edition": credential.edition,
    }


def _decode_credential(document: Mapping[str, Any] | None) -> Credential | None:
    if document is None:
        return None
    return Credential(
        n=_number(document["n"]),
        robot_id=int(document["robotID"]),
        username=str(document["username"]),
        password=Secret(str(document["password"])),
        minted_at=_instant(document["mintedAt"]),
        cause=Cause(document["cause"]),
        edition=_number(document.get("edition", 1)),
    )


def _encode_attempt(attempt: Attempt | None) -> dict[str, Any] | None:
    if attempt is None:
        return None
    return {
        "n": attempt.n,
        "cause": attempt.cause.value,
        "token": attempt.token,
        "lost": list(attempt.lost),
        "revokes": _encode_revokes(attempt.revokes),
    }


def _decode_attempt(document: Mapping[str, Any] | None) -> Attempt | None:
    if document is None:
        return None
    return Attempt(
        n=_number(document["n"]),
        cause=Cause(document["cause"]),
        token=_token(document.get("token")),
        lost=tuple(map(_number, document["lost"])),
        revokes=_decode_revokes(document.get("revokes")),
    )


def _encode_revokes(revokes: Revokes) -> dict[str, Any] | None:
    return None if revokes == NO_REVOKES else {"own": revokes.own, "fleet": revokes.fleet}


def _decode_revokes(document: Mapping[str, Any] | None) -> Revokes:
    if document is None:
        return NO_REVOKES
    return Revokes(_token(document.get("own")), _token(document.get("fleet")))


def _number(value: object) -> int:
    if not isinstance(value, int) or not 1 <= value <= LAST_NUMBER:
        raise ValueError("A number is out of range.")
    return value


def _token(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("A request token is a text.")
    return value


def _instant(value: object) -> datetime:
    instant = datetime.fromisoformat(str(value))
    if instant.tzinfo is None:
        raise ValueError("An instant needs its offset from UTC.")
    return instant
