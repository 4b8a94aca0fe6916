"""Secrets of our own making, for robots whose secret is refreshed."""

import secrets
import string

from harbor_operator.core.secret import Secret

_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
"""Harbor wants one of each at least, and 8 to 128 characters."""

LENGTH = 32
"""As long as Harbor's own: 190 bits."""


def new_secret() -> Secret:
    """A secret that nobody can guess and Harbor accepts."""
    alphabet = "".join(_CLASSES)
    while True:
        text = "".join(secrets.choice(alphabet) for _ in range(LENGTH))
        if all(any(character in group for character in text) for group in _CLASSES):
            return Secret(text)
