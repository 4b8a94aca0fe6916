"""A project with every setting, and where Harbor's public API shows each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harbor_operator.api.base import LABEL_WEBHOOK_AUTH
from tests.support.custom_resources import Json
from tests.support.system_world import SystemWorld
from tests.support.team import Team

SCANNER, OTHER_SCANNER = "Trivy", "Clair"
REGISTRY = "hub"
HEADER_SECRET, HEADER_KEY = "hook-auth", "header"
HEADER = "Bearer Canary-Webhook-Header-3Kd"
"""Appears nowhere but in its Secret and in Harbor; tests look for it everywhere else."""
PASSWORD = "Members-Password-1"
GIB = 1024**3
ADDRESS = "https://hooks.example.com/ci"

TENANT: Json = {
    "namespaces": {"names": ["team-*"]},
    "projects": ["{namespace}", "{namespace}.*"],
    "mayAdopt": True,
    "maxStorageQuota": "5Gi",
    "proxyCacheRegistries": [REGISTRY],
    "webhookHosts": ["hooks.example.com"],
}
"""A tenant rule that allows all of it."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One part of a spec, and what Harbor then shows at which path."""

    spec: Json
    path: str
    shown: Any
    """What is to be found there; objects may have more fields."""


PROJECT = "/projects/{project}"
ABSENT = "(absent)"
"""Stands for a field that Harbor does not print, as none that is false where it may be."""


def metadata(**values: str) -> Json:
    """What a project shows of its metadata."""
    return {"metadata": values}


def rule_selectors(tag_decoration: str, tags: str, repositories: str = "**") -> Json:
    """The selectors of a rule as Harbor shows them."""
    repository = {"decoration": "repoMatches", "pattern": repositories}
    return {
        "tag_selectors": [{"decoration": tag_decoration, "pattern": tags}],
        "scope_selectors": {"repository": [repository]},
    }


SETTINGS: Mapping[str, Setting] = {
    "visibility": Setting({"visibility": "Private"}, PROJECT, metadata(public="false")),
    "storageQuota": Setting(
        {"storageQuota": "2Gi"},
        "/quotas?reference=project&reference_id={project}",
        [{"hard": {"storage": 2 * GIB}}],
    ),
    "scanning": Setting(
        {"scanning": {"onPush": True, "sbomOnPush": True}},
        PROJECT,
        metadata(auto_scan="true", auto_sbom_generation="true"),
    ),
    "scanner": Setting(
        {"scanning": {"scanner": OTHER_SCANNER}},
        "/projects/{project}/scanner",
        {"name": OTHER_SCANNER},
    ),
    "pullRestrictions": Setting(
        {"pullRestrictions": {"blockSeverity": "High", "requireCosignSignature": True}},
        PROJECT,
        metadata(prevent_vul="true", severity="high", enable_content_trust_cosign="true"),
    ),
    "allowedCVEs": Setting(
        {
            "pullRestrictions": {
                "allowedCVEs": {"ids": ["CVE-2024-1"], "expiresAt": "2100-01-01T00:00:00Z"}
            }
        },
        PROJECT,
        {
            "metadata": {"reuse_sys_cve_allowlist": "false"},
            "cve_allowlist": {"items": [{"cve_id": "CVE-2024-1"}], "expires_at": 4102444800},
        },
    ),
    "members": Setting(
        {"members": [{"kind": "User", "name": "alice", "role": "Maintainer"}]},
        "/projects/{project}/members?entityname=alice",
        [{"entity_name": "alice", "entity_type": "u", "role_id": 4}],
    ),
    "retention": Setting(
        {
            "retention": {
                "schedule": "0 3 * * *",
                "rules": [
                    {"tags": "release-*", "keep": {"all": True}},
                    {"excludeTags": "release-*", "keep": {"mostRecentlyPushed": 10}},
                ],
            }
        },
        "/retentions/{retention}",
        {
            "trigger": {"settings": {"cron": "0 0 3 * * *"}},
            "rules": [
                {"template": "always", **rule_selectors("matches", "release-*")},
                {
                    "template": "latestPushedK",
                    "params": {"latestPushedK": 10},
                    **rule_selectors("excludes", "release-*"),
                },
            ],
        },
    ),
    "immutableTags": Setting(
        {"immutableTags": [{"repositories": "api", "tags": "v*"}]},
        "/projects/{project}/immutabletagrules",
        [{"disabled": ABSENT, **rule_selectors("matches", "v*", "api")}],
    ),
    "labels": Setting(
        {"labels": [{"name": "tier-1", "color": "#c0392b", "description": "Wake somebody up."}]},
        "/labels?scope=p&project_id={project}&name=tier-1",
        [{"name": "tier-1", "color": "#c0392b", "description": "Wake somebody up."}],
    ),
    "webhooks": Setting(
        {
            "webhooks": [
                {
                    "name": "ci",
                    "events": ["PUSH_ARTIFACT"],
                    "address": ADDRESS,
                    "format": "CloudEvents",
                    "authHeaderSecretRef": {"name": HEADER_SECRET, "key": HEADER_KEY},
                }
            ]
        },
        "/projects/{project}/webhook/policies",
        [
            {
                "name": "ci",
                "event_types": ["PUSH_ARTIFACT"],
                "targets": [
                    {"address": ADDRESS, "auth_header": HEADER, "payload_format": "CloudEvents"}
                ],
            }
        ],
    ),
}
"""Every block but the proxy cache, which excludes some of the others."""


