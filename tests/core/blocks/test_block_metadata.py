"""Visibility, scans, pull restrictions and bandwidth, which Harbor keeps as metadata."""

import pytest

from harbor_operator.api.conditions import Reason
from harbor_operator.core.project.blocks.metadata import METADATA, MetadataSeen, UpdateMetadata
from harbor_operator.core.steps import Change, Comparison, Step, Verb
from harbor_operator.core.tenancy import TenantRule
from tests.support.harbor_settings import carried_out
from tests.support.project_settings import Fields, changes_of, compared, wanted
from tests.support.projects import RULE

Written = dict[str, str]
Rows = list[tuple[str, str, str | None, str | None]]

NOT_SET: Written = {}
COSIGN = "requireCosignSignature"
NOTATION = "requireNotationSignature"


def pulls(**fields: object) -> Fields:
    return {"pullRestrictions": fields}


def cache(**fields: object) -> Fields:
    return {"proxyCache": {"registry": "hub", **fields}}


DIFFERENCES = [
    pytest.param(
        {"visibility": "Public"},
        {"public": "false"},
        {"public": "true"},
        [("visibility", "", "Private", "Public")],
        id="a private project becomes public",
    ),
    pytest.param(
        {"visibility": "Private"},
        {"public": "true"},
        {"public": "false"},
        [("visibility", "", "Public", "Private")],
        id="a public project becomes private",
    ),
    pytest.param(
        {"scanning": {"onPush": True}},
        NOT_SET,
        {"auto_scan": "true"},
        [("scanning", "onPush", "false", "true")],
        id="an absent key counts as off",
    ),
    pytest.param(
        {"scanning": {"onPush": False}},
        {"auto_scan": "yes"},
        {"auto_scan": "false"},
        [("scanning", "onPush", "yes", "false")],
        id="projects 26 and 30: Harbor stores any value of a switch",
    ),
    pytest.param(
        {"scanning": {"onPush": True}},
        {"auto_scan": "perhaps"},
        {"auto_scan": "true"},
        [("scanning", "onPush", "perhaps", "true")],
        id="projects 68-69: an invalid value is stored, and put right",
    ),
    pytest.param(
        {"scanning": {"sbomOnPush": True}},
        {"auto_sbom_generation": "false"},
        {"auto_sbom_generation": "true"},
        [("scanning", "sbomOnPush", "false", "true")],
        id="a bill of materials on push",
    ),
    pytest.param(
        pulls(blockSeverity="High"),
        {"prevent_vul": "true"},
        {"prevent_vul": "true", "severity": "high"},
        [("pullRestrictions", "blockSeverity", "", "High")],
        id="a severity that was never set",
    ),
    pytest.param(
        pulls(blockSeverity="High"),
        {"prevent_vul": "false", "severity": "high"},
        {"prevent_vul": "true", "severity": "high"},
        [("pullRestrictions", "blockSeverity", "None", "High")],
        id="a severity without the switch blocks nothing",
    ),
    pytest.param(
        pulls(blockSeverity="Low"),
        {"prevent_vul": "true", "severity": "unknown"},
        {"prevent_vul": "true", "severity": "low"},
        [("pullRestrictions", "blockSeverity", "Unknown", "Low")],
        id="projects 24 and 28: Harbor shows a bogus severity as unknown",
    ),
    pytest.param(
        pulls(blockSeverity="None"),
        {"prevent_vul": "true", "severity": "critical"},
        {"prevent_vul": "false"},
        [("pullRestrictions", "blockSeverity", "Critical", "None")],
        id="the severity stays where none blocks",
    ),
    pytest.param(
        pulls(**{COSIGN: True}),
        NOT_SET,
        {"enable_content_trust_cosign": "true"},
        [("pullRestrictions", COSIGN, "false", "true")],
        id="signatures by Cosign",
    ),
    pytest.param(
        pulls(**{NOTATION: True}),
        NOT_SET,
        {"enable_content_trust": "true"},
        [("pullRestrictions", NOTATION, "false", "true")],
        id="signatures by Notation",
    ),
    pytest.param(
        {"visibility": "Private", "scanning": {"onPush": True, "sbomOnPush": True}},
        {"public": "false", "auto_scan": "true", "bogus": "x"},
        {"auto_sbom_generation": "true"},
        [("scanning", "sbomOnPush", "false", "true")],
        id="projects 64-65: only what differs is written, other keys stay",
    ),
    pytest.param(
        {"visibility": "Public", "scanning": {"onPush": True}},
        NOT_SET,
        {"public": "true", "auto_scan": "true"},
        [("visibility", "", "Private", "Public"), ("scanning", "onPush", "false", "true")],
        id="one write for all that differs",
    ),
]


@pytest.mark.parametrize(("spec", "metadata", "written", "changes"), DIFFERENCES)
def test_a_difference_is_written(
    spec: Fields, metadata: Written, written: Written, changes: Rows
) -> None:
    comparison = compared(METADATA, spec, MetadataSeen(metadata))

    shown = tuple(Change(*row) for row in changes)
    step = Step("metadata", Verb.UPDATE, "", shown, UpdateMetadata(written))
    assert comparison == Comparison((step,))


BANDWIDTHS = [
    pytest.param({"proxy_speed_kb": "1000"}, 100, "100", "1000", "100", id="another speed"),
    pytest.param({}, 100, "100", "Unlimited", "100", id="no speed is no limit"),
    pytest.param({"proxy_speed_kb": "0"}, 5, "5", "Unlimited", "5", id="nor is a speed of zero"),
    pytest.param({"proxy_speed_kb": "-1"}, 5, "5", "Unlimited", "5", id="nor is Harbor's -1"),
    pytest.param({"proxy_speed_kb": "fast"}, 5, "5", "Unlimited", "5", id="nor is what is none"),
    pytest.param(
        {"proxy_speed_kb": "7"}, "Unlimited", "-1", "7", "Unlimited", id="a limit is taken away"
    ),
]


