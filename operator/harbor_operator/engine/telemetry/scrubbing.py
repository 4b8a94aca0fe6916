"""The last net under log lines: what looks like a credential is taken out of them.

Nothing should ever be caught in it, as whatever carries a credential prints nothing of it; a
library's message or a traceback may know no better.
"""

import re

_GONE = r"\g<kept>[redacted]"
_CREDENTIALS = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        r"(?P<kept>\b(?:basic|bearer)\s+)[\w.~+/=-]{16,}",
        r"(?P<kept>\b(?:password|secret|token|\w+_token|auth)[\"']?\s*[:=]\s*b?[\"'])[^\"']{4,}",
        r"(?P<kept>\b(?:principal=[^&\s]*&)?password=)[^&\s\"']+",
        r"(?P<kept>\b(?:sid|_gorilla_csrf|__csrf)=)[^;\s\"',]+",
        r"(?P<kept>://)[^/\s:@]*:[^/\s@]+(?=@)",
        r"(?P<kept>)\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
        r"(?P<kept>-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END|\Z)",
    )
)


def scrubbed(text: str) -> str:
    """The text without what looks like a password, a token, a cookie or a private key."""
    for pattern in _CREDENTIALS:
        text = pattern.sub(_GONE, text)
    return text
