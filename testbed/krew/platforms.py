"""Where the plugin's archives run."""

import platform
from dataclasses import dataclass
from typing import Final

from testbed.errors import WorldError

PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
"""Those that an archive has packages for."""
_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class PlatformError(WorldError):
    """There is no archive for a platform."""


@dataclass(frozen=True, slots=True)
class Platform:
    """An operating system on a processor.

    Attributes:
        os: As Go and krew call it.
        arch: As Go and krew call it.
        wheels: What uv calls it.
    """

    os: str
    arch: str
    wheels: str

    @property
    def name(self) -> str:
        """Both in one word."""
        return f"{self.os}-{self.arch}"


PLATFORMS: Final = {
    each.name: each
    for each in (
        Platform("linux", "amd64", "x86_64-unknown-linux-gnu"),
        Platform("linux", "arm64", "aarch64-unknown-linux-gnu"),
        Platform("darwin", "amd64", "x86_64-apple-darwin"),
        Platform("darwin", "arm64", "aarch64-apple-darwin"),
    )
}


def this_machine() -> Platform:
    """The platform of this machine.

    Raises:
        PlatformError: there is no archive for it.
    """
    name = f"{platform.system()}-{_MACHINES.get(platform.machine().lower(), platform.machine())}"
    return named(name.lower())


def named(name: str) -> Platform:
    """A platform by its name.

    Raises:
        PlatformError: there is none of that name.
    """
    if name not in PLATFORMS:
        raise PlatformError(f"there is no archive for {name}, only for {', '.join(PLATFORMS)}")
    return PLATFORMS[name]
