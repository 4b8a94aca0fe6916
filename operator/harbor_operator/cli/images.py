"""Names of images in a Harbor: host, project, repository, and tag or digest."""

import re
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from harbor_operator.cli.failures import CommandError, ExitCode

_WORD: Final = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_PATH: Final = re.compile(rf"{_WORD}(?:/{_WORD})+")
_TAG: Final = re.compile(r"\w[\w.-]{0,127}")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Image:
    """An image, or all of a repository where neither tag nor digest is given.

    Attributes:
        host: Host and port.
        project: The Harbor project.
        repository: The repository's name without its project; it may hold slashes.
        tag: Its tag, empty where none is given.
        digest: Its digest, empty where none is given; it decides where both are given.
    """

    host: str
    project: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def reference(self) -> str:
        """Digest or tag, as Harbor's API takes them; empty for a whole repository."""
        return self.digest or self.tag

    @property
    def path(self) -> str:
        """Project and repository, as a registry calls it."""
        return f"{self.project}/{self.repository}"

    @override
    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.host}/{self.path}{tag}{digest}"


def read_image(text: str) -> Image:
    """Read `HOST/PROJECT/REPOSITORY[:TAG][@DIGEST]`.

    Raises:
        CommandError: It is not of that form.
    """
    name, at, digest = text.partition("@")
    host, _, rest = name.partition("/")
    path, colon, tag = rest.partition(":")
    if not (
        _is_host(host)
        and _PATH.fullmatch(path)
        and bool(colon) == bool(_TAG.fullmatch(tag))
        and bool(at) == bool(_DIGEST.fullmatch(digest))
    ):
        raise CommandError(
            f"{text!r} is not of the form HOST/PROJECT/REPOSITORY[:TAG][@DIGEST]", ExitCode.USAGE
        )
    project, _, repository = path.partition("/")
    return Image(host, project, repository, tag, digest)


def _is_host(text: str) -> bool:
    return "." in text or ":" in text or text == "localhost"
