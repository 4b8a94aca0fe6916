"""The document that container runtimes read their registry logins from."""

import base64
import json
from collections.abc import Collection

from harbor_operator.core.secret import Secret

KEY = ".dockerconfigjson"


def render(hosts: Collection[str], username: str, password: Secret) -> Secret:
    """The ``.dockerconfigjson`` text that logs in to every host, byte for byte repeatable.

    Each host is a bare ``host[:port]``, which is the form that kubelet, containerd, crane and
    helm match; ``auth`` is kept beside user and password since older clients read only that.
    """
    pair = f"{username}:{password.reveal()}".encode()
    entry = {
        "username": username,
        "password": password.reveal(),
        "auth": base64.b64encode(pair).decode("ascii"),
    }
    document = {"auths": dict.fromkeys(sorted(hosts), entry)}
    return Secret(json.dumps(document, sort_keys=True, separators=(",", ":")))


def username_in(text: str) -> str | None:
    """The one user name that a ``.dockerconfigjson`` logs in with, None if unreadable or mixed."""
    try:
        auths = json.loads(text)["auths"]
        names = {str(entry["username"]) for entry in auths.values()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return names.pop() if len(names) == 1 else None


def login_in(text: str) -> tuple[str, Secret] | None:
    """The one login that a ``.dockerconfigjson`` holds, None if unreadable or mixed."""
    try:
        auths = json.loads(text)["auths"]
        logins = {(str(entry["username"]), str(entry["password"])) for entry in auths.values()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    if len(logins) != 1:
        return None
    username, password = logins.pop()
    return username, Secret(password)
