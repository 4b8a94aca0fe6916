"""Upstream registries: the endpoints in Harbor that proxy caches copy from.

An endpoint that the operator made carries the connection's mark as its description. One without
it was there before: it is brought in line in place, and never deleted.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from harbor_operator.api.conditions import Reason
from harbor_operator.api.registries import UpstreamRegistry
from harbor_operator.core.steps import Change, Comparison, Step, Trouble, Verb

REGISTRIES = "registries"

CERTIFICATES_SINCE = (2, 15)
"""Before this release Harbor ignores a registry's certificate without a word."""

SECRET_CHANGED = "credentialsSecretRef"  # noqa: S105 -- the name of a field, not a password.
"""The field of a change that only follows the Secret: nobody has touched Harbor."""

_MARK = re.compile(r"Managed by ClusterHarborConnection (\S+) of cluster (\S+)")
"""What `mark_of` makes."""


@dataclass(frozen=True, slots=True)
class Login:
    """What Harbor logs in with, without the password."""

    username: str
    version: str
    """Which state of which Secret it was read from."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A registry as Harbor has it."""

    id: int
    name: str
    type: str
    url: str
    insecure: bool = False
    ca_certificate: str = ""
    username: str = ""
    has_secret: bool = False
    mark: str = ""
    """Its description."""


@dataclass(frozen=True, slots=True)
class UpstreamsSeen:
    """All registries in Harbor, and the credentials for those of the spec."""

    mark: str
    """What an endpoint of this connection's making has as its description."""
    endpoints: tuple[Endpoint, ...] = ()
    logins: Mapping[str, Login | Trouble] = field(default_factory=dict)
    """By the registry's name, where the spec names a Secret."""
    sent: Mapping[int, str] = field(default_factory=dict)
    """Which version of its credentials Harbor was given last, by the endpoint's id."""


@dataclass(frozen=True, slots=True)
class CreateUpstream:
    """Make an endpoint, with our mark."""

    name: str
    type: str
    url: str
    mark: str
    insecure: bool = False
    ca_certificate: str = ""
    login: Login | None = None


@dataclass(frozen=True, slots=True)
class UpdateUpstream:
    """Change what is given of an endpoint."""

    id: int
    name: str
    url: str | None = None
    insecure: bool | None = None
    ca_certificate: str | None = None
    login: Login | None = None
    """Credentials to be sent; None: Harbor keeps or drops what it has."""
    drop_login: bool = False


@dataclass(frozen=True, slots=True)
class DeleteUpstream:
    """Remove an endpoint of our own making."""

    id: int
    name: str


def mark_of(cluster_id: str, connection: str) -> str:
    """What tells whose an endpoint is; people see it in Harbor as its description."""
    return f"Managed by ClusterHarborConnection {connection} of cluster {cluster_id}"


def marked_by(description: str) -> tuple[str, str] | None:
    """The cluster and the connection that a description names; None where it is no mark."""
    match = _MARK.fullmatch(description)
    return (match[2], match[1]) if match else None


def compare_upstreams(
    desired: tuple[UpstreamRegistry, ...],
    observed: UpstreamsSeen | Trouble | None,
    release: tuple[int, int],
) -> Comparison:
    """The endpoints to be made, changed and deleted, for a release of Harbor (major, minor)."""
    if observed is None:
        return Comparison()
    if isinstance(observed, Trouble):
        return Comparison(troubles=(observed,))
    parts = [_compare(entry, observed, release) for entry in desired]
    steps = (step for part in parts for step in part.steps)
    return Comparison(
        steps=(*steps, *_removals(desired, observed)),
        troubles=tuple(trouble for part in parts for trouble in part.troubles),
    )


def report_upstreams(
    desired: tuple[UpstreamRegistry, ...], observed: UpstreamsSeen | Trouble | None
) -> dict[str, Any]:
    """The status field; nothing where it cannot be told."""
    if isinstance(observed, Trouble):
        return {}
    if observed is None:
        return {REGISTRIES: []}
    names = {entry.name for entry in desired}
    listed = [
        _reported(endpoint, observed.sent.get(endpoint.id) if endpoint.username else None)
        for endpoint in observed.endpoints
        if endpoint.name in names or endpoint.mark == observed.mark
    ]
    return {REGISTRIES: listed}


def _reported(endpoint: Endpoint, version: str | None) -> dict[str, Any]:
    reported = {"name": endpoint.name, "id": endpoint.id, "credentialsVersion": version}
    return {key: value for key, value in reported.items() if value is not None}


