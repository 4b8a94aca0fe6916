"""Comparing a recorded answer of Harbor with one of the simulator.

Numbers of rows must be equal. What cannot be equal (secrets, tokens, times, addresses) is bound: a
recorded value stands for the first observed one, and must do so ever after.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

RECORDED_URL = "http://127.0.0.1:8080"
RECORDED_HOST = "127.0.0.1:8080"
RECORDED_REGISTRY = "http://127.0.0.1:5000"
COMPARED_HEADERS = (
    "content-type",
    "location",
    "link",
    "x-total-count",
    "www-authenticate",
    "docker-content-digest",
    "docker-distribution-api-version",
)
ZERO_TIME = "0001-01-01T00:00:00.000Z"
POKED_EXPIRY = 1600000000
"""The expiry that was written into the recorded database by hand."""
_PLACEHOLDER = re.compile(r"<[a-z]+(?:-\d+)?>")
_FRACTIONS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.(?:\d{3}){1,2}Z")
_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_UPLOAD = re.compile(r"(?<=/uploads/)[0-9a-f-]{36}\?_state=.+")
_VOLATILE_TIMES = frozenset({"current_time", "issued_at"})
"""Times of the answer itself: two of them being equal is chance."""
_UNORDERED = frozenset({"permissions", "access", "actions"})
_EXPIRY_TOLERANCE_SECONDS = 1
"""An expiry is cut to seconds, so its distance from the creation may differ by one."""


class MismatchError(Exception):
    """The simulator answered otherwise than Harbor did."""


@dataclass(slots=True)
class Matcher:
    """Compares answers; the URLs are where the simulator and a registry listen."""

    url: str
    registry_url: str
    bindings: dict[str, str] = field(default_factory=dict)

    def localize(self, text: str) -> str:
        """A recorded text with the simulator's address in it."""
        host = self.url.partition("://")[2]
        text = text.replace(RECORDED_URL, self.url).replace(RECORDED_HOST, host)
        return text.replace(RECORDED_REGISTRY, self.registry_url)

    def headers(self, recorded: Mapping[str, str], observed: Mapping[str, str]) -> None:
        """Compares the headers that matter, their absence included."""
        for name in COMPARED_HEADERS:
            wanted = recorded.get(name)
            if wanted is not None:
                wanted = _UPLOAD.sub("<upload>", self.localize(wanted))
            found = observed.get(name)
            if found is not None:
                found = _UPLOAD.sub("<upload>", found)
            _require(wanted == found, f"header {name}", wanted, found)
        _require("x-request-id" in observed, "header x-request-id", "any", None)

    def body(self, recorded: object, text: str) -> None:
        """Compares a body; a recorded `null` or empty text means none."""
        if recorded in (None, ""):
            _require(text == "", "body", "", text)
        elif isinstance(recorded, str):
            _require(recorded in {"<html page>", text}, "body", recorded, text)
        else:
            self.value(recorded, json.loads(text), "body")

    def value(self, recorded: object, observed: object, place: str) -> None:
        """Compares two JSON values.

        Raises:
            MismatchError: they differ in more than what is bound.
        """
        match recorded, observed:
            case dict(), dict():
                self._object(recorded, observed, place)
            case list(), list():
                self._array(recorded, observed, place)
            case str(), str():
                self._text(recorded, observed, place)
            case _:
                _require(
                    type(recorded) is type(observed) and recorded == observed,
                    place,
                    recorded,
                    observed,
                )

    def _object(self, recorded: dict[str, object], observed: dict[str, object], place: str) -> None:
        _require(recorded.keys() == observed.keys(), place, sorted(recorded), sorted(observed))
        for key, value in recorded.items():
            if key == "expires_at" and "creation_time" in recorded and value != POKED_EXPIRY:
                self._expiry(recorded, observed, place)
            else:
                self.value(value, observed[key], f"{place}.{key}")

    def _expiry(self, recorded: dict[str, object], observed: dict[str, object], place: str) -> None:
        if recorded["expires_at"] == observed["expires_at"]:
            return
        distance = _lifetime(recorded) - _lifetime(observed)
        _require(
            abs(distance) <= _EXPIRY_TOLERANCE_SECONDS, f"{place}.expires_at", recorded, observed
        )

    def _array(self, recorded: list[object], observed: list[object], place: str) -> None:
        _require(len(recorded) == len(observed), f"length of {place}", recorded, observed)
        if place.rpartition(".")[2] in _UNORDERED:
            recorded, observed = sorted(recorded, key=_rank), sorted(observed, key=_rank)
        for number, (wanted, found) in enumerate(zip(recorded, observed, strict=True)):
            self.value(wanted, found, f"{place}[{number}]")

    def _text(self, recorded: str, observed: str, place: str) -> None:
        if _PLACEHOLDER.fullmatch(recorded):
            self._bind(recorded, observed, place)
        elif recorded != ZERO_TIME and _FRACTIONS.fullmatch(recorded):
            _require(bool(_FRACTIONS.fullmatch(observed)), place, recorded, observed)
            if place.rpartition(".")[2] not in _VOLATILE_TIMES:
                self._bind(recorded, observed, place)
        elif _SECONDS.fullmatch(recorded):
            _require(bool(_SECONDS.fullmatch(observed)), place, recorded, observed)
        else:
            _require(self.localize(recorded) == observed, place, recorded, observed)

    def _bind(self, recorded: str, observed: str, place: str) -> None:
        bound = self.bindings.setdefault(recorded, observed)
        _require(bound == observed, f"{place} (bound)", bound, observed)


def _lifetime(robot: Mapping[str, object]) -> int:
    created = datetime.fromisoformat(str(robot["creation_time"]))
    return int(str(robot["expires_at"])) - int(created.timestamp())


def _rank(value: object) -> str:
    if isinstance(value, dict) and "namespace" in value:
        return f"{value['kind']} {value['namespace']}"
    return json.dumps(value, sort_keys=True)


def _require(condition: bool, place: str, wanted: object, found: object) -> None:  # noqa: FBT001 - an assertion
    if not condition:
        raise MismatchError(f"{place}: recorded {wanted!r}, observed {found!r}")
