"""The files that the chart carries with it, since Helm reads nothing outside of a chart.

Their sources are those of the installation by kustomize, and what a plain Prometheus is given.
"""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = "files"
"""The folder of the copies in the chart; nothing else may be in it."""


def copies(root: Path = ROOT) -> dict[str, str]:
    """The text of every copy by its path in the chart."""
    return {target: source.read_text(encoding="utf-8") for target, source in _sources(root)}


def _sources(root: Path) -> Iterator[tuple[str, Path]]:
    for definition in sorted((root / "crds").glob("*.yaml")):
        kind = definition.name.partition("_")[2]
        yield f"{FILES}/crds/{kind}", definition
    for policy in sorted((root / "deploy" / "admission").glob("*.yaml")):
        yield f"{FILES}/admission/{policy.name}", policy
    for name in ("alerts.yaml", "dashboard.json"):
        yield f"{FILES}/monitoring/{name}", root / "deploy" / "monitoring" / name
    yield f"{FILES}/role.yaml", root / "deploy" / "kustomize" / "role.yaml"
