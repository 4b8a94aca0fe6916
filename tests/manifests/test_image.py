"""The image's build steps, carried out without a container engine."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.deployed import ROOT
from tests.support.dockerfile import copy, stages

PREFIX = "/opt/harbor-operator"
WHEELS = "/tmp/wheel"  # noqa: S108 -- a path inside the image's build stage


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the build stage leaves behind: its files are copied and its commands run."""
    folder = tmp_path_factory.mktemp("image")
    source, target = folder / "src", folder / "target"
    source.mkdir()
    build, _ = stages()
    for arguments in build.every("COPY"):
        *names, _ = arguments.split()
        for name in names:
            copy(ROOT / name, source / name)
    for command in build.every("RUN"):
        here = command.replace(PREFIX, str(target)).replace(WHEELS, str(folder / "wheel"))
        run(["sh", "-ec", here], source)
    return target


def run(command: list[str], folder: Path) -> str:
    """Run a command as the image would: with this Python first on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603 -- commands of our own Dockerfile
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_what_is_installed_runs_by_itself(built: Path, tmp_path: Path) -> None:
    said = run([str(built / "bin" / "python"), "-I", "-m", "harbor_operator", "--help"], tmp_path)

    assert "Kubernetes operator for Harbor" in said


def test_it_runs_where_nothing_can_be_written(built: Path, tmp_path: Path) -> None:
    folders = [path for path in built.rglob("*") if path.is_dir() and not path.is_symlink()]
    for path in (built, *folders):
        path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    before = sorted(built.rglob("*"))

    run([str(built / "bin" / "python"), "-I", "-B", "-m", "harbor_operator", "--help"], tmp_path)

    after = sorted(built.rglob("*"))
    for path in (built, *folders):
        path.chmod(stat.S_IRWXU)
    assert after == before


def test_nothing_but_the_locked_packages_is_installed(built: Path, tmp_path: Path) -> None:
    names = "from importlib.metadata import distributions as d; print(*(x.name for x in d()))"
    said = run([str(built / "bin" / "python"), "-I", "-c", names], tmp_path)

    locked = re.findall(r"^([A-Za-z0-9_.-]+)==", read("requirements.lock"), flags=re.MULTILINE)
    allowed = {normal(name) for name in (*locked, "harbor-operator")}
    assert {normal(name) for name in said.split()} <= allowed
    assert "harbor-operator" in {normal(name) for name in said.split()}


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(name: str) -> str:
    """A file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_image_runs_as_a_number_that_is_not_root() -> None:
    _, final = stages()

    assert 0 not in final.user


def test_the_image_starts_the_operator_without_a_shell() -> None:
    _, final = stages()

    assert final.entrypoint == ["python", "-m", "harbor_operator"]


def test_nothing_is_installed_into_the_final_stage() -> None:
    _, final = stages()

    assert [command for command in final.every("RUN") if not command.startswith("rm -rf ")] == []
    [copied] = final.every("COPY")
    assert copied == f"--from=build {PREFIX} {PREFIX}"


def test_the_context_lets_in_what_is_copied_and_nothing_else() -> None:
    build, _ = stages()
    copied = {name for arguments in build.every("COPY") for name in arguments.split()[:-1]}

    lines = read(".dockerignore").splitlines()

    assert lines[1] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == copied
