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


@dataclass(frozen=True, slots=True)
class Credential:
    """One robot's login, as Harbor answered it once."""

    n: int
    robot_id: int
    username: str
    password: Secret
    minted_at: datetime
    """When Harbor answered, by Harbor's clock."""
    cause: Cause = Cause.CREATED


@dataclass(frozen=True, slots=True)
class Attempt:
    """The intent to make robot ``n``, written before anything is asked of Harbor."""

    n: int
    cause: Cause = Cause.CREATED
    token: str | None = None
    """The rotation request that this attempt satisfies, as it stood when the attempt began."""
    lost: tuple[int, ...] = ()
    """Numbers whose answer nobody can store any more."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known of a robot's credentials; see the module for who may change it."""

    live: Credential | None = None
    pending: Credential | None = None
    attempt: Attempt | None = None
    handled: str | None = None
    """The newest satisfied rotation request."""

    def credentials(self) -> Iterator[Credential]:
        """The credentials that it holds, the serving one first."""
        return (c for c in (self.live, self.pending) if c is not None)

    def numbers(self) -> Iterator[int]:
        """Every robot number that the ledger mentions."""
        yield from (credential.n for credential in self.credentials())
        if self.attempt is not None:
            yield self.attempt.n
            yield from self.attempt.lost

    def begin(self, n: int, cause: Cause, token: str | None) -> "Ledger":
        """Open an attempt to make robot ``n``, dropping what was pending."""
        return replace(self, pending=None, attempt=Attempt(n, cause, token))

    def fence(self, n: int, token: str | None) -> "Ledger":
        """Give up the attempt's number: from here on nobody can store its answer."""
        if self.attempt is None:
            raise ValueError("There is no attempt to fence.")
        lost = (*self.attempt.lost, self.attempt.n)
        return replace(self, attempt=replace(self.attempt, n=n, token=token, lost=lost))

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
        """Follow a changed robot name prefix of Harbor in the live credential."""
        if self.live is None:
            raise ValueError("There is no live credential to rename.")
        return replace(self, live=replace(self.live, username=username))

    def _settled(self, credential: Credential) -> "Ledger":
        handled = self.attempt.token if self.attempt else None
        return Ledger(live=credential, handled=handled or self.handled)


def encode(ledger: Ledger) -> Secret:
    """The text that the ledger's Secret holds."""
    document = {
        "live": _encode_credential(ledger.live),
        "pending": _encode_credential(ledger.pending),
        "attempt": _encode_attempt(ledger.attempt),
        "handled": ledger.handled,
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
    )


def _encode_attempt(attempt: Attempt | None) -> dict[str, Any] | None:
    if attempt is None:
        return None
    return {
        "n": attempt.n,
        "cause": attempt.cause.value,
        "token": attempt.token,
        "lost": list(attempt.lost),
    }


def _decode_attempt(document: Mapping[str, Any] | None) -> Attempt | None:
    if document is None:
        return None
    return Attempt(
        n=_number(document["n"]),
        cause=Cause(document["cause"]),
        token=_token(document.get("token")),
        lost=tuple(map(_number, document["lost"])),
    )


def _number(value: object) -> int:
    if not isinstance(value, int) or not 1 <= value <= LAST_NUMBER:
        raise ValueError("A robot's number is out of range.")
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
