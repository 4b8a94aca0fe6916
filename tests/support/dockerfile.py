"""The Dockerfile as a list of instructions, to carry out without a container engine."""

import json
import re
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tests.support.deployed import ROOT

DOCKERFILE = ROOT / "Dockerfile"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the Dockerfile: its instructions in order, FROM first."""

    instructions: list[tuple[str, str]]

    def every(self, word: str) -> list[str]:
        """The arguments of all instructions of a word."""
        return [arguments for found, arguments in self.instructions if found == word]

    @property
    def name(self) -> str:
        """What other stages call it, empty where they do not."""
        return self.every("FROM")[0].partition(" AS ")[2]

    @property
    def entrypoint(self) -> list[str]:
        """The program that the image starts, with its arguments."""
        [stated] = self.every("ENTRYPOINT")
        program: list[str] = json.loads(stated)
        return program

    @property
    def user(self) -> tuple[int, int]:
        """Numbers of the user and the group that the image runs as."""
        [stated] = self.every("USER")
        user, group = stated.split(":")
        return int(user), int(group)


def stages() -> list[Stage]:
    """The stages of the Dockerfile."""
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", "")
    found: list[Stage] = []
    for word, arguments in re.findall(r"^([A-Z]+) (.+)$", text, flags=re.MULTILINE):
        if word == "FROM":
            found.append(Stage([]))
        if found:
            found[-1].instructions.append((word, arguments.strip()))
    return found


def with_variables(environment: Mapping[str, str], arguments: str) -> dict[str, str]:
    """An environment after an ENV instruction."""
    stated = (pair.partition("=") for pair in shlex.split(arguments))
    own = {name: Template(value).safe_substitute(environment) for name, _, value in stated}
    return {**environment, **own}


def copy(path: Path, to: Path) -> None:
    """Copy a file, or a folder as the build context has it."""
    if path.is_dir():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(path, to, ignore=ignored, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copy(path, to)
