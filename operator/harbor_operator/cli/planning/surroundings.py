"""What manifests refer to: objects of the files, and else of the cluster, if there is one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from harbor_operator.api.connection import CONNECTIONS, ConnectionSpec, ConnectionStatus
from harbor_operator.api.project import PROJECTS, ProjectSpec, ProjectStatus
from harbor_operator.api.resources import Resource
from harbor_operator.bridge.namespaces import summarize_namespace
from harbor_operator.bridge.webhook_headers import WebhookHeaders
from harbor_operator.cli.kinds import KINDS
from harbor_operator.cli.planning.manifests import AnyKind, Manifest, Manifests
from harbor_operator.core.namespaces import Namespace
from harbor_operator.core.secret import Secret
from harbor_operator.core.specs import ProjectKey
from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.errors import Forbidden, KubeError, NotFound, Transient, Unauthorized
from harbor_operator.kube.resources import NAMESPACES, JsonObject
from harbor_operator.kube.resources import Resource as KubeResource

T = TypeVar("T")
ProjectObject = Resource[ProjectSpec, ProjectStatus]
ConnectionObject = Resource[ConnectionSpec, ConnectionStatus]

_RESOURCES = {kind.resource.kind: kind.resource for kind in KINDS}
_SYSTEM = "kube-system"
"""The namespace whose uid is the cluster's id."""


@dataclass(slots=True)
class Surroundings:
    """Looks objects up; what may not be read becomes a note, and is as if it were not there."""

    manifests: Manifests
    kube: KubeClient | None = None
    """None: there is no cluster to ask, or it has failed to answer."""
    notes: dict[str, None] = field(default_factory=dict)
    """In the order in which they came up, each once."""
    _bodies: dict[tuple[str, str, str], JsonObject | None] = field(default_factory=dict)

    async def live(self, kind: AnyKind, namespace: str, name: str) -> JsonObject | None:
        """The object in the cluster; None where there is none."""
        return await self._get(_RESOURCES[kind.kind], namespace, name)

    async def connection(self, name: str) -> ConnectionObject | None:
        """A connection; its status is that of the cluster."""
        live = await self.live(CONNECTIONS, "", name)
        manifest = self.manifests.objects.get((CONNECTIONS.kind, "", name))
        if manifest is not None:
            return CONNECTIONS.parse(joined(manifest, live))
        return _parsed(CONNECTIONS.parse, live)

    async def project(self, key: ProjectKey) -> ProjectObject | None:
        """A HarborProject."""
        live = await self.live(PROJECTS, *key)
        manifest = self.manifests.objects.get((PROJECTS.kind, *key))
        if manifest is not None:
            return PROJECTS.parse(joined(manifest, live))
        return _parsed(PROJECTS.parse, live)

    async def namespace(self, name: str) -> Namespace:
        """A namespace with its labels; without any where they are not known."""
        stated = self.manifests.namespaces.get(name)
        if stated is not None:
            return Namespace(name, stated)
        body = await self._get(NAMESPACES, "", name)
        return Namespace(name) if body is None else summarize_namespace(body)

    async def cluster_id(self) -> str | None:
        """What the operator calls the cluster unless it is told otherwise."""
        body = await self._get(NAMESPACES, "", _SYSTEM, quietly=True)
        return None if body is None else str(body["metadata"]["uid"])

    def headers(self, namespace: str) -> "KnownHeaders":
        """Where the headers of a namespace's webhooks are."""
        return KnownHeaders(self.kube, namespace)

    async def _get(
        self, resource: KubeResource, namespace: str, name: str, *, quietly: bool = False
    ) -> JsonObject | None:
        key = (resource.plural, namespace, name)
        if key not in self._bodies:
            self._bodies[key] = await self._read(resource, namespace, name, quietly=quietly)
        return self._bodies[key]

    async def _read(
        self, resource: KubeResource, namespace: str, name: str, *, quietly: bool
    ) -> JsonObject | None:
        if self.kube is None:
            return None
        try:
            return await self.kube.get(resource, name, namespace=namespace or None)
        except NotFound:
            pass
        except Forbidden:
            if not quietly:
                within = f" in namespace {namespace}" if namespace else ""
                self.notes[f"you may not read {resource.plural}{within} of the cluster"] = None
        except (Transient, Unauthorized) as error:
            self.kube = None
            self.notes[f"the cluster was not asked, as it does not answer: {error.reason}"] = None
        return None


class KnownHeaders:
    """Reads webhooks' headers with the user's rights, and remembers which it could not read."""

    def __init__(self, kube: KubeClient | None, namespace: str) -> None:
        self._stored = WebhookHeaders(kube, namespace) if kube is not None else None
        self.unread: set[tuple[str, str]] = set()

    async def read(self, name: str, key: str) -> Secret | None:
        """The header; None: not there, not released, or not to be read here."""
        if self._stored is None:
            self.unread.add((name, key))
            return None
        try:
            return await self._stored.read(name, key)
        except KubeError:
            self.unread.add((name, key))
            return None


def joined(manifest: Manifest, live: JsonObject | None) -> JsonObject:
    """A manifest as the object would be once applied: what the cluster keeps of it stays."""
    metadata = {**manifest.body["metadata"]}
    kept = (live or {}).get("metadata") or {}
    return {
        **manifest.body,
        "metadata": {
            **{
                name: value for name, value in kept.items() if name not in {"annotations", "labels"}
            },
            **metadata,
            "namespace": manifest.namespace,
            "annotations": {
                **(kept.get("annotations") or {}),
                **(metadata.get("annotations") or {}),
            },
        },
        "status": (live or {}).get("status") or {},
    }


def _parsed(parse: Callable[[JsonObject], T], body: JsonObject | None) -> T | None:
    """The object; None where it is not there, or is not one that this version can read."""
    try:
        return None if body is None else parse(body)
    except ValidationError:
        return None
