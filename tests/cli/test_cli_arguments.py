"""The command line, and what it completes to."""

import argparse
import dataclasses
import inspect
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from harbor_operator.cli.acting.arguments import ActOptions
from harbor_operator.cli.arguments import TAKING_VALUES, command_in, make_parser, parse
from harbor_operator.cli.command import Command, Options
from harbor_operator.cli.completion import candidates, script
from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.status.arguments import StatusOptions
from harbor_operator.cli.table import all_commands

EVERY_COMMAND = " ".join([*sorted(command.name for command in all_commands()), ":4"])


def test_kubectls_options_may_stand_before_and_behind_the_command() -> None:
    before = parse(["-n", "payments", "--context=prod", "--kubeconfig", "here", "status"])
    behind = parse(["status", "--namespace=payments", "--context", "prod", "--kubeconfig=here"])

    assert before == behind
    assert before == StatusOptions(
        command="status", namespace="payments", context="prod", kubeconfig="here"
    )


def test_an_action_names_its_object_and_how_to_wait() -> None:
    told = parse(["rotate", "robot/ci", "--wait", "--timeout", "1m30s", "-o", "json"])

    assert told == ActOptions(
        command="rotate", output="json", target="robot/ci", wait=True, timeout=90.0
    )


def test_five_minutes_are_waited_by_default() -> None:
    told = parse(["suspend", "robot/ci"])

    assert isinstance(told, ActOptions)
    assert told.timeout == 300.0


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["dance"],
        ["status", "-o", "xml"],
        ["status", "-A", "-n", "payments"],
        ["status", "robot/ci"],
        ["rotate"],
        ["blast-radius"],
        ["uninstall-check", "robot/ci"],
        ["uninstall-check", "-n", "payments"],
        ["blast-radius", "robot/ci", "-A"],
        ["rotate", "robot/ci", "-A"],
        ["rotate", "robot/ci", "--timeout", "soon"],
        ["rotate", "robot/ci", "--timeout", "5"],
        ["suspend", "connection/default", "--all-robots"],
        ["completion", "tcsh"],
    ],
)
def test_nonsense_is_a_usage_error(words: list[str]) -> None:
    with pytest.raises(CommandError) as caught:
        parse(words)

    assert caught.value.code is ExitCode.USAGE


def test_help_tells_every_exit_code() -> None:
    _, _, told = make_parser().format_help().partition("exit codes:\n")

    assert [int(line.split()[0]) for line in told.splitlines()] == [*ExitCode]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], None),
        (["--help"], None),
        (["status"], "status"),
        (["-n", "why", "status", "plan"], "status"),
        (["--namespace=why", "--context", "plan", "rotate"], "rotate"),
        (["--kubeconfig"], None),
        (["dance", "status"], None),
    ],
)
def test_the_command_is_found_before_its_arguments_are_known(
    words: list[str], expected: str | None
) -> None:
    assert command_in(words) == expected


def test_the_options_before_a_command_are_those_of_the_parser() -> None:
    own = {action for action in make_parser(())._actions if action.nargs is None}

    assert {flag for action in own for flag in action.option_strings} == TAKING_VALUES


@pytest.mark.parametrize("command", all_commands(), ids=lambda command: command.name)
def test_each_command_is_run_with_the_options_that_it_declares(command: Command) -> None:
    parser = argparse.ArgumentParser(argument_default=argparse.SUPPRESS)
    command.declare(parser)
    declared = {action.dest for action in parser._actions} - {"help"}
    shared = {field.name for field in dataclasses.fields(Options)}

    told = [f for f in dataclasses.fields(command.options) if f.name not in shared]

    assert declared <= {field.name for field in told}
    assert {f.name for f in told if f.default is dataclasses.MISSING} <= declared


@pytest.mark.parametrize(
    "command",
    [c for c in all_commands() if c.name != "completion"],
    ids=lambda command: command.name,
)
def test_each_command_has_a_program_that_takes_its_options(command: Command) -> None:
    program = import_module(command.program)

    assert inspect.iscoroutinefunction(program.run)
    assert inspect.get_annotations(program.run)["options"] is command.options


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([""], EVERY_COMMAND),
        ([], EVERY_COMMAND),
        (["rev"], "revoke :4"),
        (["-n", "payments", "st"], "status :4"),
        (["-n", ""], ":4"),
        (["--kubeconfig", ""], ":0"),
        (["status", "--all"], "--all-namespaces :4"),
        (["status", "-o", ""], "json table yaml :4"),
        (["status", "-A", ""], ":4"),
        (["rotate", ""], "robot/ :6"),
        (["blast-radius", ""], "pullsecret/ robot/ :6"),
        (["uninstall-check", ""], ":4"),
        (["login", ""], "robot/ secret/ :6"),
        (["login", "--tool", "h"], "helm :4"),
        (["login", "--ca-file", ""], ":0"),
        (["revoke", "--wait", ""], "connection/ robot/ :6"),
        (["suspend", "p"], "project/ pullsecret/ :6"),
        (["why", "p"], "pod/ :6"),
        (["completion", "z"], "zsh :4"),
        (["--dance", ""], EVERY_COMMAND),
    ],
)
def test_completion_offers_what_may_come_next(words: list[str], expected: str) -> None:
    assert candidates(words) == expected.split()


def test_bash_completes_with_its_script(tmp_path: Path) -> None:
    asked = tmp_path / "kubectl-harbor"
    asked.write_text('#!/bin/sh\nshift; echo "asked:$*"; echo robot/; echo :4\n')
    asked.chmod(0o755)
    program = (
        f"PATH={tmp_path}:$PATH\n{script('bash')}\n"
        "COMP_WORDS=(kubectl-harbor rotate ro); COMP_CWORD=2; _kubectl_harbor\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    )

    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True)  # noqa: S603, S607 -- the script under test

    assert done.stdout.split("\n") == ["asked:rotate ro", "robot/", ""]
