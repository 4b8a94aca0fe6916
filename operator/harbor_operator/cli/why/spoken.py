"""What the kubelet and the container runtime mean by their messages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Symptom(StrEnum):
    """What stopped a pull, as far as a message tells."""

    SEVERITY = "BlockedBySeverity"
    SIGNATURE = "BlockedBySignature"
    POLICY = "BlockedByPolicy"
    UNKNOWN_AUTHORITY = "UnknownAuthority"
    CERTIFICATE_TIME = "CertificateTime"
    CERTIFICATE_NAME = "CertificateName"
    PLAIN_HTTP = "PlainHTTP"
    TOO_LARGE = "TooLarge"
    TOO_MANY = "TooManyRequests"
    NO_SUCH_HOST = "NoSuchHost"
    CONNECTION_REFUSED = "ConnectionRefused"
    TIMEOUT = "Timeout"
    FORBIDDEN = "Forbidden"
    UNAUTHORIZED = "Unauthorized"
    NOT_FOUND = "NotFound"


LOGIN: Final = frozenset({Symptom.FORBIDDEN, Symptom.UNAUTHORIZED})
"""Those that a login can be guilty of."""

_PATTERNS: Final = {
    Symptom.SEVERITY: r"current image with.*configured policy( in '[^']*')?",
    Symptom.SIGNATURE: r"is not signed",
    Symptom.POLICY: r"PROJECT_?POLICY_?VIOLATION|412 Precondition Failed",
    Symptom.UNKNOWN_AUTHORITY: r"x509: certificate signed by unknown authority",
    Symptom.CERTIFICATE_TIME: r"x509: certificate has expired or is not yet valid.*",
    Symptom.CERTIFICATE_NAME: (
        r"x509: (certificate is (not )?valid for|cannot validate certificate for"
        r"|certificate is not valid for any|certificate relies on legacy).*"
    ),
    Symptom.PLAIN_HTTP: r"server gave HTTP response to HTTPS client",
    Symptom.TOO_LARGE: r"\b413 (Request Entity|Payload|Content) Too Large",
    Symptom.TOO_MANY: r"429 Too Many Requests|toomanyrequests|pull QPS exceeded",
    Symptom.NO_SUCH_HOST: r"no such host|server misbehaving|name resolution",
    Symptom.CONNECTION_REFUSED: r"connection refused|no route to host|network is unreachable",
    Symptom.TIMEOUT: r"i/o timeout|deadline exceeded|TLS handshake timeout|awaiting headers",
    Symptom.FORBIDDEN: r"403 Forbidden",
    Symptom.UNAUTHORIZED: (
        r"\bunauthorized\b|access denied|access to the resource is denied"
        r"|no basic auth credentials|insufficient_scope|authorization failed"
    ),
    Symptom.NOT_FOUND: (
        r"manifest[ _]unknown|name[ _]unknown|repository name not known|404 Not Found"
        r"|: not found|NOT_FOUND"
    ),
}
"""The more particular one first: a refusal by policy speaks of more than the policy."""

_COMPILED: Final = {
    symptom: re.compile(pattern, re.IGNORECASE) for symptom, pattern in _PATTERNS.items()
}
_ADDRESS: Final = re.compile(r"https?://[^\s\"']*")
_MARKED_TOKEN: Final = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_LONG: Final = 300


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message that was understood, and the words in it that told."""

    symptom: Symptom
    words: str


def understand(messages: Iterable[str], image: str) -> Spoken | None:
    """Read the first message that tells something; the image's own name tells nothing."""
    for message in messages:
        text = harmless(message).replace(image, "IMAGE")
        for symptom, pattern in _COMPILED.items():
            if found := pattern.search(text):
                return Spoken(symptom, found.group()[:_LONG].rstrip(' "'))
    return None


def harmless(message: str) -> str:
    """A message without what may hold a token: addresses lose all but their host."""
    return _MARKED_TOKEN.sub(r"\1 …", _ADDRESS.sub(_host, " ".join(message.split())))


def _host(found: re.Match[str]) -> str:
    scheme, _, rest = found.group().partition("://")
    host = re.split(r"[/?#]", rest)[0].rpartition("@")[2]
    return f"{scheme}://{host}"
