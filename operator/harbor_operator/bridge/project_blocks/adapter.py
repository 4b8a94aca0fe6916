"""What a block of settings needs to reach Harbor."""

from dataclasses import dataclass
from typing import Protocol, TypeVar

from harbor_operator.api.project import ProjectSpec
from harbor_operator.core.secret import Secret
from harbor_operator.core.steps import Trouble
from harbor_operator.core.tenancy import TenantRule
from harbor_operator.harbor.client import HarborClient
from harbor_operator.harbor.models import Project

O_co = TypeVar("O_co", covariant=True)
W_contra = TypeVar("W_contra", contravariant=True)


class Headers(Protocol):
    """The values of webhooks' Authorization headers, which are kept beside the project's object."""

    async def read(self, name: str, key: str) -> Secret | None:
        """The value under a key of a Secret; None: not there, or not released for webhooks.

        Raises:
            KubeError: It cannot be read.
        """


class Hindered(Exception):  # noqa: N818 -- it says what happened to a step, which is no defect
    """A person has to change something before a step can be made."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.message)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Scene:
    """One look at one project: where to read, and what has been read already."""

    harbor: HarborClient
    headers: Headers
    spec: ProjectSpec
    """The spec with the tenant rule's defaults filled in."""
    rule: TenantRule
    login: str
    """The user that is logged in to Harbor; empty for a robot."""
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
            Hindered: Harbor does not accept it, and a person has to change something.
            HarborError: Any other failure.
        """
