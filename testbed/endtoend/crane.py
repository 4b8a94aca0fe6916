"""Pushing and pulling as a user does: with a real client, and a login only where one is given."""

import asyncio
import base64
import hashlib
import io
import json
import os
import tarfile
import tempfile
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path

from testbed.endtoend.target import HarborTarget
from testbed.errors import WorldError
from testbed.tools.build import ensure_built
from testbed.tools.versions import crane

ANONYMOUS = json.dumps({"auths": {}})
"""The docker configuration of somebody who has no login anywhere."""

_SECONDS = 60.0
_DIFFERENT_BYTES = 32


class CraneError(WorldError):
    """The registry, or the client itself, refused; the message is the client's last line."""


@dataclass(frozen=True, slots=True)
class Crane:
    """A registry client that knows no login but the one of each call."""

    program: Path
    plain_http: bool
    ca_file: Path | None

    async def push(self, reference: str, docker_config: str) -> None:
        """Push a tiny image that nobody has pushed before.

        Args:
            reference: host, repository and tag.
            docker_config: content of the `config.json` with the login.

        Raises:
            CraneError: it was refused.
        """
        with tempfile.TemporaryDirectory(prefix="image-") as folder:
            image = Path(folder) / "image.tar"
            write_image(image, os.urandom(_DIFFERENT_BYTES))
            await self._run(["push", str(image), reference], docker_config)

    async def pull(self, reference: str, docker_config: str) -> None:
        """Pull an image; what was pulled is dropped. Arguments and errors as in `push`."""
        with tempfile.TemporaryDirectory(prefix="image-") as folder:
            await self._run(["pull", reference, str(Path(folder) / "image.tar")], docker_config)

    async def _run(self, arguments: list[str], docker_config: str) -> None:
        with tempfile.TemporaryDirectory(prefix="docker-") as folder:
            (Path(folder) / "config.json").write_text(docker_config)
            insecure = ["--insecure"] if self.plain_http else []
            started = await asyncio.create_subprocess_exec(
                self.program,
                *arguments,
                *insecure,
                env=self._environment(folder),
                stdout=PIPE,
                stderr=PIPE,
            )
            await _finish(started)

    def _environment(self, folder: str) -> dict[str, str]:
        trusted = {"SSL_CERT_FILE": str(self.ca_file)} if self.ca_file else {}
        return {**os.environ, "DOCKER_CONFIG": folder, **trusted}


async def find_crane(harbor: HarborTarget) -> Crane:
    """The client for a Harbor, built on its first use.

    Raises:
        BuildError: it could not be built.
    """
    program = await ensure_built(crane())
    return Crane(program, plain_http=harbor.plain_http, ca_file=harbor.ca_file)


def docker_config(registry: str, username: str, password: str) -> str:
    """The docker configuration of somebody who has logged in to one registry."""
    login = base64.b64encode(f"{username}:{password}".encode()).decode()
    return json.dumps({"auths": {registry: {"auth": login}}})


async def _finish(started: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(_SECONDS):
            _, errors = await started.communicate()
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()
    if started.returncode != 0:
        lines = errors.decode(errors="replace").strip().splitlines()
        raise CraneError(lines[-1] if lines else f"crane ended with {started.returncode}")


def write_image(path: Path, content: bytes) -> None:
    """Write an image of one layer with one file, in the format of `docker save`."""
    layer = _tar({"content": content})
    configuration = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [], "Layers": ["layer.tar"]}]
    entries = {
        "manifest.json": json.dumps(manifest).encode(),
        "config.json": json.dumps(configuration).encode(),
        "layer.tar": layer,
    }
    path.write_bytes(_tar(entries))


def _tar(entries: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
