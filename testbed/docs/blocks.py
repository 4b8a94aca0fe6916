"""What a page asks its reader to do: files to write and commands to run, in their order.

Pure. Nothing is left out: a block of commands is one by its language, and a language that is not
listed here is an error.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from testbed.docs.fences import Fence, fences_of, outside_of_fences

SCRIPT = "sh"
"""Commands to copy."""
SESSION = "console"
"""Commands behind a prompt, and what they print."""
READ_ONLY = frozenset({"text", "json", "yaml", "gotemplate", "promql", "lua", "csv", "toml"})
"""What a reader looks at, or writes into a file."""
PROMPT = "$ "

_UNFINISHED = ("\\", "|", "&&")
_ON_COMMANDS = frozenset({"scene", "exit", "as"})
_ON_FILES = frozenset({"scene", "file"})
_PROGRAMS = ("kubectl", "helm", "make", "docker", "curl", "pip", "pipx", "cosign", "crane", "git")
_COMMAND = re.compile(rf"\s*(?:\$ )?(?:{'|'.join(_PROGRAMS)}) \S")
_CODE = ("    ", "\t")
"""What code begins with that is indented."""


class BlockError(ValueError):
    """A block does not say what it is; the message has the line."""


@dataclass(frozen=True, slots=True)
class WriteFile:
    """The reader saves a block as a file, below the folder of the page."""

    line: int
    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Run:
    """The reader runs commands, one after the other until one fails."""

    line: int
    """Of the first command, counted from 1."""
    script: str
    shown: tuple[str, ...] | None
    """What the page says that they print; None where it does not say."""
    exit_code: int
    who: str | None
    """`NAMESPACE/SERVICEACCOUNT`; None for the administrator."""


Step = WriteFile | Run


@dataclass(frozen=True, slots=True)
class Act:
    """What is done in one world: a whole page, as a rule."""

    scene: str
    """What has to be there before it begins."""
    blocks: int
    """Blocks with commands."""
    steps: tuple[Step, ...]


def acts_of(text: str) -> tuple[Act, ...]:
    """What a page asks its reader to do; nothing where it has neither commands nor files.

    Raises:
        FenceError: a block cannot be read.
        BlockError: a block does not say what it is, or the page does not say where it begins.
    """
    acts: list[Act] = []
    for fence in fences_of(text):
        steps = tuple(_steps(fence))
        if not steps:
            continue
        if "scene" in fence.attributes:
            acts.append(Act(fence.attributes["scene"], 0, ()))
        if not acts:
            raise BlockError(f"line {fence.line}: the first block to be followed names its scene")
        act = acts.pop()
        commands = act.blocks + (fence.language in {SCRIPT, SESSION})
        acts.append(Act(act.scene, commands, (*act.steps, *steps)))
    return tuple(acts)


def unmarked_commands(text: str) -> list[int]:
    """The lines, from 1, of commands in code that is indented, or in a block of text.

    Raises:
        FenceError: a block cannot be read.
    """
    indented = ((n, line) for n, line in outside_of_fences(text) if line.startswith(_CODE))
    texts = (fence for fence in fences_of(text) if fence.language == "text")
    told = (pair for text in texts for pair in enumerate(text.content.splitlines(), text.line + 1))
    return sorted(number for number, line in (*indented, *told) if _COMMAND.match(line))


def _steps(fence: Fence) -> Iterator[Step]:
    match fence.language:
        case "sh":
            _require_known(fence, _ON_COMMANDS)
            yield Run(fence.line + 1, fence.content, None, _exit_code(fence), _who(fence))
        case "console":
            _require_known(fence, _ON_COMMANDS)
            yield from _session(fence)
        case language if language in READ_ONLY:
            _require_known(fence, _ON_FILES)
            if fence.attributes:
                yield WriteFile(fence.line, _file_name(fence), fence.content)
        case _:
            wanted = ", ".join(sorted({SCRIPT, SESSION, *READ_ONLY}))
            raise BlockError(f"line {fence.line}: a block's language is one of {wanted}")


def _session(fence: Fence) -> Iterator[Run]:
    lines = fence.content.splitlines()
    if not lines or not lines[0].startswith(PROMPT):
        raise BlockError(f"line {fence.line}: a console block begins with `{PROMPT}`")
    begins = [number for number, line in enumerate(lines) if line.startswith(PROMPT)]
    for begin, end in zip(begins, [*begins[1:], len(lines)], strict=True):
        command = [lines[begin].removeprefix(PROMPT)]
        while command[-1].endswith(_UNFINISHED) and begin + len(command) < end:
            command.append(lines[begin + len(command)])
        shown = tuple(line for line in lines[begin + len(command) : end] if line.strip())
        code = _exit_code(fence) if end == len(lines) else 0
        script = "".join(f"{line}\n" for line in command)
        yield Run(fence.line + 1 + begin, script, shown, code, _who(fence))


def _exit_code(fence: Fence) -> int:
    stated = fence.attributes.get("exit", "0")
    if not stated.isdecimal():
        raise BlockError(f"line {fence.line}: exit is a number, not {stated}")
    return int(stated)


def _who(fence: Fence) -> str | None:
    who = fence.attributes.get("as")
    if who is not None and not re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", who):
        raise BlockError(f"line {fence.line}: as is NAMESPACE/SERVICEACCOUNT, not {who}")
    return who


def _file_name(fence: Fence) -> str:
    name = fence.attributes.get("file", "")
    if not name:
        raise BlockError(f"line {fence.line}: only commands and files have a scene")
    if name.startswith(("/", "~")) or ".." in name.split("/"):
        raise BlockError(f"line {fence.line}: a file is below the page's folder, unlike {name}")
    return name


def _require_known(fence: Fence, known: frozenset[str]) -> None:
    if unknown := sorted(fence.attributes.keys() - known):
        raise BlockError(f"line {fence.line}: a {fence.language} block takes no {unknown[0]}")
