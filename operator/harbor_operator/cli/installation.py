"""What a Deployment says of the operator that it runs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from harbor_operator.kube.client import KubeClient
from harbor_operator.kube.resources import JsonObject, Resource
from harbor_operator.kube.selection import Selection

DEPLOYMENTS: Final = Resource("apps", "v1", "deployments", "Deployment")

_NAME: Final = "harbor-operator"
_LABELS: Final = ("app.kubernetes.io/name", "app.kubernetes.io/part-of")
"""On the pods: kustomize sets the first one, the chart both, and lets people change the first."""

_CONTAINER: Final = "operator"
_PREFIX: Final = "HARBOR_OPERATOR_"


@dataclass(frozen=True, slots=True)
class Installation:
    """One operator that a Deployment runs.

    Attributes:
        namespace: Where it is.
        name: What the Deployment is called.
        image: Its image.
        account: Its ServiceAccount.
        wanted: How many replicas it shall have.
        ready: How many are ready.
        settings: What it was told, by the name that the setting has as a flag without the hyphens
            in front; None where the value stands in another object.
        readable: Whether these are all: none comes from an object that is named as a whole.
    """

    namespace: str
    name: str
    image: str
    account: str
    wanted: int
    ready: int
    settings: Mapping[str, str | None]
    readable: bool

    @property
    def path(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}/{self.name}"


async def find_installations(client: KubeClient) -> list[Installation]:
    """The operators of this cluster.

    Raises:
        Forbidden: The user may not list Deployments in all namespaces.
        KubeError: The call failed for another reason.
    """
    listed = await client.collect(Selection(DEPLOYMENTS), installation_of)
    return [one for one in listed.items if one is not None]


def installation_of(body: JsonObject) -> Installation | None:
    """Read a Deployment; None where it does not run the operator."""
    spec = body.get("spec") or {}
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    pod = template.get("spec") or {}
    container = next((c for c in pod.get("containers") or () if c.get("name") == _CONTAINER), None)
    if container is None or _NAME not in {labels.get(label) for label in _LABELS}:
        return None
    metadata = body["metadata"]
    return Installation(
        namespace=metadata["namespace"],
        name=metadata["name"],
        image=str(container.get("image", "")),
        account=str(pod.get("serviceAccountName") or "default"),
        wanted=int(spec.get("replicas", 1)),
        ready=int((body.get("status") or {}).get("readyReplicas", 0)),
        settings={**dict(_variables(container)), **dict(_flags(container))},
        readable=not container.get("envFrom"),
    )


def _variables(container: JsonObject) -> Iterator[tuple[str, str | None]]:
    for entry in container.get("env") or ():
        name = str(entry.get("name", ""))
        if name.startswith(_PREFIX):
            key = name.removeprefix(_PREFIX).lower().replace("_", "-")
            yield key, None if "valueFrom" in entry else str(entry.get("value", ""))


def _flags(container: JsonObject) -> Iterator[tuple[str, str]]:
    words: Iterable[str] = (*(container.get("command") or ()), *(container.get("args") or ()))
    pending = ""
    for word in words:
        if pending and not word.startswith("--"):
            yield pending, word
            pending = ""
        elif word.startswith("--"):
            name, stated, value = word.removeprefix("--").partition("=")
            pending = "" if stated else name
            if stated:
                yield name, value