def every_setting() -> Json:
    """The spec of a project that states all of them."""
    spec: Json = {}
    for setting in SETTINGS.values():
        for block, value in setting.spec.items():
            spec[block] = {**spec.get(block, {}), **value} if isinstance(value, dict) else value
    return spec


async def prepare_harbor(world: SystemWorld) -> None:
    """Put into Harbor what the settings refer to: users, scanners, and an upstream registry."""
    for name in ("alice", "bob"):
        user = {"username": name, "realname": name, "email": f"{name}@example.com"}
        assert await world.ask_harbor("POST", "/users", {**user, "password": PASSWORD}) == 201
    for name in (SCANNER, OTHER_SCANNER):
        scanner = {"name": name, "url": f"https://{name.lower()}.example.com"}
        await world.control_harbor("POST", "/scanners", scanner)
    registry = {"name": REGISTRY, "type": "docker-hub", "url": "https://hub.example.com"}
    assert await world.ask_harbor("POST", "/registries", registry) == 201


async def make_header(team: Team, value: str = HEADER, *, name: str = HEADER_SECRET) -> None:
    """Create the Secret that holds a webhook's header."""
    labels = {LABEL_WEBHOOK_AUTH: "true"}
    body = {"metadata": {"name": name, "labels": labels}, "stringData": {HEADER_KEY: value}}
    await team.world.cluster.create(team.core_path("secrets"), body)


async def shown(team: Team, name: str, setting: Setting) -> Any:  # noqa: ANN401 -- JSON
    """What Harbor shows of a setting of the team's project."""
    project = team.in_harbor(name)
    retention = project.metadata.get("retention_id")
    path = setting.path.format(project=project.project_id, retention=retention)
    return await team.world.read_harbor(path)


async def lacking(team: Team, name: str, *blocks: str) -> dict[str, Any]:
    """The settings of these blocks, all by default, that Harbor does not show as stated."""
    found = {block: await shown(team, name, SETTINGS[block]) for block in blocks or SETTINGS}
    return {
        block: seen for block, seen in found.items() if not contains(seen, SETTINGS[block].shown)
    }


def contains(seen: Any, wanted: Any) -> bool:  # noqa: ANN401 -- JSON
    """Whether JSON is as wanted; objects may have further fields."""
    match wanted:
        case dict():
            return isinstance(seen, dict) and all(
                contains(seen.get(key, ABSENT), value) for key, value in wanted.items()
            )
        case list():
            return (
                isinstance(seen, list)
                and len(seen) == len(wanted)
                and all(contains(one, other) for one, other in zip(seen, wanted, strict=True))
            )
        case _:
            return bool(seen == wanted)
