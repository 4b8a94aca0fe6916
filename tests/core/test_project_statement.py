"""A project as Harbor has it, said as a spec that changes nothing."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harbor_operator.api.blocks.members import GroupType, MemberKind
from harbor_operator.api.conditions import Reason
from harbor_operator.api.project import ProjectSpec, ProjectStatus
from harbor_operator.api.validation import spec_problems
from harbor_operator.core.project.blocks.allowed_cves import AllowedCVEs
from harbor_operator.core.project.blocks.immutable_tags import RuleSeen
from harbor_operator.core.project.blocks.labels import LabelSeen
from harbor_operator.core.project.blocks.members import MemberSeen
from harbor_operator.core.project.blocks.metadata import MetadataSeen
from harbor_operator.core.project.blocks.proxy_cache import UpstreamSeen
from harbor_operator.core.project.blocks.quota import Quota
from harbor_operator.core.project.blocks.retention import PolicySeen, Rule
from harbor_operator.core.project.blocks.scanner import ScannersSeen
from harbor_operator.core.project.blocks.selectors import Pattern, Reach
from harbor_operator.core.project.blocks.table import BLOCKS
from harbor_operator.core.project.blocks.webhooks import Hook, HookSeen, WebhooksSeen
from harbor_operator.core.project.settings import wanted_settings
from harbor_operator.core.project.statement import statement_of
from harbor_operator.core.secret import Secret
from harbor_operator.core.steps import Trouble
from tests.support.new_project import NEW
from tests.support.project_strategies import seen_settings

CANARY = "canary-77aa"
RELEASES = Reach(Pattern(), Pattern("release-*"))
ALICE = MemberSeen(4, MemberKind.USER, "alice", 2)
HOOK = Hook("ci", "https://ci.example/hook", frozenset({"PUSH_ARTIFACT"}))
WEEK = Rule("nDaysSinceLastPull", 7, Reach(), untagged=True)
LDAP = MemberSeen(6, MemberKind.GROUP, "Devs", 3, GroupType.LDAP, distinguished_name="cn=devs,dc=x")

STATED: dict[str, tuple[str, object, dict[str, Any]]] = {
    "a public project": (
        "metadata",
        MetadataSeen(
            {"public": "true", "auto_scan": "true", "prevent_vul": "true", "severity": "low"}
        ),
        {
            "visibility": "Public",
            "scanning": {"onPush": True},
            "pullRestrictions": {"blockSeverity": "Low"},
        },
    ),
    "a quota": ("storageQuota", Quota(9, 20 * 2**30, 0), {"storageQuota": "20Gi"}),
    "an odd quota": ("storageQuota", Quota(9, 1001, 0), {"storageQuota": 1001}),
    "vulnerabilities that end": (
        "allowedCVEs",
        AllowedCVEs(
            inherit=False,
            ids=frozenset({"CVE-2", "CVE-1"}),
            expires_at=datetime(2030, 1, 1, tzinfo=UTC),
        ),
        {
            "pullRestrictions": {
                "allowedCVEs": {"ids": ["CVE-1", "CVE-2"], "expiresAt": "2030-01-01T00:00:00Z"}
            }
        },
    ),
    "a chosen scanner": ("scanner", ScannersSeen("Clair"), {"scanning": {"scanner": "Clair"}}),
    "members": (
        "members",
        (LDAP, ALICE),
        {
            "members": [
                {"kind": "Group", "name": "cn=devs,dc=x", "groupType": "LDAP", "role": "Guest"},
                {"kind": "User", "name": "alice", "role": "Developer"},
            ]
        },
    ),
    "immutable tags": (
        "immutableTags",
        (RuleSeen(2, RELEASES), RuleSeen(1, Reach(Pattern("tmp", excludes=True), Pattern("v*")))),
        {
            "immutableTags": [
                {"excludeRepositories": "tmp", "tags": "v*"},
                {"tags": "release-*"},
            ]
        },
    ),
    "all tags immutable": (
        "immutableTags",
        (RuleSeen(2, Reach()),),
        {"immutableTags": [{"tags": "**"}]},
    ),
    "a retention policy": (
        "retention",
        PolicySeen(
            3,
            "0 0 3 * * *",
            frozenset({WEEK, Rule("always", None, RELEASES, untagged=False)}),
        ),
        {
            "retention": {
                "schedule": "0 3 * * *",
                "rules": [
                    {"keep": {"all": True}, "tags": "release-*", "untagged": False},
                    {"keep": {"pulledWithinDays": 7}, "tags": "**"},
                ],
            }
        },
    ),
    "an empty policy": ("retention", PolicySeen(3), {"retention": {"rules": []}}),
    "labels": (
        "labels",
        (LabelSeen(2, "old"), LabelSeen(1, "new", "#c0392b", "words")),
        {
            "labels": [
                {"name": "new", "color": "#c0392b", "description": "words"},
                {"name": "old", "color": "#FFFFFF"},
            ]
        },
    ),
    "a webhook": (
        "webhooks",
        WebhooksSeen(
            (HookSeen(1, replace(HOOK, enabled=False, format="Slack", skip_tls=True)),),
            allowed_hosts=("*",),
        ),
        {
            "webhooks": [
                {
                    "name": "ci",
                    "events": ["PUSH_ARTIFACT"],
                    "address": "https://ci.example/hook",
                    "enabled": False,
                    "format": "Slack",
                    "insecureSkipTLSVerify": True,
                }
            ]
        },
    ),
}

NOTED: dict[str, tuple[str, object, str]] = {
    "what may not be read": (
        "labels",
        Trouble(Reason.PERMISSION_DENIED, "labels: you may not"),
        "labels is not stated: the login may not read it",
    ),
    "a severity that does not exist": (
        "metadata",
        MetadataSeen({"prevent_vul": "true", "severity": "awful"}),
        "pullRestrictions.blockSeverity is left out, so that Harbor's stays as it is: ",
    ),
    "a list that is not in force": (
        "allowedCVEs",
        AllowedCVEs(ids=frozenset({"CVE-1"})),
        "pullRestrictions.allowedCVEs: the project's own list is not in force",
    ),
    "an unknown upstream": (
        "proxyCache",
        UpstreamSeen(7, 7),
        "proxyCache: the name of its registry cannot be read",
    ),
    "a group of no known sort": (
        "members",
        (replace(LDAP, group_type=None),),
        "members: 1 cannot be stated",
    ),
    "a role without a name": ("members", (replace(ALICE, role=9),), "members: 1 cannot be stated"),
    "a disabled rule": (
        "immutableTags",
        (RuleSeen(1, RELEASES, disabled=True),),
        "immutableTags is left out, so that Harbor's stays as it is: no spec can say it",
    ),
    "a rule without selectors": (
        "immutableTags",
        (RuleSeen(1, None),),
        "immutableTags is left out",
    ),
    "two rules that say the same": (
        "immutableTags",
        (RuleSeen(1, RELEASES), RuleSeen(2, RELEASES)),
        "immutableTags is left out",
    ),
    "an unreadable rule of retention": (
        "retention",
        PolicySeen(3, rules=frozenset({WEEK}), unreadable=1),
        "retention is left out",
    ),
    "a policy that is gone": ("retention", PolicySeen(3, dangling=True), "retention is left out"),
    "a template that is new": (
        "retention",
        PolicySeen(3, rules=frozenset({replace(WEEK, template="bestOfAll")})),
        "retention is left out",
    ),
    "a label's odd colour": ("labels", (LabelSeen(1, "a", "red"),), "labels is left out"),
    "a webhook with two targets": (
        "webhooks",
        WebhooksSeen(
            (HookSeen(1, replace(HOOK, address="https://a, https://b")),), allowed_hosts=("*",)
        ),
        "webhooks is left out",
    ),
}


def test_of_a_new_project_nothing_is_stated() -> None:
    statement = statement_of(NEW, everything=False)

    assert (statement.fields, statement.notes) == ({}, ())


def test_all_that_a_new_project_has_can_be_stated() -> None:
    statement = statement_of(NEW, everything=True)

    assert statement.notes == ()
    assert statement.fields == {
        "visibility": "Private",
        "scanning": {"onPush": False, "sbomOnPush": False},
        "pullRestrictions": {
            "blockSeverity": "None",
            "requireCosignSignature": False,
            "requireNotationSignature": False,
            "allowedCVEs": {"inheritSystem": True},
        },
        "storageQuota": "Unlimited",
        "immutableTags": [],
        "labels": [],
        "webhooks": [],
    }


@pytest.mark.parametrize(("block", "seen", "fields"), STATED.values(), ids=STATED.keys())
def test_what_differs_from_a_new_project_is_stated(
    block: str, seen: object, fields: dict[str, Any]
) -> None:
    statement = statement_of({**NEW, block: seen}, everything=False)

    assert (statement.fields, statement.notes) == (fields, ())


@pytest.mark.parametrize(("block", "seen", "note"), NOTED.values(), ids=NOTED.keys())
def test_what_no_spec_can_say_is_noted_and_left_out(block: str, seen: object, note: str) -> None:
    statement = statement_of({**NEW, block: seen}, everything=False)

    (told,) = statement.notes
    assert told.startswith(note)
    assert statement.fields == {}


def test_a_proxy_cache_is_stated_with_its_bandwidth() -> None:
    proxy = {
        "proxyCache": UpstreamSeen(7, 7, "hub"),
        "metadata": MetadataSeen({"proxy_speed_kb": "100"}, proxy=True),
    }

    statement = statement_of({**NEW, **proxy}, everything=False)

    assert statement.fields == {"proxyCache": {"registry": "hub", "bandwidthKBps": 100}}


def test_the_header_of_a_webhook_is_noted_and_never_told() -> None:
    hooks = (HookSeen(1, replace(HOOK, auth=Secret(CANARY))),)
    seen = {**NEW, "webhooks": WebhooksSeen(hooks, allowed_hosts=("*",))}

    statement = statement_of(seen, everything=False)

    (note,) = statement.notes
    assert note.startswith("webhooks: the Authorization header of ci is not stated")
    assert statement.fields["webhooks"][0]["name"] == "ci"
    assert CANARY not in f"{statement}"


@settings(max_examples=60)
@given(data=st.data(), everything=st.booleans(), upstream=st.sampled_from([None, 1]))
def test_whatever_harbor_has_its_statement_is_valid_and_changes_nothing(
    *, data: st.DataObject, everything: bool, upstream: int | None
) -> None:
    strategies = seen_settings(registry_id=upstream, wanted_id=upstream)
    seen = {name: data.draw(strategy, label=name) for name, strategy in strategies.items()}
    seen["proxyCache"] = replace(seen["proxyCache"], name="hub" if upstream else None)

    statement = statement_of(seen, everything=everything)

    assert spec_problems(ProjectSpec, statement.fields) == []
    wanted = wanted_settings(ProjectSpec.model_validate(statement.fields), ProjectStatus())
    compared = {b.name: b.compare(wanted[b.name], seen[b.name]) for b in BLOCKS if b.name in wanted}
    assert [name for name, found in compared.items() if found.steps or found.troubles] == []
