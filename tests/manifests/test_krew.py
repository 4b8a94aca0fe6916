"""What the plugin's archives are made of, and what krew is told of them."""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from testbed.krew import manifest
from testbed.krew.archive import LAUNCHER, LOCK
from testbed.krew.platforms import PLATFORMS, PYTHONS, PlatformError, named
from tests.support.deployed import ROOT

LOADED = """
import sys
from importlib import import_module
from harbor_operator.cli import running
from harbor_operator.cli.table import all_commands
for command in all_commands():
    import_module(command.program)
print(*(name for name, module in sys.modules.items() if getattr(module, "__file__", None)))
"""
OWN_PACKAGES = ("pynacl", "cffi", "pycparser")
"""What only the plugin needs, to encrypt for GitHub."""
OPTIONAL = ("click", "pygments", "rich")
"""What httpx imports where it happens to be installed, for a command of its own."""
REPOSITORY = "https://example.com/team/harbor-operator"


def locked(path: Path) -> dict[str, list[str]]:
    """The hashes of each package and version of a lock file."""
    entries = re.split(r"\n(?=\w)", path.read_text(encoding="utf-8"))
    return {entry.split()[0]: re.findall(r"--hash=sha256:\w+", entry) for entry in entries if entry}


def test_an_archive_has_the_packages_that_the_operator_has_and_few_of_its_own() -> None:
    ours, operators = locked(LOCK), locked(ROOT / "requirements.lock")
    own = {name for name in ours if name.partition("==")[0] in OWN_PACKAGES}

    assert len(ours) > 10
    assert {name: operators.get(name) for name in ours.keys() - own} == {
        name: hashes for name, hashes in ours.items() if name not in own
    }
    assert len(own) == len(OWN_PACKAGES)


def test_an_archive_has_every_package_that_the_plugin_imports() -> None:
    done = subprocess.run(  # noqa: S603 -- this project's own program
        [sys.executable, "-S", "-c", LOADED],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )

    roots = {name.partition(".")[0] for name in done.stdout.split()}
    owners = packages_distributions()
    loaded = {owner.lower().replace("_", "-") for root in roots for owner in owners.get(root, ())}
    packed = {name.partition("==")[0] for name in locked(LOCK)}
    assert {"aiohttp", "kubernetes", "pyyaml"} <= loaded
    assert loaded - {"harbor-operator", *OPTIONAL} <= packed


def test_an_archive_serves_every_python_that_the_project_takes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["requires-python"] == f">={PYTHONS[0]}"
    template = yaml.safe_load((ROOT / "deploy" / "krew" / "harbor.yaml").read_text())
    assert f"version {PYTHONS[0]} to {PYTHONS[-1]}" in template["spec"]["caveats"]


@pytest.mark.parametrize(
    ("repository", "release"),
    [("", ""), (REPOSITORY, f"{REPOSITORY}/releases/download/v1.2.3/")],
    ids=["local", "released"],
)
def test_krew_finds_each_platforms_archive(tmp_path: Path, repository: str, release: str) -> None:
    archives = {each: tmp_path / f"{name}.tar.gz" for name, each in PLATFORMS.items()}
    for path in archives.values():
        path.write_bytes(path.name.encode())

    written = yaml.safe_load(manifest.write(tmp_path, "1.2.3", archives, repository).read_text())

    assert written["apiVersion"] == "krew.googlecontainertools.github.com/v1alpha2"
    assert written["kind"] == "Plugin"
    spec = written["spec"]
    assert (written["metadata"], spec["version"]) == ({"name": "harbor"}, "v1.2.3")
    assert spec.get("homepage", "") == repository
    assert spec["platforms"] == [
        {
            "selector": {"matchLabels": {"os": each.os, "arch": each.arch}},
            "uri": f"{release}{path.name}",
            "sha256": hashlib.sha256(path.name.encode()).hexdigest(),
            "bin": LAUNCHER,
        }
        for each, path in archives.items()
    ]


def test_the_short_description_is_a_short_line() -> None:
    spec = yaml.safe_load((ROOT / "deploy" / "krew" / "harbor.yaml").read_text())["spec"]

    assert "\n" not in spec["shortDescription"]
    assert 0 < len(spec["shortDescription"]) <= 50


def test_a_platform_without_wheels_is_refused() -> None:
    with pytest.raises(PlatformError, match="no archive for windows-amd64, only for linux-amd64"):
        named("windows-amd64")
