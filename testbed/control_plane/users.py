"""Who may talk to the control plane, and the kubeconfig files that say so."""

import base64
import csv
import io
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

_TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class User:
    """A name in the control plane's static token file."""

    name: str
    groups: tuple[str, ...] = ()
    token: str = field(default_factory=lambda: secrets.token_urlsafe(_TOKEN_BYTES), repr=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an API server listens, which authority vouches for it, and where one is at home."""

    url: str
    authority: bytes = field(repr=False)
    """PEM."""
    namespace: str = "default"


def token_file(users: Iterable[User]) -> str:
    """The users in the format of the API server's `--token-auth-file`."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerows([user.token, user.name, user.name, ",".join(user.groups)] for user in users)
    return text.getvalue()


def write_kubeconfig(path: Path, endpoint: Endpoint, *, user: str, token: str) -> Path:
    """Write a self-contained kubeconfig, readable by its owner only."""
    authority = base64.b64encode(endpoint.authority).decode()
    cluster = {"server": endpoint.url, "certificate-authority-data": authority}
    context = {"cluster": "testbed", "user": user, "namespace": endpoint.namespace}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "testbed", "cluster": cluster}],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{"name": "testbed", "context": context}],
        "current-context": "testbed",
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path
