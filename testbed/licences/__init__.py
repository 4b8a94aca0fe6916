"""Whether every package that is installed may be used, by what its metadata says of its licence."""

import re
from collections.abc import Iterable
from email.message import Message
from importlib.metadata import Distribution, distributions
from typing import cast

ALLOWED = frozenset(
    {
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
    }
)
"""Licences that ask for no more than notices, or for one's changes of the very files."""

_NAMES = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""How packages without an SPDX expression name their licences."""

_READ_BY_HAND = {
    "httpx-aiohttp": "BSD-3-Clause",
    "isoduration": "ISC",
    "libcst": "MIT AND PSF-2.0 AND Apache-2.0",
    "lupa": "MIT",
}
"""Packages whose metadata carry a text instead of a name, or one of their own."""

_CLASSIFIER = "License :: "
_LONGEST_NAME = 64


def licence_of(name: str, metadata: Message) -> str:
    """The licence of a package as an SPDX expression; empty where nothing says it."""
    stated = str(metadata.get("License-Expression") or _READ_BY_HAND.get(name.lower()) or "")
    if stated:
        return stated
    text = str(metadata.get("License") or "").strip()
    if text and len(text) <= _LONGEST_NAME and "\n" not in text:
        return _NAMES.get(text, text)
    classifiers = [str(entry) for entry in metadata.get_all("Classifier") or ()]
    named = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith(_CLASSIFIER)]
    return " AND ".join(_NAMES.get(entry, entry) for entry in named)


def is_allowed(expression: str) -> bool:
    """Whether an SPDX expression without parentheses gives at least one way that is allowed."""
    return any(
        all(licence.strip() in ALLOWED for licence in re.split(r"\bAND\b", way))
        for way in re.split(r"\bOR\b", expression)
    )


def complaints(packages: Iterable[Distribution]) -> list[str]:
    """A line for each package whose licence is unknown or not allowed."""
    found = {
        package.name: licence_of(package.name, cast("Message", package.metadata))
        for package in packages
    }
    return [
        f"{name}: {licence or 'no licence is stated'}"
        for name, licence in sorted(found.items())
        if not is_allowed(licence)
    ]


def installed() -> list[Distribution]:
    """Every package of this environment."""
    return list(distributions())
