"""What Harbor takes artifacts for, by their media types, and what it offers for each kind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
DOCKER_CONFIG: Final = "application/vnd.docker.container.image.v1+json"
HELM_CONFIG: Final = "application/vnd.cncf.helm.config.v1+json"
WASM_CONFIG: Final = "application/vnd.wasm.config.v1+json"
HARBOR_SBOM: Final = "application/vnd.goharbor.harbor.sbom.v1"
INDEX_TYPES: Final = frozenset({OCI_INDEX, DOCKER_LIST})
UNKNOWN: Final = "UNKNOWN"

_IMAGE_ICON = "sha256:0048162a053eef4d4ce3fe7518615bef084403614f8bca43b40ae2e762e11e06"
_CHART_ICON = "sha256:61cf3a178ff0f75bf08a25d96b75cf7355dc197749a9f128ed3ef34b0df05518"
_CNAB_ICON = "sha256:089bdda265c14d8686111402c8ad629e8177a1ceb7dcd0f7f39b6480f623b3bd"
_WASM_ICON = "sha256:badd7693bcaf115be202748241dd0ea6ee3b0524bfab9ac22d1e1c43721afec6"
_SBOM_ICON = "sha256:c19f80c357cd7e90d2a01b9ae3e2eb62ce447a2662bb590a19177d72d550bdae"
_DEFAULT_ICON = "sha256:da834479c923584f4cbcdecc0dac61f32bef1d51e8aae598cf16bd154efab49f"
"""The digests of the pictures that Harbor shows."""
_NAMED_CONFIG = re.compile(r"application/vnd\.[^.]*\.(.*)\.config\.[^.]*\+json")


@dataclass(frozen=True, slots=True)
class ArtifactKind:
    """A kind of artifact: its name in the API, its picture, and its additions."""

    name: str
    icon: str
    additions: tuple[str, ...] = ()


BUILD_HISTORY: Final = "build_history"
CHART_ADDITIONS: Final = ("values.yaml", "readme.md", "dependencies")
_IMAGE = ArtifactKind("IMAGE", _IMAGE_ICON, (BUILD_HISTORY,))
_INDEX = ArtifactKind("IMAGE", _IMAGE_ICON)
_KINDS: Final[Mapping[str, ArtifactKind]] = {
    OCI_CONFIG: _IMAGE,
    DOCKER_CONFIG: _IMAGE,
    OCI_INDEX: _INDEX,
    DOCKER_LIST: _INDEX,
    HELM_CONFIG: ArtifactKind("CHART", _CHART_ICON, CHART_ADDITIONS),
    WASM_CONFIG: ArtifactKind("WASM", _WASM_ICON, (BUILD_HISTORY,)),
    "application/vnd.cnab.manifest.v1": ArtifactKind("CNAB", _CNAB_ICON),
    HARBOR_SBOM: ArtifactKind("SBOM", _SBOM_ICON),
}


def kind_of(artifact_type: str, media_type: str) -> ArtifactKind:
    """The kind of an artifact; its own `artifactType` goes before the type of its config.

    Any other config of the form `application/vnd.<who>.<what>.config.<version>+json` names the
    kind itself, but only the config does: an `artifactType` of that form is not looked at.
    """
    known = _KINDS.get(artifact_type or media_type)
    if known is not None:
        return known
    match = _NAMED_CONFIG.fullmatch(media_type)
    return ArtifactKind(match[1].upper() if match else UNKNOWN, _DEFAULT_ICON)
