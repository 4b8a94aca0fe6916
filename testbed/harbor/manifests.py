"""What a pushed manifest says, as Harbor reads it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from testbed.harbor.artifact_kinds import (
    DOCKER_CONFIG,
    INDEX_TYPES,
    OCI_CONFIG,
    UNKNOWN,
    WASM_CONFIG,
    kind_of,
)

_WASM_ANNOTATIONS = (("module.wasm.image/variant", "compat"), ("run.oci.handler", "wasm"))
_CNAB_ANNOTATION = "org.opencontainers.artifactType"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest or an index; `document` is its parsed content and `size` that in bytes."""

    digest: str
    size: int
    manifest_media_type: str
    document: Mapping[str, Any]

    @property
    def is_index(self) -> bool:
        """Whether it names other manifests instead of layers."""
        return self.manifest_media_type in INDEX_TYPES

    @property
    def config(self) -> Mapping[str, Any]:
        """The descriptor of its config; empty for an index."""
        return self.document.get("config") or {}

    @property
    def layers(self) -> list[Mapping[str, Any]]:
        """The descriptors of its layers."""
        return self.document.get("layers") or []

    @property
    def children(self) -> list[Mapping[str, Any]]:
        """The descriptors of the manifests in an index."""
        return (self.document.get("manifests") or []) if self.is_index else []

    @property
    def subject_digest(self) -> str:
        """The digest of the manifest that this one is about; empty for none."""
        return str((self.document.get("subject") or {}).get("digest", ""))

    @property
    def annotations(self) -> dict[str, str]:
        """Its own annotations."""
        return dict(self.document.get("annotations") or {})

    @property
    def media_type(self) -> str:
        """The type of its config; an index has none, so there it is its own or an annotation's."""
        if self.is_index:
            return self.annotations.get(_CNAB_ANNOTATION) or self.manifest_media_type
        if any(self.annotations.get(key) == value for key, value in _WASM_ANNOTATIONS):
            return WASM_CONFIG
        return str(self.config.get("mediaType", ""))

    @property
    def artifact_type(self) -> str:
        """The type that it names, else that of its config; empty for an index that names none."""
        return str(self.document.get("artifactType") or self.config.get("mediaType", ""))

    @property
    def blobs(self) -> dict[str, int]:
        """The sizes of its parts and itself, by digest."""
        parts = [part for part in (self.config, *self.layers) if part]
        return {part["digest"]: part["size"] for part in parts} | {self.digest: self.size}

    @property
    def tells_of_config(self) -> bool:
        """Whether its config is shown with the artifact."""
        return bool(self.config.get("size")) and self._kind_name != UNKNOWN

    def attributes(self, config: Mapping[str, Any]) -> dict[str, object]:
        """What is shown of it (`extra_attrs`), by the content of its config."""
        if (self.artifact_type or self.media_type) not in {OCI_CONFIG, DOCKER_CONFIG}:
            return dict(config)
        return {
            "architecture": config.get("architecture", ""),
            "author": config.get("author", ""),
            "config": config.get("config", {}),
            "created": config.get("created"),
            "os": config.get("os", ""),
        }

    @property
    def _kind_name(self) -> str:
        return kind_of(self.artifact_type, self.media_type).name


def read_manifest(raw: bytes, content_type: str) -> Manifest:
    """A manifest by its bytes and the type that it was sent with."""
    document = json.loads(raw)
    return Manifest(
        digest=f"sha256:{hashlib.sha256(raw).hexdigest()}",
        size=len(raw),
        manifest_media_type=document.get("mediaType") or content_type,
        document=document,
    )
