"""Good and bad settings of a project, block by block, on a real API server."""

import pytest

from harbor_operator.api.project import PROJECTS
from tests.support.custom_resources import Json, Server

ALICE: Json = {"kind": "User", "name": "alice", "role": "Maintainer"}
DEVELOPERS: Json = {
    "kind": "Group",
    "name": "cn=dev,ou=groups,dc=example,dc=com",
    "groupType": "LDAP",
    "role": "Developer",
}
TEN: Json = {"keep": {"mostRecentlyPushed": 10}, "tags": "release-*"}
HOOK: Json = {"name": "ci", "events": ["PUSH_ARTIFACT"], "address": "https://ci.example.com/hook"}
SHARE: Json = {"namespaces": {"names": ["team-*"]}, "access": "Pull"}


def allowing(**allowed: object) -> Json:
    return {"pullRestrictions": {"allowedCVEs": allowed}}


def keeping(**keep: object) -> Json:
    return {"retention": {"rules": [{"keep": keep}]}}


def hook(**changes: object) -> Json:
    return {"webhooks": [{**HOOK, **changes}]}


GOOD: dict[str, Json] = {
    "a scanner": {"scanning": {"scanner": "Trivy"}},
    "Harbor's own allowlist": allowing(inheritSystem=True),
    "nothing is allowed": allowing(ids=[]),
    "an allowlist that ends": allowing(
        inheritSystem=False,
        ids=["CVE-2024-1", "GHSA-xxxx-yyyy-zzzz", "RHSA-2021:1234"],
        expiresAt="2027-01-01T00:00:00Z",
    ),
    "no member": {"members": [], "membersPolicy": "Exact"},
    "a person and a group": {"members": [ALICE, DEVELOPERS], "membersPolicy": "Additive"},
    "a person and a group of one name": {
        "members": [ALICE, {**DEVELOPERS, "name": "alice", "groupType": "OIDC"}]
    },
    "the longest member": {"members": [{**ALICE, "name": "a" * 255}]},
    "nothing is deleted": {"retention": {"rules": []}},
    "each way to keep": {
        "retention": {
            "schedule": "0 3 * * *",
            "rules": [
                TEN,
                {"keep": {"mostRecentlyPulled": 32766}, "excludeTags": "{dev,test}-*"},
                {"keep": {"pushedWithinDays": 1}, "repositories": "{api,web/**}"},
                {"keep": {"pulledWithinDays": 30}, "excludeRepositories": "tmp/**"},
                {"keep": {"all": True}, "untagged": False},
            ],
        }
    },
    "no tag is immutable": {"immutableTags": []},
    "every tag is immutable": {"immutableTags": [{}]},
    "a tag pattern with all that there is": {"immutableTags": [{"tags": "v[0-9]?.*"}]},
    "tags of some repositories": {
        "immutableTags": [{"repositories": "a", "excludeTags": "latest"}]
    },
    "no label": {"labels": []},
    "labels": {
        "labels": [
            {"name": "tier-1", "color": "#c0392b", "description": "keep running"},
            {"name": "x" * 128},
        ]
    },
    "no webhook": {"webhooks": []},
    "a webhook with everything": hook(
        enabled=False,
        events=["PUSH_ARTIFACT", "TAG_RETENTION"],
        format="CloudEvents",
        authHeaderSecretRef={"name": "ci-webhook", "key": "authorization"},
        insecureSkipTLSVerify=True,
        description="tells CI",
    ),
    "a webhook with port and query": hook(address="http://ci.example.com:8080/hook?room=1"),
    "a webhook without a path": hook(address="https://ci"),
    "a webhook on IPv6": hook(address="https://[2001:db8::1]:8443/"),
    "a proxy cache": {"proxyCache": {"registry": "dockerhub"}},
    "a slow proxy cache": {"proxyCache": {"registry": "dockerhub", "bandwidthKBps": 1}},
    "a fast proxy cache": {"proxyCache": {"registry": "dockerhub", "bandwidthKBps": "Unlimited"}},
    "shared with nobody": {"sharedWith": []},
    "shared": {"sharedWith": [SHARE, {**SHARE, "access": "Project", "distribute": True}]},
}
BAD: dict[str, tuple[Json, str]] = {
    "an empty scanner": ({"scanning": {"scanner": ""}}, "spec.scanning.scanner"),
    "an allowlist of neither sort": (allowing(), "give either inheritSystem: true or ids"),
    "an allowlist not inherited": (
        allowing(inheritSystem=False),
        "give either inheritSystem: true or ids",
    ),
    "two allowlists": (
        allowing(inheritSystem=True, ids=[]),
        "give either inheritSystem: true or ids",
    ),
    "Harbor's own allowlist ends": (
        allowing(inheritSystem=True, expiresAt="2027-01-01T00:00:00Z"),
        "only a list of ids can expire",
    ),
    "a vulnerability twice": (
        allowing(ids=["CVE-2024-1", "CVE-2024-1"]),
        "each vulnerability may be listed once",
    ),
    "two vulnerabilities in one": (
        allowing(ids=["CVE-2024-1, CVE-2024-2"]),
        "spec.pullRestrictions.allowedCVEs.ids[0]",
    ),
    "too many vulnerabilities": (allowing(ids=[f"CVE-{n}" for n in range(129)]), "Too many: 129"),
    "a day for a time": (
        allowing(ids=[], expiresAt="2027-01-01"),
        "spec.pullRestrictions.allowedCVEs.expiresAt",
    ),
    "a group of no sort": (
        {"members": [{"kind": "Group", "name": "dev", "role": "Guest"}]},
        "groupType: a Group needs it",
    ),
    "a user with a sort": (
        {"members": [{**ALICE, "groupType": "OIDC"}]},
        "groupType: a Group needs it, a User has none",
    ),
    "an unknown role": ({"members": [{**ALICE, "role": "Master"}]}, "spec.members[0].role"),
    "an unknown sort of group": (
        {"members": [{**DEVELOPERS, "groupType": "UAA"}]},
        "spec.members[0].groupType",
    ),
    "a nameless member": ({"members": [{**ALICE, "name": ""}]}, "spec.members[0].name"),
    "a member twice": (
        {"members": [ALICE, {**ALICE, "role": "Guest"}]},
        "spec.members[1]: Duplicate value",
    ),
    "too many members": (
        {"members": [{**ALICE, "name": f"user-{n}"} for n in range(257)]},
        "Too many: 257",
    ),
    "an unknown members policy": ({"membersPolicy": "Strict"}, "spec.membersPolicy"),
    "a retention without rules": ({"retention": {}}, "spec.retention.rules: Required value"),
    "nothing to keep": (keeping(), "give exactly one of mostRecentlyPushed"),
    "two ways to keep": (
        keeping(mostRecentlyPushed=1, all=True),
        "give exactly one of mostRecentlyPushed",
    ),
    "not all": (keeping(all=False), "all: true, or leave it out"),
    "zero to keep": (keeping(mostRecentlyPushed=0), "mostRecentlyPushed"),
    "more to keep than Harbor counts": (keeping(mostRecentlyPulled=32767), "mostRecentlyPulled"),
    "more days than Harbor counts": (keeping(pushedWithinDays=20190905), "pushedWithinDays"),
    "a rule twice": ({"retention": {"rules": [TEN, TEN]}}, "each rule may be listed once"),
    "too many rules": (
        {"retention": {"rules": [{"keep": {"pushedWithinDays": n}} for n in range(1, 17)]}},
        "Too many: 16",
    ),
    "tags both ways": (
        {"retention": {"rules": [{**TEN, "excludeTags": "latest"}]}},
        "tags and excludeTags exclude each other",
    ),
    "repositories both ways": (
        {"immutableTags": [{"repositories": "a", "excludeRepositories": "b"}]},
        "repositories and excludeRepositories exclude each other",
    ),
    "a list of tags without braces": (
        {"immutableTags": [{"tags": "a,b"}]},
        "immutableTags[0].tags",
    ),
    "an open brace": ({"immutableTags": [{"tags": "{a,b"}]}, "immutableTags[0].tags"),
    "a pattern of nothing": ({"immutableTags": [{"tags": ""}]}, "immutableTags[0].tags"),
    "an immutable tag twice": (
        {"immutableTags": [{"tags": "a"}, {"tags": "a"}]},
        "immutableTags: each rule may be listed once",
    ),
    "a label twice": (
        {"labels": [{"name": "a"}, {"name": "a", "color": "#000000"}]},
        "labels: each name may be listed once",
    ),
    "the operator's label": (
        {"labels": [{"name": "harbor-operator.dev/owner"}]},
        "labels of harbor-operator.dev/ are the operator's own",
    ),
    "a long label": ({"labels": [{"name": "x" * 129}]}, "spec.labels[0].name"),
    "a colour's name": ({"labels": [{"name": "a", "color": "crimson"}]}, "spec.labels[0].color"),
    "a webhook twice": (
        {"webhooks": [HOOK, {**HOOK, "address": "https://other.example.com"}]},
        "webhooks: each name may be listed once",
    ),
    "a webhook for nothing": (hook(events=[]), "spec.webhooks[0].events"),
    "a webhook for something unknown": (hook(events=["PUSH"]), "spec.webhooks[0].events[0]"),
    "an event twice": (
        hook(events=["PULL_ARTIFACT", "PULL_ARTIFACT"]),
        "events: each event may be listed once",
    ),
    "a webhook by mail": (hook(address="mailto:ci@example.com"), "spec.webhooks[0].address"),
    "a password in a webhook": (
        hook(address="https://user:pw@ci.example.com"),
        "spec.webhooks[0].address",
    ),
    "a webhook's host in capitals": (hook(address="https://CI.example.com"), "address"),
    "a webhook with a fragment": (hook(address="https://ci.example.com/#a"), "address"),
    "an unknown format": (hook(format="JSON"), "spec.webhooks[0].format"),
    "a Secret of another namespace": (
        hook(authHeaderSecretRef={"name": "other/ci", "key": "a"}),
        "spec.webhooks[0].authHeaderSecretRef.name",
    ),
    "a Secret without a key": (
        hook(authHeaderSecretRef={"name": "ci"}),
        "spec.webhooks[0].authHeaderSecretRef.key: Required value",
    ),
    "a proxy cache of nothing": ({"proxyCache": {}}, "spec.proxyCache.registry: Required value"),
    "a standing proxy cache": (
        {"proxyCache": {"registry": "dockerhub", "bandwidthKBps": 0}},
        "bandwidthKBps: a number from 1 on, or Unlimited",
    ),
    "a proxy cache beyond Harbor's numbers": (
        {"proxyCache": {"registry": "dockerhub", "bandwidthKBps": 2**31}},
        "bandwidthKBps: a number from 1 on, or Unlimited",
    ),
    "a proxy cache in words": (
        {"proxyCache": {"registry": "dockerhub", "bandwidthKBps": "fast"}},
        "bandwidthKBps: a number from 1 on, or Unlimited",
    ),
    "shared without saying with whom": (
        {"sharedWith": [{"namespaces": {}, "access": "Pull"}]},
        "spec.sharedWith[0].namespaces",
    ),
    "shared for all of Harbor": (
        {"sharedWith": [{**SHARE, "access": "System"}]},
        "spec.sharedWith[0].access",
    ),
}
FIXED_PROXY_CACHES: dict[str, tuple[Json, Json]] = {
    "added": ({}, {"proxyCache": {"registry": "dockerhub"}}),
    "removed": ({"proxyCache": {"registry": "dockerhub"}}, {"proxyCache": None}),
    "of another registry": (
        {"proxyCache": {"registry": "dockerhub"}},
        {"proxyCache": {"registry": "quay"}},
    ),
}


