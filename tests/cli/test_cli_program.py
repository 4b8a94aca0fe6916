"""The program as a shell runs it: what it imports, prints and returns."""

import socket
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml

from harbor_operator.cli.__main__ import complete, main
from harbor_operator.cli.failures import ExitCode, explained
from harbor_operator.cli.login import helper
from harbor_operator.kube.errors import (
    Conflict,
    ConnectionFailed,
    Forbidden,
    KubeError,
    NotFound,
    Operation,
    TooManyRequests,
    Unauthorized,
)

HEAVY = ("aiohttp", "asyncio", "kopf", "kubernetes", "pydantic", "yaml")
LIGHT_RUN = """
import sys
from harbor_operator.cli.__main__ import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
sys.stderr.write(" ".join(sys.modules))
"""


@pytest.mark.parametrize(
    "words", [["--help"], ["status", "--help"], ["completion", "bash"], ["__complete", "ro"]]
)
def test_help_and_completion_import_nothing_heavy(words: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 -- this project's own program
        [sys.executable, "-c", LIGHT_RUN, *words], capture_output=True, text=True, check=True
    )

    assert done.stdout
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "harbor_operator" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_a_command_is_said_without_opening_the_rooms_of_others() -> None:
    done = subprocess.run(  # noqa: S603 -- this project's own program
        [sys.executable, "-c", LIGHT_RUN, "status", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )

    rooms = {name for name in done.stderr.split() if name.endswith("arguments")}
    assert "harbor_operator.cli.status.arguments" in rooms
    assert {name.split(".")[2] for name in rooms if name.startswith("harbor_operator.cli.")} <= {
        "arguments",
        "status",
        "completion_arguments",
    }


def test_all_programs_are_installed() -> None:
    points = distribution("harbor-operator").entry_points.select(group="console_scripts")

    assert {point.name: point.load() for point in points} == {
        "kubectl-harbor": main,
        "kubectl_complete-harbor": complete,
        "docker-credential-harbor": helper.main,
    }


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])

    assert capsys.readouterr().out == f"kubectl harbor {distribution('harbor-operator').version}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == ExitCode.FINE

    assert "kubectl-harbor __complete" in capsys.readouterr().out


def test_kubectl_gets_its_candidates(capsys: pytest.CaptureFixture[str]) -> None:
    assert complete(["rot"]) == ExitCode.FINE

    assert capsys.readouterr().out == "rotate\n:4\n"


def unreachable(path: Path) -> str:
    """A kubeconfig of a server that has just gone."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        server = f"http://127.0.0.1:{held.getsockname()[1]}"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "gone", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": {"token": "Canary-Token"}}],
        "contexts": [{"name": "gone", "context": {"cluster": "gone", "user": "me"}}],
        "current-context": "gone",
    }
    kubeconfig = path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(config))
    return str(kubeconfig)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["dance"], ExitCode.USAGE),
        (["rotate", "project/web"], ExitCode.USAGE),
        (["blast-radius", "project/web"], ExitCode.USAGE),
        (["--kubeconfig", "{folder}/none", "status"], ExitCode.NO_ACCESS),
        (["--kubeconfig", "{gone}", "--context", "other", "status"], ExitCode.NO_ACCESS),
        (["--kubeconfig", "{gone}", "status"], ExitCode.NO_ACCESS),
        (["--kubeconfig", "{gone}", "rotate", "robot/ci"], ExitCode.NO_ACCESS),
        (["--kubeconfig", "{gone}", "blast-radius", "robot/ci"], ExitCode.NO_ACCESS),
        (["--kubeconfig", "{gone}", "uninstall-check"], ExitCode.NO_ACCESS),
        (["--kubeconfig", "{gone}", "rotate", "robot/a%b"], ExitCode.USAGE),
    ],
)
def test_a_failure_is_one_line_and_a_code(
    words: list[str], code: ExitCode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = unreachable(tmp_path)

    assert main([word.format(folder=tmp_path, gone=gone) for word in words]) == code

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: ")
    assert told.err.count("\n") == 1
    assert "Canary" not in told.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Forbidden, ExitCode.NO_ACCESS),
        (Unauthorized, ExitCode.NO_ACCESS),
        (ConnectionFailed, ExitCode.NO_ACCESS),
        (TooManyRequests, ExitCode.NO_ACCESS),
        (NotFound, ExitCode.NOT_FOUND),
        (Conflict, ExitCode.NOT_SO),
    ],
)
def test_each_failure_of_a_call_has_its_code(error: type[KubeError], code: ExitCode) -> None:
    told = explained(error(Operation("get"), "what the server said", reason="Why"))

    assert told.code is code
    assert "what the server said" in str(told)


def test_nothing_else_is_said_where_there_is_no_cluster(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harbor_operator.cli", "status"],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": str(tmp_path), "KUBECONFIG": str(tmp_path / "none")},
    )

    assert (done.returncode, done.stdout) == (ExitCode.NO_ACCESS, "")
    assert done.stderr.startswith("error: there is no kubeconfig ")
    assert done.stderr.count("\n") == 1


def test_whoever_reads_only_the_beginning_is_not_told_of_it() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "harbor_operator.cli", "completion", "bash"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={},
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        assert program.stderr.read() == b""
