"""Charts of released versions, as users have them installed, and the next one."""

from pathlib import Path

from tests.support.deployed import ROOT
from tests.support.helm import CHART, Helm

RELEASES = ROOT / "tests" / "chart" / "releases"
NEXT = "99.0.0"
"""A version after all others, so that the chart of the working tree is one to upgrade to."""


def released() -> dict[str, Path]:
    """The packaged chart of each released version, oldest first."""
    folders = sorted(RELEASES.iterdir(), key=lambda folder: numbers(folder.name))
    return {folder.name: folder / f"harbor-operator-{folder.name}.tgz" for folder in folders}


def numbers(version: str) -> tuple[int, ...]:
    """A version as it is compared."""
    return tuple(map(int, version.split(".")))


async def package_next(helm: Helm, folder: Path) -> Path:
    """Package the chart of the working tree as the next version."""
    versions = (f"--version={NEXT}", f"--app-version={NEXT}")
    await helm("package", str(CHART), f"--destination={folder}", *versions)
    return folder / f"harbor-operator-{NEXT}.tgz"