@pytest.mark.parametrize("spec", GOOD.values(), ids=GOOD.keys())
async def test_a_good_setting_is_accepted_as_it_is(server: Server, spec: Json) -> None:
    answer = await server.try_create(PROJECTS, spec)

    assert answer.status == 201, answer.message
    assert answer.body["spec"].items() >= spec.items()
    assert PROJECTS.parse(answer.body).spec == PROJECTS.spec.model_validate(spec)


@pytest.mark.parametrize(("spec", "message"), BAD.values(), ids=BAD.keys())
async def test_a_bad_setting_is_refused_in_words(server: Server, spec: Json, message: str) -> None:
    answer = await server.try_create(PROJECTS, spec)

    assert answer.status == 422
    assert message in answer.message


@pytest.mark.parametrize(
    ("before", "after"), FIXED_PROXY_CACHES.values(), ids=FIXED_PROXY_CACHES.keys()
)
async def test_a_project_stays_the_cache_that_it_is(
    server: Server, before: Json, after: Json
) -> None:
    async with server.stored(PROJECTS, before):
        answer = await server.try_update(PROJECTS, after)

    assert answer.status == 422
    assert "spec.proxyCache" in answer.message
    assert "create another HarborProject instead" in answer.message


async def test_the_bandwidth_of_a_proxy_cache_may_change(server: Server) -> None:
    async with server.stored(PROJECTS, {"proxyCache": {"registry": "dockerhub"}}):
        answer = await server.try_update(PROJECTS, {"proxyCache": {"bandwidthKBps": 1000}})

    assert answer.status == 200, answer.message
