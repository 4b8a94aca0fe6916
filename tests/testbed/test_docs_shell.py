"""A page's commands run in one shell, up to the first that fails."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from testbed.docs.shell import Outcome, Shell, open_shell


@pytest_asyncio.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    folder = tmp_path / "folder"
    folder.mkdir()
    async with open_shell(folder, tmp_path, {"PATH": os.environ["PATH"]}) as opened:
        yield opened


async def test_both_outputs_are_kept_as_they_were_printed(shell: Shell) -> None:
    assert await shell.run("echo one\necho two >&2\n") == Outcome(0, "one\ntwo\n")
    assert await shell.run("printf 'no end'") == Outcome(0, "no end")
    assert await shell.run("true") == Outcome(0, "")


async def test_variables_and_folders_stay(shell: Shell) -> None:
    await shell.run("a=1\nmkdir b\ncd b\n", {"GIVEN": "two words"})

    assert await shell.run('echo "$a $GIVEN ${PWD##*/}"') == Outcome(0, "1 two words b\n")


async def test_the_first_command_that_fails_ends_a_block_but_not_the_shell(shell: Shell) -> None:
    assert await shell.run("echo one\n(exit 3)\necho two\n") == Outcome(3, "one\n")
    assert await shell.run("echo three\n") == Outcome(0, "three\n")


async def test_a_failure_within_a_pipe_counts(shell: Shell) -> None:
    assert (await shell.run("(exit 4) | cat\n")).code == 4


async def test_a_condition_may_fail(shell: Shell) -> None:
    assert await shell.run("if false; then echo no; fi\nfalse || echo yes\n") == Outcome(0, "yes\n")


async def test_commands_do_not_read_what_is_run_next(shell: Shell) -> None:
    assert await shell.run("cat\necho done\n") == Outcome(0, "done\n")
