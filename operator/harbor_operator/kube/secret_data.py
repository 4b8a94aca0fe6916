"""What a Secret holds."""

import base64

from harbor_operator.kube.resources import JsonObject


def decode(body: JsonObject, key: str) -> str | None:
    """One value of a Secret as text, None when it is not there or not text."""
    try:
        return base64.b64decode((body.get("data") or {})[key]).decode()
    except (KeyError, ValueError, TypeError):
        return None