def _compare(
    entry: UpstreamRegistry, observed: UpstreamsSeen, release: tuple[int, int]
) -> Comparison:
    login = observed.logins.get(entry.name)
    if isinstance(login, Trouble):
        return Comparison(troubles=(login,))
    troubles: tuple[Trouble, ...] = ()
    if entry.ca_certificate is not None and release < CERTIFICATES_SINCE:
        entry = entry.model_copy(update={"ca_certificate": None})
        troubles = (_certificate_ignored(entry.name),)
    seen = next((row for row in observed.endpoints if row.name == entry.name), None)
    if seen is None:
        return Comparison((_creation(entry, login, observed.mark),), troubles)
    if seen.type != entry.type:
        return Comparison(troubles=(_another_type(entry, seen),))
    return Comparison(tuple(_update(entry, seen, login, observed.sent.get(seen.id))), troubles)


def _certificate_ignored(name: str) -> Trouble:
    return Trouble(
        Reason.INVALID_SPEC,
        f"Registry {name}: caCertificate needs Harbor 2.15 or newer, so it is left out here.",
    )


def _another_type(entry: UpstreamRegistry, seen: Endpoint) -> Trouble:
    return Trouble(
        Reason.INVALID_SPEC,
        f"Registry {entry.name} exists in Harbor with type {seen.type}, and Harbor cannot change"
        f" that to {entry.type.value}: choose another name.",
    )


def _creation(entry: UpstreamRegistry, login: Login | None, mark: str) -> Step:
    write = CreateUpstream(
        name=entry.name,
        type=entry.type.value,
        url=normalized(entry.url),
        mark=mark,
        insecure=bool(entry.insecure_skip_tls_verify),
        ca_certificate=entry.ca_certificate or "",
        login=login,
    )
    change = Change(REGISTRIES, entry.name, None, write.url)
    return Step(REGISTRIES, Verb.CREATE, entry.name, (change,), write)


def _update(
    entry: UpstreamRegistry, seen: Endpoint, login: Login | None, sent: str | None
) -> Iterator[Step]:
    changes = (*_address_changes(entry, seen), *_login_changes(seen, login, sent))
    if not changes:
        return
    fields = {change.field for change in changes}
    moved = "url" in fields
    send = moved or bool(fields & {"credentials", SECRET_CHANGED})
    write = UpdateUpstream(
        seen.id,
        entry.name,
        url=normalized(entry.url) if moved else None,
        insecure=entry.insecure_skip_tls_verify if "insecureSkipTLSVerify" in fields else None,
        ca_certificate=entry.ca_certificate if "caCertificate" in fields else None,
        # Harbor forgets the secret when it is given another address without one.
        login=login if send else None,
        drop_login=login is None and "credentials" in fields,
    )
    yield Step(REGISTRIES, Verb.UPDATE, entry.name, changes, write)


def _address_changes(entry: UpstreamRegistry, seen: Endpoint) -> Iterator[Change]:
    url = normalized(entry.url)
    if url != seen.url:
        yield Change(REGISTRIES, "url", seen.url, url)
    insecure = entry.insecure_skip_tls_verify
    if insecure is not None and insecure != seen.insecure:
        before, after = str(seen.insecure).lower(), str(insecure).lower()
        yield Change(REGISTRIES, "insecureSkipTLSVerify", before, after)
    bundle = entry.ca_certificate
    if bundle is not None and bundle.strip() != seen.ca_certificate.strip():
        yield Change(REGISTRIES, "caCertificate", seen.ca_certificate or None, bundle)


def _login_changes(seen: Endpoint, login: Login | None, sent: str | None) -> Iterator[Change]:
    """What differs of the credentials; Harbor shows the user name, and whether there is a secret.

    Another secret that somebody else has put there cannot be seen.
    """
    before = seen.username or None
    if login is None:
        if before is not None:
            yield Change(REGISTRIES, "credentials", before, None)
    elif sent != login.version:
        yield Change(REGISTRIES, SECRET_CHANGED, sent, login.version)
    elif before != login.username or not seen.has_secret:
        yield Change(REGISTRIES, "credentials", before, login.username)


def _removals(desired: tuple[UpstreamRegistry, ...], observed: UpstreamsSeen) -> Iterator[Step]:
    names = {entry.name for entry in desired}
    for row in observed.endpoints:
        if row.mark == observed.mark and row.name not in names:
            change = Change(REGISTRIES, row.name, row.url, None)
            write = DeleteUpstream(row.id, row.name)
            yield Step(REGISTRIES, Verb.DELETE, row.name, (change,), write)


def normalized(url: str) -> str:
    """An address as Harbor keeps it: without a slash at its end, its path decoded."""
    parts = urlsplit(url.strip(" ").rstrip("/"))
    return f"{parts.scheme}://{parts.netloc}{unquote(parts.path)}"
