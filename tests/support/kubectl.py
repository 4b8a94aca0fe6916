"""The command line that users apply manifests with."""

import asyncio
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl as one user of one cluster."""

    program: Path
    kubeconfig: Path
    cache: Path
    """Folder for what it learns of the server, instead of one in the home folder."""

    async def __call__(self, *arguments: str, given: str | None = None) -> str:
        """Run it and give its output.

        Args:
            arguments: As on the command line.
            given: Standard input.

        Raises:
            AssertionError: It failed; the message is what it said.
        """
        process = await asyncio.create_subprocess_exec(
            self.program,
            f"--kubeconfig={self.kubeconfig}",
            f"--cache-dir={self.cache}",
            *arguments,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        output, errors = await process.communicate((given or "").encode())
        assert process.returncode == 0, errors.decode()
        return output.decode()

    async def apply(self, *manifests: Json) -> None:
        """Apply manifests on the server, as the documentation tells users to."""
        await self("apply", "--server-side", "--filename=-", given=yaml.safe_dump_all(manifests))


def read_manifests(path: Path) -> list[Json]:
    """The documents of a file."""
    return parse_manifests(path.read_text(encoding="utf-8"))


def parse_manifests(text: str) -> list[Json]:
    """The documents of a text."""
    return [document for document in yaml.safe_load_all(text) if document is not None]
