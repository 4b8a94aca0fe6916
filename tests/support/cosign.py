"""The program that signs images, kept away from the public services that it can use."""

import asyncio
import os
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path

from testbed.endtoend.crane import docker_config

_PASSWORD = "key-password"
_OFFLINE = ("--use-signing-config=false", "--tlog-upload=false", "--yes")
"""Nothing goes to a public log, and no service is looked up."""


@dataclass(frozen=True, slots=True)
class Cosign:
    """Cosign with a pair of keys of its own and a login at one registry over plain HTTP."""

    program: Path
    home: Path

    def log_in(self, registry: str, username: str, password: str) -> None:
        """Write down a login, as `docker login` does."""
        (self.home / "config.json").write_text(docker_config(registry, username, password))

    async def make_keys(self) -> None:
        """Make the pair of keys."""
        await self._run("generate-key-pair")

    async def sign(self, reference: str, *, bundle: bool = True) -> None:
        """Sign an image by its digest, in the present format or the one before cosign 3."""
        key = f"--key={self.home / 'cosign.key'}"
        await self._run("sign", key, *_OFFLINE, *_format(bundle=bundle), reference)

    async def verify(self, reference: str, *, bundle: bool = True) -> str:
        """What it says of an image that is signed by the key.

        Raises:
            AssertionError: It is not; the message is what it said.
        """
        key = f"--key={self.home / 'cosign.pub'}"
        return await self._run(
            "verify", key, "--insecure-ignore-tlog", *_format(bundle=bundle), reference
        )

    async def _run(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            self.program,
            *arguments,
            cwd=self.home,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            env=self._environment(),
        )
        output, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return f"{output.decode()}{errors.decode()}"

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "DOCKER_CONFIG": str(self.home),
            "COSIGN_PASSWORD": _PASSWORD,
        }


def _format(*, bundle: bool) -> tuple[str, ...]:
    return ("--allow-http-registry", f"--new-bundle-format={str(bundle).lower()}")
