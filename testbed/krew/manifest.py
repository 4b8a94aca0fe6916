"""The manifest by which krew finds the archive of a platform and knows that it is the right one."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from testbed.krew.archive import LAUNCHER, SOURCE
from testbed.krew.platforms import Platform


def write(folder: Path, version: str, archives: Mapping[Platform, Path], repository: str) -> Path:
    """Write `harbor.yaml`.

    Args:
        folder: where to.
        version: the plugin's, without a `v`.
        archives: the archive of each platform.
        repository: address of the repository whose release has them; empty for one not published.
    """
    manifest = yaml.safe_load((SOURCE / "harbor.yaml").read_text(encoding="utf-8"))
    spec = manifest["spec"]
    spec["version"] = f"v{version}"
    if repository:
        spec["homepage"] = repository
    release = f"{repository}/releases/download/v{version}/" if repository else ""
    spec["platforms"] = [_entry(each, path, release) for each, path in archives.items()]
    written = folder / "harbor.yaml"
    written.write_text(yaml.safe_dump(manifest, sort_keys=False), encoding="utf-8")
    return written


def _entry(platform: Platform, archive: Path, release: str) -> dict[str, Any]:
    return {
        "selector": {"matchLabels": {"os": platform.os, "arch": platform.arch}},
        "uri": f"{release}{archive.name}",
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "bin": LAUNCHER,
    }
