"""Upstream registries: where proxy caches copy from."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from harbor_operator.api.base import SecretRef
from harbor_operator.api.model import ApiModel, Rule
from harbor_operator.api.values import Certificates, RegistryName, Text

MAX_REGISTRIES: Final = 64
"""More than there are public registries; Harbor states no limit."""


class RegistryType(StrEnum):
    """Which program or service a registry is, in Harbor's words."""

    HARBOR = "harbor"
    DOCKER_HUB = "docker-hub"
    DOCKER_REGISTRY = "docker-registry"
    ALI_ACR = "ali-acr"
    AWS_ECR = "aws-ecr"
    AZURE_ACR = "azure-acr"
    DTR = "dtr"
    GITHUB_GHCR = "github-ghcr"
    GITLAB = "gitlab"
    GOOGLE_GCR = "google-gcr"
    HUAWEI_SWR = "huawei-SWR"
    JFROG_ARTIFACTORY = "jfrog-artifactory"
    QUAY = "quay"
    TENCENT_TCR = "tencent-tcr"
    VOLCENGINE_CR = "volcengine-cr"


class UpstreamRegistry(ApiModel):
    """One registry that proxy caches may copy from."""

    name: RegistryName
    """Name of the registry in Harbor."""

    type: RegistryType
    """Which program or service it is, in Harbor's words, such as docker-hub; immutable."""

    url: str = Field(min_length=8, max_length=256, pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$")
    """The registry's address, without a user."""

    credentials_secret_ref: SecretRef | None = None
    """The Secret of type kubernetes.io/basic-auth that Harbor logs in with. Absent: Harbor does
    not log in."""

    insecure_skip_tls_verify: bool | None = None
    """Whether Harbor talks to it without a look at its certificate. Absent: left as it is."""

    ca_certificate: Certificates | None = None
    """Certificates in PEM form that Harbor trusts for it, from Harbor 2.15 on. Absent: left as it
    is."""


REGISTRY_TYPES_STAY: Final = Rule(
    "!has(self.registries) || !has(oldSelf.registries) || self.registries.all(entry,"
    " oldSelf.registries.all(old, old.name != entry.name || old.type == entry.type))",
    "registries: the type of a registry is immutable: give the new one another name",
    field="registries",
)
"""The rule of a spec with upstream registries: Harbor cannot change the type of one."""


class RegistryStatus(ApiModel):
    """An upstream registry as it is in Harbor."""

    name: Text
    """Name of the registry."""

    id: int = Field(ge=1)
    """The registry's number in Harbor."""

    credentials_version: Text | None = None
    """The version of the Secret whose credentials Harbor was given last."""
