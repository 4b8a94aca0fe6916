"""What a block of settings needs to reach Harbor."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from harbor_operator.api.project import ProjectSpec
from harbor_operator.core.tenancy import TenantRule
from harbor_operator.engine.ports import Kube
from harbor_operator.harbor.client import HarborClient
from harbor_operator.harbor.models import Project

O_co = TypeVar("O_co", covariant=True)
W_contra = TypeVar("W_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Scene:
    """One look at one project: where to read, and what has been read already."""

    harbor: HarborClient
    kube: Kube
    namespace: str
    spec: ProjectSpec
    """The spec with the tenant rule's defaults filled in."""
    rule: TenantRule
    login: str
    """The user that the operator is in Harbor; empty for a robot."""
    project: Project


class Adapter(Protocol[O_co, W_contra]):
    """Reads and writes one block; it decides nothing."""

    async def observe(self, scene: Scene) -> O_co:
        """Read what the block compares.

        Raises:
            HarborError, KubeError: It cannot be read.
        """

    async def write(self, scene: Scene, write: W_contra) -> None:
        """Carry out one write of the block.

        Raises:
            Blocked: Harbor does not accept it, and a person has to change something.
            HarborError: Any other failure.
        """
