"""The vulnerabilities that block no pull, as the project itself shows them."""

from datetime import UTC, datetime

from harbor_operator.bridge.project_blocks.adapter import Scene
from harbor_operator.core.project.blocks.allowed_cves import (
    AllowedCVEs,
    InheritSystem,
    ReplaceList,
)
from harbor_operator.harbor.models import AllowlistItem, CveAllowlist, Project

_REUSE_SYSTEM = "reuse_sys_cve_allowlist"


def seen_in(project: Project) -> AllowedCVEs:
    """The allowlist of a row in Harbor's list of projects; without a word the system's counts."""
    expiry = project.cve_allowlist.expires_at
    return AllowedCVEs(
        inherit=project.metadata.get(_REUSE_SYSTEM, "true") != "false",
        ids=project.cve_allowlist.ids,
        expires_at=datetime.fromtimestamp(expiry, UTC) if expiry else None,
    )


class AllowedCVEsAdapter:
    """Reads the project's row and writes the list, which is replaced as a whole."""

    async def observe(self, scene: Scene) -> AllowedCVEs:
        """The list, and whether it counts."""
        return seen_in(scene.project)

    async def write(self, scene: Scene, write: InheritSystem | ReplaceList) -> None:
        """Choose whose list counts, and replace the project's own."""
        project, projects = scene.project.id, scene.harbor.projects
        match write:
            case InheritSystem():
                await projects.update(project, metadata={_REUSE_SYSTEM: "true"})
            case ReplaceList():
                await projects.update(
                    project, metadata={_REUSE_SYSTEM: "false"}, cve_allowlist=_list(write)
                )


def _list(write: ReplaceList) -> CveAllowlist:
    return CveAllowlist(
        items=tuple(AllowlistItem(cve_id=id_) for id_ in sorted(write.ids)),
        expires_at=int(write.expires_at.timestamp()) if write.expires_at else None,
    )
