"""The Secrets and ConfigMaps that a connection names."""

from dataclasses import dataclass

from pydantic import SecretStr

from harbor_operator.api.base import SecretRef
from harbor_operator.api.conditions import Reason
from harbor_operator.api.connection import CABundleRef, ConnectionSpec, SourceKind
from harbor_operator.engine.faults import Blocked
from harbor_operator.engine.ports import Kube
from harbor_operator.engine.sources import Source
from harbor_operator.kube.errors import NotFound
from harbor_operator.kube.resources import CONFIG_MAPS, SECRETS
from harbor_operator.kube.secret_data import decode


@dataclass(frozen=True, slots=True)
class StoredLogin:
    """A user name and password, and which state of which Secret they are from."""

    username: str
    password: SecretStr
    version: str


def sources_of(spec: ConnectionSpec) -> frozenset[Source]:
    """What the connection is made from; a change of it is noticed at once."""
    upstreams = [entry.credentials_secret_ref for entry in spec.registries]
    logins = (spec.credentials_secret_ref, *upstreams)
    sources = {Source(SECRETS, ref.namespace, ref.name) for ref in logins if ref is not None}
    bundle = spec.ca_bundle_ref
    if bundle is not None:
        resource = SECRETS if bundle.kind is SourceKind.SECRET else CONFIG_MAPS
        sources.add(Source(resource, bundle.namespace, bundle.name))
    return frozenset(sources)


async def read_login(
    kube: Kube, ref: SecretRef, field: str = "credentialsSecretRef"
) -> StoredLogin:
    """Read a Secret of type kubernetes.io/basic-auth.

    Args:
        kube: Where from.
        ref: Which one.
        field: Which field of the spec names it, for people.

    Raises:
        Blocked: It is not there, or one of its keys is not.
    """
    place = f"Secret {ref.namespace}/{ref.name}"
    try:
        body = await kube.get(SECRETS, ref.name, namespace=ref.namespace)
    except NotFound:
        message = f"{place} of {field} does not exist: create it, with keys username and password."
        raise Blocked(Reason.CREDENTIALS_MISSING, message) from None
    username, password = decode(body, "username"), decode(body, "password")
    if not username or not password:
        raise Blocked(Reason.CREDENTIALS_MISSING, f"{place} needs the keys username and password.")
    metadata = body["metadata"]
    return StoredLogin(
        username.strip(),
        SecretStr(password.rstrip("\r\n")),
        version=f"{metadata['uid']}/{metadata['resourceVersion']}",
    )


async def read_bundle(kube: Kube, ref: CABundleRef) -> str:
    """Read certificates in PEM form.

    Raises:
        Blocked: There is no such object, or no such key in it.
    """
    secret = ref.kind is SourceKind.SECRET
    resource = SECRETS if secret else CONFIG_MAPS
    place = f"{ref.kind.value} {ref.namespace}/{ref.name}"
    try:
        body = await kube.get(resource, ref.name, namespace=ref.namespace)
    except NotFound:
        raise Blocked(
            Reason.INVALID_SPEC, f"{place} of caBundleRef does not exist: create it."
        ) from None
    text = decode(body, ref.key) if secret else (body.get("data") or {}).get(ref.key)
    if not text:
        raise Blocked(Reason.INVALID_SPEC, f"{place} of caBundleRef has no key {ref.key}.")
    return str(text)
