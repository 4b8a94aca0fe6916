"""Makes an archive: a launcher, and libraries for each version of Python beside it."""

import gzip
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Final

from testbed.errors import WorldError
from testbed.krew.platforms import PYTHONS, Platform

ROOT: Final = Path(__file__).parents[2]
SOURCE: Final = ROOT / "deploy" / "krew"
LOCK: Final = SOURCE / "requirements.lock"
LAUNCHER: Final = "kubectl-harbor"
_SHARED: Final = "any"
_EXECUTABLE, _READABLE = 0o755, 0o644
_UV: Final = Path(sys.executable).parent / "uv"


class PackingError(WorldError):
    """The packages could not be fetched or built; uv's words are on standard error."""


def pack(platform: Platform, folder: Path) -> Path:
    """Make the archive for a platform; the same sources and lock make the same bytes.

    Raises:
        PackingError: a package is not to be had.
    """
    archive = folder / f"{LAUNCHER}-{platform.name}.tar.gz"
    with tempfile.TemporaryDirectory(prefix="krew-") as made:
        root = Path(made)
        libraries = root / "lib"
        for python in PYTHONS:
            _install(platform, python, libraries / python)
        _share([libraries / python for python in PYTHONS], libraries / _SHARED)
        _install_plugin(libraries / _SHARED, root / "wheels")
        shutil.rmtree(root / "wheels")
        shutil.copy(SOURCE / LAUNCHER, root)
        shutil.copy(ROOT / "LICENSE", root)
        _write(root, archive)
    return archive


def _install(platform: Platform, python: str, folder: Path) -> None:
    locked = ("--no-deps", "--require-hashes", "--only-binary=:all:", "--requirements", str(LOCK))
    built_for = ("--python-platform", platform.wheels, "--python-version", python)
    _uv("pip", "install", *built_for, "--target", str(folder), *locked)
    shutil.rmtree(folder / "bin", ignore_errors=True)


def _install_plugin(folder: Path, wheels: Path) -> None:
    environment = ("--no-build-isolation", "--python", sys.executable)
    _uv("build", "--wheel", *environment, "--out-dir", str(wheels), str(ROOT))
    [wheel] = wheels.glob("*.whl")
    # uv would note beside it from where it came.
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)  # noqa: S202 -- made the line before


def _uv(*words: str) -> None:
    done = subprocess.run([_UV, *words, "--quiet"], check=False)
    if done.returncode != 0:
        raise PackingError(f"uv {' '.join(words[:2])} ended with code {done.returncode}")


def _share(trees: list[Path], shared: Path) -> None:
    """Keep what is not compiled once: it is the same for every Python."""
    common = set.intersection(*({*_not_compiled(tree)} for tree in trees))
    for path in sorted(common):
        (shared / path).parent.mkdir(parents=True, exist_ok=True)
        (trees[0] / path).rename(shared / path)
        for tree in trees[1:]:
            (tree / path).unlink()


def _not_compiled(tree: Path) -> Iterator[Path]:
    """The files of all distributions in a tree that hold no compiled code."""
    for info in tree.glob("*.dist-info"):
        distribution = PathDistribution(info)
        if "Root-Is-Purelib: true" not in (distribution.read_text("WHEEL") or ""):
            continue
        for file in distribution.files or ():
            if (tree / file).is_file():
                yield Path(file)


def _write(root: Path, archive: Path) -> None:
    with (
        archive.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                tar.add(path, path.relative_to(root), recursive=False, filter=_plain)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without what differs from one machine or day to the next."""
    entry.mode = _EXECUTABLE if entry.name == LAUNCHER else _READABLE
    entry.mtime = entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry
