"""A package whose licence is unknown or not allowed is an error."""

from email.message import Message
from importlib.metadata import distribution

import pytest

from testbed.licences import complaints, installed, is_allowed, licence_of


def metadata(**fields: str | list[str]) -> Message:
    made = Message()
    for name, value in fields.items():
        for entry in [value] if isinstance(value, str) else value:
            made[name.replace("_", "-")] = entry
    return made


@pytest.mark.parametrize(
    ("stated", "licence"),
    [
        (metadata(License_Expression="MIT OR GPL-3.0-only"), "MIT OR GPL-3.0-only"),
        (metadata(License="Apache 2.0"), "Apache-2.0"),
        (metadata(License="GPLv3"), "GPLv3"),
        (metadata(License="A text.\nOf a licence."), ""),
        (metadata(Classifier=["License :: OSI Approved :: BSD License"]), "BSD-3-Clause"),
        (
            metadata(Classifier=["License :: OSI Approved :: MIT License", "License :: Other"]),
            "MIT AND Other",
        ),
        (metadata(), ""),
    ],
    ids=["an expression", "a name", "another", "a text", "a classifier", "two", "nothing"],
)
def test_a_licence_is_read_from_the_metadata(stated: Message, licence: str) -> None:
    assert licence_of("some", stated) == licence


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("GPL-3.0-only OR MIT", True),
        ("GPL-3.0-only AND MIT", False),
        ("MIT AND Other", False),
        ("(MIT)", False),
        ("", False),
    ],
)
def test_an_expression_needs_one_way_that_is_allowed(expression: str, *, allowed: bool) -> None:
    assert is_allowed(expression) is allowed


def test_what_is_installed_here_is_allowed() -> None:
    assert complaints(installed()) == []
    assert len(installed()) > 50


def test_a_package_that_is_not_allowed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("testbed.licences.ALLOWED", frozenset({"MIT"}))

    assert complaints([distribution("kubernetes"), distribution("kopf")]) == [
        "kubernetes: Apache-2.0"
    ]
