"""Scanners: which one a project uses, and which it could use."""

from harbor_operator.bridge.project_blocks.adapter import Scene
from harbor_operator.core.project.blocks.scanner import ChooseScanner, ScannersSeen


class ScannerAdapter:
    """Reads and chooses a project's scanner."""

    async def observe(self, scene: Scene) -> ScannersSeen:
        """The scanner in use; the candidates only where another one is wanted."""
        scanners, project = scene.harbor.scanners, scene.project.id
        current = await scanners.of_project(project)
        name, wanted = current.name if current else None, scene.spec.scanning.scanner
        if wanted in {None, name}:
            return ScannersSeen(name, default=current is not None and current.is_default)
        candidates = await scanners.candidates(project)
        return ScannersSeen(name, {row.name: row.uuid for row in candidates if not row.disabled})

    async def write(self, scene: Scene, write: ChooseScanner) -> None:
        """Choose a scanner."""
        await scene.harbor.scanners.choose(scene.project.id, write.uuid)
