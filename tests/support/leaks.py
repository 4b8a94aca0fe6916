"""Looks for secrets in texts, in every form in which they get about, and tells places only."""

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from testbed.harbor.known_secrets import KnownSecret

ANCHOR = 8
"""Characters by which a form is found at first, so no secret may be shorter."""
CUT = 32
"""From this length on, half a secret is searched for as well: whatever has a longest length, as
an Event's note has, may have cut a secret off."""
_ALIGNMENTS = {0: 0, 1: 2, 2: 3}
"""Of bytes before a secret that share a group of three with it: the characters that they touch."""


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a secret could turn up."""

    kind: str
    name: str
    text: str = field(repr=False)
    entitled: frozenset[str] = field(default=frozenset(), repr=False)
    """The secrets that are meant to be here."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret where it should not be; says nothing of it but where it can be looked up."""

    place: Place
    kind: str
    form: str
    digest: str
    """The beginning of the secret's SHA-256, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class _Needle:
    text: str
    form: str
    secret: KnownSecret


class Searcher:
    """Knows all forms of some secrets."""

    def __init__(self, secrets: Iterable[KnownSecret]) -> None:
        """Prepare to search.

        Raises:
            ValueError: A secret is too short to be told from chance.
        """
        # The end of a text is its anchor, as tokens of one issuer all begin alike.
        self._needles: defaultdict[str, list[_Needle]] = defaultdict(list)
        for secret in secrets:
            if len(secret.value) < ANCHOR:
                raise ValueError(f"a {secret.kind} is shorter than {ANCHOR} characters")
            for form, text in _forms(secret.value):
                self._needles[text[-ANCHOR:]].append(_Needle(text, form, secret))

    def search(self, places: Iterable[Place]) -> list[Leak]:
        """Every secret in every place that is not entitled to it, once each."""
        return [leak for place in places for leak in self._leaks(place)]

    def holds(self, place: Place, secret: str) -> bool:
        """Whether a secret is in a place, entitled or not."""
        return secret in self._found(place.text)

    def _leaks(self, place: Place) -> Iterator[Leak]:
        for value, needle in self._found(place.text).items():
            if value not in place.entitled:
                yield Leak(place, needle.secret.kind, needle.form, _digest(value))

    def _found(self, text: str) -> Mapping[str, _Needle]:
        found: dict[str, _Needle] = {}
        for end in range(ANCHOR, len(text) + 1):
            for needle in self._needles.get(text[end - ANCHOR : end], ()):
                if text.endswith(needle.text, 0, end):
                    found.setdefault(needle.secret.value, needle)
        return found


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:8]


def _forms(value: str) -> Iterator[tuple[str, str]]:
    """A secret's forms by what they are, those of its halves too."""
    yield from _whole_forms(value)
    if len(value) >= CUT:
        middle = len(value) // 2
        for part, text in (("first", value[:middle]), ("second", value[middle:])):
            yield from ((f"{part} half, {form}", shown) for form, shown in _whole_forms(text))


def _whole_forms(value: str) -> Iterator[tuple[str, str]]:
    written = {
        "plain": value,
        "JSON": json.dumps(value)[1:-1],
        "JSON in UTF-8": json.dumps(value, ensure_ascii=False)[1:-1],
        "repr": repr(value)[1:-1],
        "URL": quote(value, safe=""),
        "URL path": quote(value),
        "form": quote_plus(value),
        "hexadecimal": value.encode().hex(),
    }
    # Most secrets are the same in several of them, and are then named by the first.
    first = {text: form for form, text in reversed(written.items())}
    yield from ((form, text) for text, form in first.items())
    for once in _base64(value):
        yield "base64", once
        # A dockerconfigjson holds one more, and a Secret shows its data in base64.
        for twice in _base64(once):
            yield "base64 in base64", twice


def _base64(text: str) -> Iterator[str]:
    """What base64 makes of a text wherever it stands, without what its neighbours decide."""
    raw = text.encode()
    for before, touched in _ALIGNMENTS.items():
        whole = (before + len(raw)) * 8 // 6
        core = base64.b64encode(b"\0" * before + raw).decode()[touched:whole]
        yield core
        if not core.isalnum():
            yield core.translate(str.maketrans("+/", "-_"))
