"""Manifests as files hold them: documents, objects, and what is wrong with them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from typing_extensions import override

from harbor_operator.api.base import API_VERSION, GROUP
from harbor_operator.api.crds import KINDS
from harbor_operator.api.resources import CustomResource, Scope
from harbor_operator.api.validation import problems_of

AnyKind = CustomResource[Any, Any]
Body = Mapping[str, Any]
Key = tuple[str, str, str]
"""Kind, namespace (empty for a connection) and name."""

_BY_KIND: Final[Mapping[str, AnyKind]] = {kind.kind: kind for kind in KINDS}
_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):
    """Reads YAML as kubectl does: times stay texts, and a key stands once in a map."""

    @override
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"key {key!r} stands twice in a map", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """One valid object of the operator's kinds."""

    kind: AnyKind
    namespace: str
    """Empty for a connection."""
    name: str
    body: Body
    place: str
    """The file and document that it is from, for people."""

    @property
    def key(self) -> Key:
        """What tells it from all others."""
        return self.kind.kind, self.namespace, self.name


@dataclass(frozen=True, slots=True)
class Manifests:
    """All that was read."""

    objects: Mapping[Key, Manifest] = field(default_factory=dict)
    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The labels of the Namespaces that stand there too, by their names."""
    ignored: Mapping[str, int] = field(default_factory=dict)
    """How many documents of other kinds there were, by kind."""
    problems: tuple[str, ...] = ()
    """What the API server or kubectl would refuse, one line each."""


def read_manifests(texts: Iterable[tuple[str, str]], namespace: str) -> Manifests:
    """Read files of YAML or JSON.

    Args:
        texts: The name of each file and its text.
        namespace: That of objects that name none.
    """
    reading = _Reading(namespace)
    for source, text in texts:
        reading.take_file(source, text)
    return Manifests(
        reading.objects, reading.namespaces, dict(reading.ignored), tuple(reading.problems)
    )


class _Reading:
    """What has been read so far."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self.objects: dict[Key, Manifest] = {}
        self.namespaces: dict[str, Mapping[str, str]] = {}
        self.ignored: Counter[str] = Counter()
        self.problems: list[str] = []

    def take_file(self, source: str, text: str) -> None:
        """Take in each document of a file."""
        try:
            documents = [*yaml.load_all(text, Loader=_Loader)]
        except yaml.YAMLError as error:
            self.problems.append(f"{source}: not YAML: {_place_in(error)}")
            return
        for number, document in enumerate(documents, start=1):
            place = source if len(documents) == 1 else f"{source}, document {number}"
            for body in _objects_in(document):
                self._take(body, place)

    def _take(self, body: object, place: str) -> None:
        if not isinstance(body, Mapping) or not isinstance(body.get("kind"), str):
            self.ignored["no kind"] += 1
            return
        group, _, _ = str(body.get("apiVersion")).rpartition("/")
        name, kind = body["kind"], _BY_KIND.get(body["kind"])
        if group != GROUP or kind is None:
            self._note_other(name, body)
        elif body["apiVersion"] != API_VERSION:
            self.problems.append(f"{place}: {name}: apiVersion has to be {API_VERSION}")
        else:
            self._take_ours(kind, body, place)

    def _note_other(self, kind: str, body: Body) -> None:
        self.ignored[kind] += 1
        metadata = body.get("metadata")
        if kind == "Namespace" and isinstance(metadata, Mapping):
            labels = metadata.get("labels")
            stated = labels if isinstance(labels, Mapping) else {}
            self.namespaces[str(metadata.get("name"))] = {str(k): str(v) for k, v in stated.items()}

    def _take_ours(self, kind: AnyKind, body: Body, place: str) -> None:
        metadata = body.get("metadata")
        name = metadata.get("name") if isinstance(metadata, Mapping) else None
        if not isinstance(metadata, Mapping) or not isinstance(name, str):
            self.problems.append(f"{place}: {kind.kind}: metadata.name has to be given")
            return
        within = str(metadata.get("namespace") or self._namespace)
        namespace = within if kind.scope is Scope.NAMESPACED else ""
        manifest = Manifest(kind, namespace, name, body, place)
        where = f"{place}: {kind.kind} {f'{namespace}/' if namespace else ''}{name}"
        found = problems_of(kind, body)
        self.problems.extend(f"{where}: {problem}" for problem in found)
        earlier = self.objects.get(manifest.key)
        if earlier is not None:
            self.problems.append(f"{where}: it stands in {earlier.place} already")
        elif not found:
            self.objects[manifest.key] = manifest


def _objects_in(document: object) -> Iterator[object]:
    """The objects of a document, which may be a list as kubectl prints it."""
    if document is None:
        return
    is_list = isinstance(document, Mapping) and document.get("kind") == "List"
    yield from (
        document.get("items") or () if is_list and isinstance(document, Mapping) else [document]
    )


def _place_in(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return "it cannot be read"
