"""A tenant rule's defaults: they fill what a project's spec leaves out."""

import pytest

from harbor_operator.api.blocks.settings import ProjectSettings
from harbor_operator.core.project.defaults import MAX_SHOWN, filled
from tests.support.project_settings import Fields, spec_of

ALICE = {"kind": "User", "name": "alice", "role": "Guest"}
BOB = {"kind": "User", "name": "bob", "role": "Guest"}

FILLED = [
    pytest.param(
        {},
        {"visibility": "Public"},
        {"visibility": "Public"},
        {"visibility": "Public"},
        id="a word",
    ),
    pytest.param(
        {"visibility": "Private"},
        {"visibility": "Public"},
        {"visibility": "Private"},
        {},
        id="stated",
    ),
    pytest.param(
        {"scanning": {"onPush": False}},
        {"scanning": {"onPush": True, "scanner": "Trivy"}},
        {"scanning": {"onPush": False, "scanner": "Trivy"}},
        {"scanning.scanner": "Trivy"},
        id="scanning field by field",
    ),
    pytest.param(
        {"pullRestrictions": {"blockSeverity": "None"}},
        {"pullRestrictions": {"blockSeverity": "High", "requireCosignSignature": True}},
        {"pullRestrictions": {"blockSeverity": "None", "requireCosignSignature": True}},
        {"pullRestrictions.requireCosignSignature": "true"},
        id="pull restrictions field by field",
    ),
    pytest.param(
        {"pullRestrictions": {"allowedCVEs": {"ids": []}}},
        {"pullRestrictions": {"allowedCVEs": {"ids": ["CVE-2024-1"]}}},
        {"pullRestrictions": {"allowedCVEs": {"ids": []}}},
        {},
        id="the allowlist is one value",
    ),
    pytest.param(
        {},
        {"pullRestrictions": {"allowedCVEs": {"ids": ["CVE-2024-1", "CVE-2024-2"]}}},
        {"pullRestrictions": {"allowedCVEs": {"ids": ["CVE-2024-1", "CVE-2024-2"]}}},
        {"pullRestrictions.allowedCVEs": "ids: CVE-2024-1; CVE-2024-2"},
        id="and shown with all that it holds",
    ),
    pytest.param(
        {"members": []},
        {"members": [BOB]},
        {"members": [BOB]},
        {"members": "kind: User, name: bob, role: Guest"},
        id="no members are not stated",
    ),
    pytest.param(
        {"members": [ALICE]}, {"members": [BOB]}, {"members": [ALICE]}, {}, id="a list is one value"
    ),
    pytest.param({}, {"members": []}, {}, {}, id="no members fill nothing"),
    pytest.param(
        {"labels": []},
        {"labels": [{"name": "stable"}]},
        {"labels": []},
        {},
        id="no labels are stated",
    ),
    pytest.param(
        {"immutableTags": []},
        {"immutableTags": [{"tags": "v*"}]},
        {"immutableTags": []},
        {},
        id="no rules are stated",
    ),
    pytest.param({}, {"labels": []}, {"labels": []}, {"labels": ""}, id="also as a default"),
    pytest.param(
        {},
        {"retention": {"rules": [{"keep": {"all": True}, "tags": "v*"}], "schedule": "0 3 * * *"}},
        {"retention": {"rules": [{"keep": {"all": True}, "tags": "v*"}], "schedule": "0 3 * * *"}},
        {"retention": "schedule: 0 3 * * *, rules: tags: v*, keep: all: true"},
        id="values within values",
    ),
    pytest.param(
        {},
        {"storageQuota": 4096, "membersPolicy": "Exact"},
        {"storageQuota": 4096, "membersPolicy": "Exact"},
        {"storageQuota": "4096", "membersPolicy": "Exact"},
        id="in the order of the spec",
    ),
]


@pytest.mark.parametrize(("stated", "defaults", "whole", "shown"), FILLED)
def test_defaults(
    stated: Fields, defaults: Fields, *, whole: Fields, shown: dict[str, str]
) -> None:
    spec, fills = filled(spec_of(stated), ProjectSettings.model_validate(defaults))

    assert spec == spec_of(whole)
    assert dict(fills) == shown
    assert list(dict(fills)) == list(shown)


def test_without_defaults_a_spec_is_what_it_states() -> None:
    spec = spec_of({"visibility": "Public"})

    assert filled(spec, None) == (spec, ())


def shown_for(description: str) -> str:
    """How a default is shown in the status."""
    _, ((_, value),) = filled(
        spec_of({}),
        ProjectSettings.model_validate({"labels": [{"name": "x", "description": description}]}),
    )
    return value


def test_a_value_that_just_fits_is_shown_whole() -> None:
    lead = "name: x, description: "
    words = "y" * (MAX_SHOWN - len(lead))

    assert shown_for(words) == lead + words
    assert shown_for(words + "y") == lead + words[:-1] + "…"
