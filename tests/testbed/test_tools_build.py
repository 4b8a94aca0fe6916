"""Pinned Go programs are built once, outside the checkout, with whatever Go there is."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping
from pathlib import Path

import pytest

from testbed.errors import BuildError, WorldError
from testbed.tools.build import cache_folder, ensure_built
from testbed.tools.toolchain import find_go, parse_version
from testbed.tools.versions import (
    MODULE,
    VERSION_VARIABLE,
    GoProgram,
    all_programs,
    chosen_module,
    etcd,
    go_directive,
    kubernetes_modules,
    kubernetes_program,
)

ENVIRONMENT = Path(sys.prefix).resolve()
HELLO = """\
package main

func main() { println("hello") }
"""


@pytest.fixture
def program(tmp_path: Path) -> GoProgram:
    module = tmp_path / "module"
    module.mkdir()
    (module / "go.mod").write_text("module hello\n\ngo 1.26\n")
    (module / "go.sum").touch()
    (module / "main.go").write_text(HELLO)
    return GoProgram("hello", package="hello", version="v1.0.0", module=module)


async def said(program: Path, *arguments: str, env: dict[str, str] | None = None) -> str:
    running = await asyncio.create_subprocess_exec(
        program, *arguments, env=env, stdout=PIPE, stderr=STDOUT
    )
    output, _ = await running.communicate()
    assert running.returncode == 0
    return output.decode()


async def test_two_builds_at_the_same_time_are_one(
    program: GoProgram, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = tmp_path / "cache"

    first, second = await asyncio.gather(
        ensure_built(program, cache=cache), ensure_built(program, cache=cache)
    )

    greeting = await said(first)
    progress = capsys.readouterr().err
    assert first == second == cache / program.key / "hello"
    assert greeting == "hello\n"
    assert progress.count("built hello v1.0.0 in") == 1
    assert progress.count("waiting for another build of hello") == 1


async def test_a_build_leaves_only_the_program_and_its_lock(
    program: GoProgram, tmp_path: Path
) -> None:
    binary = await ensure_built(program, cache=tmp_path / "cache")

    assert program.module is not None
    assert sorted(path.name for path in binary.parent.iterdir()) == ["hello", "lock"]
    assert sorted(path.name for path in program.module.iterdir()) == ["go.mod", "go.sum", "main.go"]


async def test_a_failed_build_tells_what_go_said_and_leaves_nothing(
    program: GoProgram, tmp_path: Path
) -> None:
    assert program.module is not None
    (program.module / "main.go").write_text("package main\n\nfunc main() { nonsense() }\n")
    cache = tmp_path / "cache"

    with pytest.raises(BuildError, match="undefined: nonsense"):
        await ensure_built(program, cache=cache)

    assert [path.name for path in (cache / program.key).iterdir()] == ["lock"]


@pytest.mark.parametrize("pin", ["go.mod", "go.sum"])
def test_a_changed_pin_changes_the_place_in_the_cache(program: GoProgram, pin: str) -> None:
    before = program.key

    assert program.module is not None
    with (program.module / pin).open("a") as file:
        file.write("// raised\n")

    assert program.key != before
    assert program.key.startswith("hello-v1.0.0-")


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"HARBOR_OPERATOR_CACHE": "/own", "XDG_CACHE_HOME": "/xdg"}, Path("/own")),
        ({"XDG_CACHE_HOME": "/xdg"}, Path("/xdg/harbor-operator")),
        ({}, Path.home() / ".cache/harbor-operator"),
        ({"XDG_CACHE_HOME": ""}, Path.home() / ".cache/harbor-operator"),
    ],
    ids=["own variable", "XDG", "home", "empty XDG"],
)
def test_the_cache_is_where_the_environment_says(environment: dict[str, str], folder: Path) -> None:
    assert cache_folder(environment) == folder


async def test_without_go_on_the_path_the_development_environment_has_one() -> None:
    toolchain = find_go(parse_version(go_directive()), search_path="")

    answer = await said(toolchain.executable, "version", env=toolchain.environment())
    assert toolchain.executable.is_relative_to(ENVIRONMENT)
    assert parse_version(answer) == toolchain.version


async def test_without_go_on_the_path_a_program_is_built(
    program: GoProgram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")

    binary = await ensure_built(program, cache=tmp_path / "cache")

    assert binary.exists()


def test_a_too_old_go_on_the_path_is_passed_over(tmp_path: Path) -> None:
    old = tmp_path / "go"
    old.write_text("#!/bin/sh\necho go1.20.3\n")
    old.chmod(0o755)

    assert find_go((1, 26, 0), search_path=str(tmp_path)).version >= (1, 26, 0)
    assert find_go((1, 20, 3), search_path=str(tmp_path)).executable == old


def test_a_broken_go_on_the_path_is_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "go"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)

    assert find_go((1, 26, 0), search_path=str(tmp_path)).executable != broken


def test_a_go_that_does_not_exist_yet_is_asked_for() -> None:
    with pytest.raises(BuildError, match=r"Go 99\.0\.0 or newer is needed"):
        find_go((99, 0, 0))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go1.26.8\n", (1, 26, 8)),
        ("go 1.26.0", (1, 26, 0)),
        ("go1.27", (1, 27, 0)),
        ("devel go1.28-abcdef Mon", (1, 28, 0)),
        ("go1.27rc1", (1, 27, 0)),
    ],
)
def test_versions_are_read_in_all_their_forms(text: str, version: tuple[int, int, int]) -> None:
    assert parse_version(text) == version


def test_every_program_is_pinned_to_one_version() -> None:
    versions = {program.name: program.version for program in all_programs()}

    assert len(versions) == 13
    assert all(re.fullmatch(r"v\d+\.\d+\.\d+", version) for version in versions.values())


def test_a_program_of_our_own_is_another_when_its_source_changes(tmp_path: Path) -> None:
    for name in ("go.mod", "go.sum", "main.go"):
        (tmp_path / name).write_text("")
    program = GoProgram("judge", ".", "v0.1.0", module=tmp_path)
    before = program.key

    (tmp_path / "main.go").write_text("package main\n")

    assert program.key != before


@pytest.mark.parametrize("minor", kubernetes_modules())
def test_a_control_planes_staging_modules_are_all_of_one_release(minor: str) -> None:
    chosen = {VERSION_VARIABLE: minor}
    pins = (chosen_module(chosen) / "go.mod").read_text()
    replaced = re.findall(r"^\t(?:replace )?(k8s\.io/\S+) => \1 (\S+)$", pins, flags=re.MULTILINE)

    kubectl = kubernetes_program("kubectl", chosen)
    assert kubectl.version.startswith(f"v{minor}.")
    assert len(replaced) > 30
    assert {version for _, version in replaced} == {kubectl.version.replace("v1.", "v0.")}


def test_each_minor_of_kubernetes_is_cached_by_itself() -> None:
    chosen = [{VERSION_VARIABLE: minor} for minor in kubernetes_modules()]

    keys = {make(one) for one in chosen for make in (etcd_key, apiserver_key)}

    assert len(keys) == 2 * len(chosen)


def etcd_key(environment: Mapping[str, str]) -> str:
    return etcd(environment).key


def apiserver_key(environment: Mapping[str, str]) -> str:
    return kubernetes_program("kube-apiserver", environment).key


def test_where_nothing_is_said_it_is_the_usual_minor() -> None:
    assert chosen_module({}) == chosen_module({VERSION_VARIABLE: ""}) == MODULE


def test_a_minor_that_is_not_pinned_is_refused_with_those_that_are() -> None:
    with pytest.raises(
        WorldError, match=r"KUBERNETES_VERSION=1\.30 is none of 1\.35, 1\.36, 1\.37"
    ):
        chosen_module({VERSION_VARIABLE: "1.30"})