@pytest.mark.parametrize(("metadata", "limit", "stored", "before", "after"), BANDWIDTHS)
def test_the_bandwidth_of_a_proxy_cache(
    metadata: Written, limit: object, stored: str, before: str, after: str
) -> None:
    seen = MetadataSeen(metadata, proxy=True)

    comparison = compared(METADATA, cache(bandwidthKBps=limit), seen)

    assert changes_of(comparison) == [("proxyCache", "bandwidthKBps", before, after)]
    assert [step.write for step in comparison.steps] == [UpdateMetadata({"proxy_speed_kb": stored})]
    assert comparison.troubles == ()


IN_LINE = [
    pytest.param({"scanning": {"onPush": False}}, {}, False, id="off and never set"),
    pytest.param(pulls(blockSeverity="None"), {}, False, id="no severity and never set"),
    pytest.param(pulls(blockSeverity="None"), {"severity": "low"}, False, id="without the switch"),
    pytest.param(
        pulls(blockSeverity="Medium"), {"prevent_vul": "true", "severity": "medium"}, False, id="it"
    ),
    pytest.param({"visibility": "Private"}, {"auto_scan": "true"}, False, id="only what is stated"),
    pytest.param({"visibility": "Private"}, {}, False, id="private and never set"),
    pytest.param(cache(bandwidthKBps="Unlimited"), {}, True, id="no limit and never set"),
    pytest.param(cache(bandwidthKBps=1), {"proxy_speed_kb": "1"}, True, id="the least speed"),
    pytest.param(
        pulls(**{NOTATION: False}), {}, True, id="Notation is not asked for on a proxy cache"
    ),
    pytest.param(
        cache(bandwidthKBps="Unlimited"), {}, False, id="no limit on a project that is no cache"
    ),
]


@pytest.mark.parametrize(("spec", "metadata", "proxy"), IN_LINE)
def test_without_a_difference_nothing_is_written(
    spec: Fields, metadata: Written, *, proxy: bool
) -> None:
    assert compared(METADATA, spec, MetadataSeen(metadata, proxy=proxy)) == Comparison()


DROPPED = [
    pytest.param(
        cache(bandwidthKBps=5),
        False,
        "proxyCache.bandwidthKBps: Harbor does not keep it on a project that is no proxy cache:"
        " remove it.",
        id="policies 74-75: proxy speed dropped on a normal project",
    ),
    pytest.param(
        pulls(**{NOTATION: True}),
        True,
        "pullRestrictions.requireNotationSignature: Harbor does not keep it on a proxy cache:"
        " remove it.",
        id="Notation dropped on a proxy cache",
    ),
]


@pytest.mark.parametrize(("spec", "proxy", "message"), DROPPED)
def test_what_harbor_drops_is_told_and_not_written(
    spec: Fields, message: str, *, proxy: bool
) -> None:
    comparison = compared(METADATA, spec, MetadataSeen({}, proxy=proxy))

    assert comparison.steps == ()
    (trouble,) = comparison.troubles
    assert (trouble.reason, trouble.message) == (Reason.INVALID_SPEC, message)
    assert not trouble.passing


def test_what_harbor_drops_stops_nothing_else() -> None:
    comparison = compared(
        METADATA, {**cache(bandwidthKBps=5), "visibility": "Public"}, MetadataSeen({})
    )

    assert [step.write for step in comparison.steps] == [UpdateMetadata({"public": "true"})]
    assert len(comparison.troubles) == 1


def test_a_put_keeps_the_speed_of_no_normal_project() -> None:
    """Policies 74-75: the answer is 200, and the key is not there."""
    step = Step("metadata", Verb.UPDATE, "", (), UpdateMetadata({"proxy_speed_kb": "5"}))

    assert carried_out(step, MetadataSeen({})) == MetadataSeen({})


def test_all_that_is_stated_is_there_from_the_start() -> None:
    spec = {"visibility": "Public", **pulls(blockSeverity="High"), **cache(bandwidthKBps=9)}

    birth = METADATA.at_creation(wanted(METADATA, spec))

    assert birth.metadata == {
        "public": "true",
        "prevent_vul": "true",
        "severity": "high",
        "proxy_speed_kb": "9",
    }
    assert (birth.storage_bytes, birth.registry) == (None, None)


@pytest.mark.parametrize(
    ("visibility", "allow_public", "refused"),
    [
        pytest.param("Public", False, True, id="public where the rule allows none"),
        pytest.param("Public", True, False, id="public where the rule allows it"),
        pytest.param("Private", False, False, id="private"),
    ],
)
def test_public_projects_need_a_permission(
    visibility: str, *, allow_public: bool, refused: bool
) -> None:
    rule = TenantRule(RULE.namespaces, RULE.projects, allow_public=allow_public)

    refusal = METADATA.refusal(wanted(METADATA, {"visibility": visibility}), rule)

    assert (refusal is not None) is refused
    assert not refused or "set visibility to Private" in str(refusal)


@pytest.mark.parametrize(
    ("spec", "proxy"),
    [
        pytest.param(cache(bandwidthKBps=5), True, id="a bandwidth means a proxy cache"),
        pytest.param({"visibility": "Public"}, False, id="without one it is a normal project"),
    ],
)
def test_a_blank_project(spec: Fields, *, proxy: bool) -> None:
    assert METADATA.blank(wanted(METADATA, spec)) == MetadataSeen({}, proxy=proxy)
