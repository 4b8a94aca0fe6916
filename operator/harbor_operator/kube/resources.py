"""The kinds of Kubernetes objects as plain data: where they live in the API, how they are named."""

from dataclasses import dataclass
from sys import intern
from typing import Any, NamedTuple
from urllib.parse import quote

JsonObject = dict[str, Any]
"""A decoded JSON object as the API server sends and takes it."""

_FORBIDDEN_NAMES = frozenset({"", ".", ".."})
_FORBIDDEN_CHARACTERS = frozenset("/%")


class InvalidNameError(ValueError):
    """A name or namespace that cannot be one segment of an API path."""


class ObjectKey(NamedTuple):
    """Namespace and name of an object; the namespace is empty for cluster-scoped kinds."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of object, in one version of the API.

    Attributes:
        group: API group, empty for the core group.
        version: API version inside the group, such as `v1`.
        plural: Name used in paths, such as `secrets`.
        kind: Name used in bodies, such as `Secret`.
        namespaced: Whether its objects live in namespaces.
    """

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """Group and version as the `apiVersion` of a body spells them."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def confidential(self) -> bool:
        """Whether bodies hold secrets, so that even the server's error messages may repeat some."""
        return not self.group and self.plural == "secrets"

    def collection_path(self, namespace: str | None = None) -> str:
        """Path of all objects, or of those in one namespace.

        Raises:
            InvalidNameError: The namespace cannot be part of a path.
        """
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        if not self.namespaced or namespace is None:
            return f"{root}/{self.plural}"
        return f"{root}/namespaces/{_segment(namespace)}/{self.plural}"

    def object_path(
        self, name: str, *, namespace: str | None = None, subresource: str | None = None
    ) -> str:
        """Path of one object, or of a subresource of it such as `status`.

        Raises:
            InvalidNameError: The name or the namespace cannot be part of a path, or the namespace
                of a namespaced kind is missing.
        """
        if self.namespaced and namespace is None:
            raise InvalidNameError(f"{self.plural} {name!r} needs a namespace")
        path = f"{self.collection_path(namespace)}/{_segment(name)}"
        return f"{path}/{_segment(subresource)}" if subresource else path


def _segment(name: str) -> str:
    """Encode a name as one path segment, under the rules that Kubernetes has for all names."""
    if name in _FORBIDDEN_NAMES or _FORBIDDEN_CHARACTERS.intersection(name):
        raise InvalidNameError(f"{name!r} cannot name a Kubernetes object")
    return quote(name, safe="")


def key_of(body: JsonObject) -> ObjectKey:
    """Namespace and name of an object that the API server sent.

    Both are texts that thousands of keys have in common, so they are kept only once.
    """
    metadata = body["metadata"]
    return ObjectKey(intern(metadata.get("namespace", "")), intern(metadata["name"]))


NAMESPACES = Resource("", "v1", "namespaces", "Namespace", namespaced=False)
SECRETS = Resource("", "v1", "secrets", "Secret")
SERVICE_ACCOUNTS = Resource("", "v1", "serviceaccounts", "ServiceAccount")
CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap")
LEASES = Resource("coordination.k8s.io", "v1", "leases", "Lease")
EVENTS = Resource("events.k8s.io", "v1", "events", "Event")


def pointer(*keys: str) -> str:
    """The path of a field for a JSON patch (RFC 6901)."""
    return "".join(f"/{key.replace('~', '~0').replace('/', '~1')}" for key in keys)
