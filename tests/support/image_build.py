"""The Dockerfile carried out in folders: each stage begins as a copy of the base."""

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.base_root import complete, make_base
from tests.support.box import Box
from tests.support.deployed import ROOT
from tests.support.dockerfile import Stage, copy, stages, with_variables

BASE_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/"}
"""HOME is what a runtime gives users that the image does not know."""
NETWORK = ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl", "/etc/pip.conf")
"""How the machine reaches other ones, and how its pip does."""


@dataclass(frozen=True, slots=True)
class Image:
    """What was built: a root and what the image says of how to run it."""

    root: Path
    stage: Stage
    environment: Mapping[str, str]


def build_image(folder: Path) -> Image:
    """Carry out all stages; the last one is the image."""
    base = folder / "base"
    make_base(base)
    roots: dict[str, Path] = {}
    for number, stage in enumerate(stages()):
        root = folder / f"stage-{number}"
        shutil.copytree(base, root, symlinks=True)
        environment = _carry_out(stage, root, roots)
        roots[stage.name] = root
    complete(root)
    return Image(root, stage, environment)


def _carry_out(stage: Stage, root: Path, others: Mapping[str, Path]) -> dict[str, str]:
    """Carry out one stage's instructions; the environment in which they end."""
    environment, directory = dict(BASE_ENVIRONMENT), "/"
    for word, arguments in stage.instructions:
        match word:
            case "ENV":
                environment = with_variables(environment, arguments)
            case "WORKDIR":
                directory = arguments
                _inside(root, directory).mkdir(parents=True)
            case "COPY":
                _copy(shlex.split(arguments), root, _inside(root, directory), others)
            case "RUN":
                _building(root, environment, directory).run("/bin/sh", "-ec", arguments)
            case "FROM" | "LABEL" | "USER" | "EXPOSE" | "ENTRYPOINT":
                pass  # said of the image, or done already
            case _:
                raise AssertionError(f"{word} is not known here")
    return environment


def _copy(arguments: list[str], root: Path, here: Path, others: Mapping[str, Path]) -> None:
    if arguments[0].startswith("--from="):
        stage, path, to = arguments
        other = others[stage.removeprefix("--from=")]
        shutil.copytree(_inside(other, path), _inside(root, to), symlinks=True)
        return
    *names, target = arguments
    for name in names:
        copy(ROOT / name, here / target)


def _building(root: Path, environment: Mapping[str, str], directory: str) -> Box:
    """Root of a container that can be written to and reaches package indexes."""
    return Box(
        root,
        user=(0, 0),
        environment={**dict(_of_pip()), **environment},
        directory=directory,
        writable=True,
        mounts={path: Path(path) for path in NETWORK if Path(path).exists()},
    )


def _of_pip() -> Iterator[tuple[str, str]]:
    """The caller's way to package indexes: Docker takes such variables as arguments of a build."""
    for name, value in os.environ.items():
        if name.startswith("PIP_") or name.lower().endswith("_proxy"):
            yield name, value


def _inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")
