"""Bubblewrap: runs a program with a folder as its root, as a container would have an image."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HINT = "install it, as by `apt-get install bubblewrap`, and let users make namespaces of their own"


@dataclass(frozen=True, slots=True)
class Box:
    """How to run programs in a folder; the network is the machine's own."""

    root: Path
    user: tuple[int, int]
    """Numbers of the user and the group inside; whoever starts it as root becomes them outside."""
    environment: Mapping[str, str]
    """The whole environment."""
    directory: str = "/"
    writable: bool = False
    """Whether the root can be written to."""
    mounts: Mapping[str, Path] = field(default_factory=dict)
    """Files and folders of the machine that can be read inside, by their path there."""
    scratch: Path | None = None
    """The folder that is /tmp inside, where that is not the root's own."""

    def command(self, program: Sequence[str]) -> list[str]:
        """What to run so that a program runs in the box."""
        user, group = map(str, self.user)
        ids = [*("--unshare-user", "--uid", user, "--gid", group), "--die-with-parent"]
        around = ["--dev", "/dev", "--proc", "/proc", "--chdir", self.directory]
        variables = [
            part for name, value in self.environment.items() for part in ("--setenv", name, value)
        ]
        return [
            *self._as_user(),
            required("bwrap"),
            *ids,
            *("--bind" if self.writable else "--ro-bind", str(self.root), "/"),
            *around,
            *(("--bind", str(self.scratch), "/tmp") if self.scratch else ()),  # noqa: S108
            *(part for path, of in self.mounts.items() for part in ("--ro-bind", str(of), path)),
            *("--clearenv", *variables, "--", *program),
        ]

    def run(self, *program: str) -> str:
        """Run a program to its end, and give what it said.

        Raises:
            AssertionError: It failed; the message is what it said.
        """
        status, said = self.attempt(*program)
        assert status == 0, said
        return said

    def attempt(self, *program: str) -> tuple[int, str]:
        """Run a program to its end; its exit code and what it said."""
        done = subprocess.run(  # noqa: S603 -- what the tests ask for
            self.command(program),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def _as_user(self) -> list[str]:
        """Root gives up being it: what it owns must not become the user's own in the box."""
        user, group = self.user
        if os.geteuid() or not user:
            return []
        ids = [f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        return [required("setpriv"), *ids, "--"]


def required(program: str) -> str:
    """Where a program is.

    Raises:
        AssertionError: It is not installed; the message says what to do.
    """
    found = shutil.which(program)
    assert found, f"{program} is needed: {HINT}"
    return found
