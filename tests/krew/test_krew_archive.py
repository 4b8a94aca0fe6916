"""The archive that krew would unpack, run as krew links it, with nothing but python3."""

import hashlib
import os
import socket
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from harbor_operator.cli.failures import ExitCode
from testbed.krew.archive import LAUNCHER, ROOT, pack
from testbed.krew.platforms import PYTHONS, this_machine

RUNNING = "{}.{}".format(*sys.version_info[:2])


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with archive and manifest, as `make krew` leaves it."""
    folder = tmp_path_factory.mktemp("packed")
    command = [sys.executable, "-m", "testbed.krew", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 -- this project's own program
    return folder


@pytest.fixture(scope="module")
def archive(packed: Path) -> Path:
    [found] = packed.glob("*.tar.gz")
    return found


@pytest.fixture
def unpacked(archive: Path, tmp_path: Path) -> Path:
    """Where krew would keep the archive's files."""
    folder = tmp_path / "store"
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder


def run(unpacked: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the plugin through krew's link, from an empty folder, by a Python without packages."""
    programs, empty = unpacked.parent / "bin", unpacked.parent / "empty"
    for folder in (programs, empty):
        folder.mkdir()
    (programs / LAUNCHER).symlink_to(unpacked / LAUNCHER)
    bare = Path(sys.base_prefix) / "bin" / f"python{RUNNING}"
    python = programs / "python3"
    python.write_text(f'#!/bin/sh\nexec {bare} -I "$@"\n')
    python.chmod(0o755)
    return subprocess.run(  # noqa: S603 -- as above
        [programs / LAUNCHER, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=empty,
        env={"PATH": str(programs), "HOME": str(empty)},
    )


def test_help_is_shown(unpacked: Path) -> None:
    done = run(unpacked, "--help")

    assert (done.returncode, done.stderr) == (ExitCode.FINE, "")
    assert done.stdout.startswith("usage: kubectl harbor ")


def test_the_version_is_that_of_the_manifest(unpacked: Path, packed: Path) -> None:
    manifest = yaml.safe_load((packed / "harbor.yaml").read_text())

    done = run(unpacked, "--version")

    assert f"kubectl harbor {manifest['spec']['version'].removeprefix('v')}\n" == done.stdout


def test_status_says_that_there_is_no_kubeconfig(unpacked: Path) -> None:
    done = run(unpacked, "status")

    assert (done.returncode, done.stdout) == (ExitCode.NO_ACCESS, "")
    assert done.stderr == "error: there is no kubeconfig ~/.kube/config\n"


def test_status_reaches_for_the_cluster_with_the_archives_own_libraries(
    unpacked: Path, tmp_path: Path
) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        cluster = {"server": f"http://127.0.0.1:{held.getsockname()[1]}"}
        config = {
            "clusters": [{"name": "gone", "cluster": cluster}],
            "users": [{"name": "me", "user": {"token": "made-up"}}],
            "contexts": [{"name": "gone", "context": {"cluster": "gone", "user": "me"}}],
            "current-context": "gone",
        }
        (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))

        done = run(unpacked, "--kubeconfig", str(tmp_path / "kubeconfig"), "status")

    assert (done.returncode, done.stdout) == (ExitCode.NO_ACCESS, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_a_python_without_packages_in_the_archive_is_told(unpacked: Path) -> None:
    (unpacked / "lib" / RUNNING).rename(unpacked / "elsewhere")

    done = run(unpacked, "--help")

    others = ", ".join(python for python in PYTHONS if python != RUNNING)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"error: kubectl harbor has packages for Python {others}, and python3 is {RUNNING}\n"
    )


def test_the_manifest_knows_the_archive(archive: Path, packed: Path) -> None:
    [entry] = yaml.safe_load((packed / "harbor.yaml").read_text())["spec"]["platforms"]

    assert entry["uri"] == archive.name
    assert entry["sha256"] == hashlib.sha256(archive.read_bytes()).hexdigest()
    with tarfile.open(archive) as tar:
        assert tar.getmember(entry["bin"]).mode == 0o755


def test_the_same_sources_make_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    again = pack(this_machine(), tmp_path)

    assert again.name == archive.name
    assert (
        hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(archive.read_bytes()).digest()
    )


def test_nothing_of_the_machine_that_packed_it_is_in_it(unpacked: Path) -> None:
    told = [
        path.relative_to(unpacked)
        for path in unpacked.rglob("*.dist-info/*")
        if path.is_file() and os.fsencode(ROOT) in path.read_bytes()
    ]

    assert told == []
    assert not [*unpacked.rglob("direct_url.json")]
