"""A small stand-in for the image's base: a Python under /usr/local, a shell, and their libraries.

It has what the Dockerfile's instructions need of python:slim, pip included, and nothing else. Which
Python that is can differ from the image's: `IMAGE_PYTHON` names one, else it is the tests' own.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection
from importlib.metadata import distribution
from pathlib import Path

PROGRAMS = ("sh", "rm")
"""What RUN instructions need besides Python."""
MOUNT_POINTS = ("dev", "proc", "tmp", "etc", "var/run/secrets/kubernetes.io/serviceaccount")
"""Where a container's runtime mounts something."""
FOR_PACKAGES = ("libgcc_s.so.1", "libstdc++.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1")
"""Shared libraries of python:slim that its Python does not need itself, but packages may."""
LEFT_OUT = ("test", "tests", "idlelib", "tkinter", "turtledemo", "site-packages", "__pycache__")
"""Parts of a Python's library that are large and not of use to anybody here."""
_DESCRIBE = (
    "import sys; print(sys.base_prefix, f'python{sys.version_info[0]}.{sys.version_info[1]}')"
)


def make_base(root: Path) -> None:
    """Fill a folder that does not exist yet."""
    interpreter = os.environ.get("IMAGE_PYTHON") or sys.executable
    prefix, name = _said(interpreter, "-I", "-c", _DESCRIBE).split()
    local = root / "usr" / "local"
    for folder in ("usr/local/bin", "bin", *MOUNT_POINTS):
        (root / folder).mkdir(parents=True)
    shutil.copy(Path(prefix, "bin", name), local / "bin" / name)
    for alias in ("python", "python3"):
        (local / "bin" / alias).symlink_to(name)
    library = Path("lib", name)
    ignored = shutil.ignore_patterns(*LEFT_OUT, "config-*")
    shutil.copytree(prefix / library, local / library, ignore=ignored, symlinks=True)
    _add_pip(local, name)
    for program in PROGRAMS:
        shutil.copy(_required(program), root / "bin" / program)
    _add_libraries(root)


def complete(root: Path) -> None:
    """Add what python:slim has for compiled packages; whatever else they need stays missing."""
    _add_libraries(root, only=FOR_PACKAGES)


def _add_libraries(root: Path, *, only: Collection[str] = ()) -> None:
    """Add the machine's shared libraries that programs and modules in a folder are linked with."""
    binaries = [path for path in root.rglob("*") if _is_binary(path)]
    for library in {needed for binary in binaries for needed in _linked_with(binary)}:
        target = root / library.lstrip("/")
        if not only or target.name in only:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, target)


def _add_pip(local: Path, name: str) -> None:
    """Our own pip: that of an older Python does not know what the Dockerfile asks of it."""
    site = local / "lib" / name / "site-packages"
    found = distribution("pip")
    for folder in ("pip", f"pip-{found.version}.dist-info"):
        shutil.copytree(str(found.locate_file(folder)), site / folder)
    (local / "bin" / "pip").symlink_to("pip3")
    (local / "bin" / "pip3").write_text('#!/bin/sh\nexec python -m pip "$@"\n', encoding="utf-8")


def _is_binary(path: Path) -> bool:
    if not path.is_file() or path.is_symlink():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _linked_with(binary: Path) -> list[str]:
    """Where the dynamic loader finds what a binary needs, the loader itself included."""
    done = subprocess.run(  # noqa: S603 -- the system's own program
        [_required("ldd"), binary], capture_output=True, text=True, check=False
    )
    return re.findall(r"(?:^|\s)(/\S+) \(0x", done.stdout)


def _required(program: str) -> str:
    found = shutil.which(program)
    assert found, f"{program} is needed: it is not on PATH"
    return found


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
