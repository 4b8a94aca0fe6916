"""Which names Harbor can have, and how they are written into paths and filters.

Everything that becomes part of a URL passes here first. A name that does not fit raises
`InvalidRequest` without being repeated: it may be a misplaced password.
"""

import re
from urllib.parse import quote

from .errors import Exchange, InvalidRequest

_PROJECT = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_REPOSITORY = re.compile(
    r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*"
)
_REFERENCE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|sha256:[0-9a-f]{64}")
_ROBOT_PART = re.compile(r"[a-z0-9._+-]+")
_METADATA_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_LONGEST = 255  # varchar(255) in Harbor's tables

FilterValue = str | int


def project_name(name: str) -> str:
    """A project's name as a path segment."""
    return quote(_checked(name, _PROJECT, "project name"), safe="")


def repository_name(name: str) -> str:
    """A repository's name without its project, as one path segment.

    Encoded twice, because Harbor's router decodes the path once before it splits it at slashes.
    """
    return quote(quote(_checked(name, _REPOSITORY, "repository name"), safe=""), safe="")


def registry_path(name: str) -> str:
    """A repository's name with its project, as the path that the registry's own API has."""
    return _checked(name, _REPOSITORY, "repository name")


def manifest_reference(reference: str) -> str:
    """A tag or a digest, as a path segment."""
    return quote(_checked(reference, _REFERENCE, "tag or digest"), safe=":")


def artifact_source(repository: str, reference: str) -> str:
    """An artifact by its repository's full name and a tag or digest, for a query."""
    separator = "@" if ":" in reference else ":"
    _checked(reference, _REFERENCE, "tag or digest")
    return f"{registry_path(repository)}{separator}{reference}"


def metadata_key(key: str) -> str:
    """The name of a project's setting as a path segment."""
    return _checked(key, _METADATA_KEY, "metadata key")


def robot_name_part(part: str) -> str:
    """A stored robot name or a part of it, for a filter."""
    return _checked(part, _ROBOT_PART, "robot name")


def exact(**conditions: FilterValue) -> str:
    """A `q` of equalities, for a query that is encoded once more.

    Harbor decodes `q` a second time, where a bare plus sign would become a space. Keys that it
    does not know are dropped silently: callers must check the rows that come back.
    """
    return ",".join(f"{key}={quote(str(value), safe='')}" for key, value in conditions.items())


def containing(key: str, part: str) -> str:
    """A `q` condition that holds for values with this part, in any case."""
    return f"{key}=~{quote(part, safe='')}"


def any_of(key: str, values: list[str]) -> str:
    """A `q` condition that holds for each of the values.

    Harbor reads an item that consists of digits as a number and then fails on a text column
    (`parseValue` in its src/lib/q/builder.go), so such values need `exact`.
    """
    return f"{key}={quote('{' + ' '.join(values) + '}', safe='')}"


def _checked(name: str, pattern: re.Pattern[str], what: str) -> str:
    if len(name) <= _LONGEST and pattern.fullmatch(name):
        return name
    raise InvalidRequest(f"not a {what}", Exchange("-", what), code="INVALID_NAME")
