"""Reads which image is meant, with as much of its name as people give."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from harbor_operator.cli.failures import CommandError, ExitCode
from harbor_operator.cli.images import Image, read_image

_ANY_HOST: Final = "localhost"
"""Stands for the host where none is given, so that one reader serves both forms."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The image to promote.

    Attributes:
        project: The project's name in Harbor.
        repository: The repository's name without it.
        reference: A tag or a digest.
        tag: The tag, empty where a digest alone is given.
    """

    project: str
    repository: str
    reference: str
    tag: str


def read_wanted(text: str, project: str | None, hosts: Collection[str]) -> Wanted:
    """Read `[[HOST/]PROJECT/]REPOSITORY`, with a tag, a digest or both.

    Args:
        text: As people gave it. A first part that is the project's name is taken for the project.
        project: The project that it has to be in; None where the text names host and project.
        hosts: Where registry clients find this Harbor.

    Raises:
        CommandError: It is of no such form, of another Harbor, or not in that project.
    """
    first, slash, rest = text.partition("/")
    if slash and first in hosts:
        image = _read(text, rest)
        if project is not None and image.project != project:
            raise CommandError(f"{text} is not in project {project}", ExitCode.USAGE)
    elif project is None:
        known = ", ".join(sorted(hosts))
        raise CommandError(
            f"{text!r} does not begin with the host of this Harbor, which is {known}:"
            " name the project by --from",
            ExitCode.USAGE,
        )
    else:
        image = _read(text, text if slash and first == project else f"{project}/{text}")
    if not image.reference:
        raise CommandError(f"{text!r} has neither a tag nor a digest", ExitCode.USAGE)
    return Wanted(image.project, image.repository, image.reference, image.tag)


def _read(text: str, path: str) -> Image:
    try:
        return read_image(f"{_ANY_HOST}/{path}")
    except CommandError:
        raise CommandError(
            f"{text!r} is not of the form [[HOST/]PROJECT/]REPOSITORY[:TAG][@DIGEST]",
            ExitCode.USAGE,
        ) from None
