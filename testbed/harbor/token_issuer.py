"""The bearer tokens that Harbor's token service signs and its registry endpoint accepts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "harbor-token-issuer"
SERVICE = "harbor-registry"
_KEY_BITS = 2048


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows on one resource."""

    type: str
    name: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """The part of a token that decides: for whom, since when (epoch seconds), what."""

    subject: str
    issued_at: int
    grants: tuple[Grant, ...]


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)


@dataclass(slots=True)
class TokenIssuer:
    """Signs and checks tokens with a key of its own."""

    _key: rsa.RSAPrivateKey = field(default_factory=_new_key, repr=False)

    def issue(
        self, subject: str, grants: Sequence[Grant] | None, *, now: int, lifetime_seconds: int
    ) -> str:
        """A signed token; an empty subject (an anonymous caller) is left out."""
        access = None
        if grants is not None:
            access = [
                {"type": grant.type, "name": grant.name, "actions": list(grant.actions)}
                for grant in grants
            ]
        claims = {
            "iss": ISSUER,
            **({"sub": subject} if subject else {}),
            "aud": [SERVICE],
            "exp": now + lifetime_seconds,
            "nbf": now,
            "iat": now,
            "jti": uuid4().hex,
            "access": access,
        }
        return jwt.encode(claims, self._key, algorithm="RS256")

    def verify(self, token: str, now: int) -> TokenClaims | None:
        """The claims of a token of this issuer that has not expired, else None."""
        try:
            claims = jwt.decode(
                token,
                self._key.public_key(),
                algorithms=["RS256"],
                audience=SERVICE,
                issuer=ISSUER,
                # The simulated clock decides about time, not the one that the library reads.
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return None
        if claims["exp"] <= now:
            return None
        grants = (
            Grant(entry["type"], entry["name"], tuple(entry["actions"]))
            for entry in claims["access"] or ()
        )
        return TokenClaims(claims.get("sub", ""), claims["iat"], tuple(grants))
