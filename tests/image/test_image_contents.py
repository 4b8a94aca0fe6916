"""What is in the image: the operator, its locked packages, and nothing to build or install with."""

import re
import stat

import pytest

from tests.support.box import Box
from tests.support.deployed import ROOT
from tests.support.image_build import Image

TOOLS = (
    "pip",
    "pip3",
    "cc",
    "gcc",
    "g++",
    "c++",
    "clang",
    "make",
    "ld",
    "cargo",
    "go",
    "uv",
    "git",
)
MODULES = ("pip", "ensurepip", "setuptools", "wheel", "hatchling", "build")
DISTRIBUTIONS = "from importlib.metadata import distributions as d; print(*(x.name for x in d()))"


@pytest.fixture(scope="module")
def box(image: Image) -> Box:
    """The image with a read-only root, and no cluster."""
    return Box(image.root, user=image.stage.user, environment=image.environment)


@pytest.mark.parametrize("tool", TOOLS)
def test_no_tool_builds_or_installs(image: Image, tool: str) -> None:
    folders = [image.root / folder for folder in ("bin", "usr/bin", "usr/local/bin")]

    found = [path for folder in (*folders, image.root / "opt") for path in folder.rglob(tool)]

    assert [path for path in found if path.is_file() or path.is_symlink()] == []


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("python", ["python", "/usr/local/bin/python"])
def test_no_module_builds_or_installs(box: Box, python: str, module: str) -> None:
    status, said = box.attempt(python, "-I", "-c", f"import {module}")

    assert status == 1
    assert f"No module named '{module}'" in said


def test_no_archive_is_left_over(image: Image) -> None:
    left = [path for end in ("*.whl", "*.tar.gz") for path in image.root.rglob(end)]

    assert left == []
    assert list((image.root / "tmp").iterdir()) == []


def test_the_packages_are_the_locked_ones(box: Box) -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = re.findall(r"^([A-Za-z0-9_.-]+)==", lock, flags=re.MULTILINE)

    found = {_normal(name) for name in box.run("python", "-I", "-c", DISTRIBUTIONS).split()}

    assert found <= {_normal(name) for name in (*locked, "harbor-operator")}
    assert {"harbor-operator", "kopf", "kubernetes"} <= found


def _normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_nothing_belongs_to_the_user_or_makes_one_root(image: Image) -> None:
    files = [path for path in (image.root / "opt").rglob("*") if not path.is_symlink()]
    modes = {path: path.stat().st_mode for path in files}

    assert [path for path, mode in modes.items() if mode & (stat.S_ISUID | stat.S_ISGID)] == []
    assert [path for path, mode in modes.items() if mode & stat.S_IWOTH] == []
    assert {path.stat().st_uid for path in files}.isdisjoint(image.stage.user)
    assert files


def test_sources_and_tests_stay_outside(image: Image) -> None:
    assert not (image.root / "src").exists()
    assert list((image.root / "opt").rglob("testbed")) == []


def test_the_root_is_read_only_for_a_user_that_is_not_root(box: Box) -> None:
    tried = "import os, pathlib; print(os.getuid(), flush=True); pathlib.Path('/opt/new').touch()"

    status, said = box.attempt("python", "-I", "-c", tried)

    assert status == 1
    assert said.startswith(f"{box.user[0]}\n")
    assert "Read-only file system: '/opt/new'" in said


def test_the_base_is_named_once_and_can_be_pinned() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    bases = re.findall(r"^FROM (\S+)", dockerfile, flags=re.MULTILINE)

    assert set(bases) == {"${PYTHON_IMAGE}"}
    assert dockerfile.count("ARG PYTHON_IMAGE=") == 1
