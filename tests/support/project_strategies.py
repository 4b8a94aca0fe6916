"""Hypothesis strategies for specs of projects and for what Harbor may have of them."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from harbor_operator.api.blocks.members import GroupType, MemberKind
from harbor_operator.api.blocks.settings import ProjectSettings
from harbor_operator.api.project import ProjectSpec
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
from harbor_operator.core.project.blocks.webhooks import Hook, HookSeen, WebhooksSeen
from harbor_operator.core.secret import Secret
from tests.support.harbor_settings import KEYS, UNKNOWN, VANISHED
from tests.support.project_world import CREATOR, HEADERS, HOSTS, REGISTRIES, SCANNERS

Fields = dict[str, Any]
Strategy = st.SearchStrategy[Fields]

FAR = datetime(2030, 1, 1, tzinfo=UTC)
_switches = st.booleans()
_globs = st.sampled_from(["**", "v*", "release-*", "{a,b}"])
_crons = st.sampled_from(["0 3 * * *", "*/5 * * * *", "0 0 * * SUN"])
_cves = st.sampled_from(["CVE-2024-1", "CVE-2024-2", "CVE-2023-9"])


def fields(**parts: st.SearchStrategy[Any]) -> Strategy:
    """Fields of which each may be left out."""
    return st.fixed_dictionaries({}, optional=parts)


def _tuples(rows: st.SearchStrategy[Any], *, most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(rows, max_size=most).map(tuple)


_reaches = st.sampled_from(["repositories", "excludeRepositories"]).flatmap(
    lambda side: st.sampled_from(["tags", "excludeTags"]).flatmap(
        lambda other: fields(**{side: _globs, other: _globs})
    )
)
_keeps = st.one_of(
    st.fixed_dictionaries({"mostRecentlyPushed": st.integers(1, 3)}),
    st.fixed_dictionaries({"mostRecentlyPulled": st.integers(1, 3)}),
    st.fixed_dictionaries({"pushedWithinDays": st.integers(1, 3)}),
    st.fixed_dictionaries({"pulledWithinDays": st.integers(1, 3)}),
    st.just({"all": True}),
)
_retention_rules = st.builds(
    lambda reach, rest: {**reach, **rest},
    _reaches,
    st.fixed_dictionaries({"keep": _keeps}, optional={"untagged": _switches}),
)
_users = st.fixed_dictionaries(
    {
        "kind": st.just("User"),
        "name": st.sampled_from(["alice", "bob", "operator"]),
        "role": st.sampled_from(["ProjectAdmin", "Maintainer", "Developer", "LimitedGuest"]),
    }
)
_groups = st.sampled_from(
    [
        {"kind": "Group", "name": "devs", "groupType": "OIDC", "role": "Guest"},
        {"kind": "Group", "name": "CN=Devs,DC=x", "groupType": "LDAP", "role": "Developer"},
    ]
)
_strangers = st.sampled_from([UNKNOWN, VANISHED]).map(
    lambda name: {"kind": "User", "name": name, "role": "Guest"}
)
_webhooks = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["ci", "chat", "audit"]),
        "events": st.lists(
            st.sampled_from(["PUSH_ARTIFACT", "DELETE_ARTIFACT"]), min_size=1, unique=True
        ),
        "address": st.sampled_from(
            [
                "https://hooks.example.com/a",
                "http://x.team.example:8080/b?c=d",
                "https://evil.example/",
                "http://[1.2.3]/",
            ]
        ),
    },
    optional={
        "enabled": _switches,
        "format": st.sampled_from(["Default", "CloudEvents", "Slack"]),
        "authHeaderSecretRef": st.sampled_from(
            [{"name": "hook", "key": "token"}, {"name": "hook", "key": "gone"}]
        ),
        "insecureSkipTLSVerify": _switches,
        "description": st.sampled_from(["", "calls"]),
    },
)
_labels = st.fixed_dictionaries(
    {"name": st.sampled_from(["stable", "broken", "old"])},
    optional={
        "color": st.sampled_from(["#ffffff", "#C0392B", "#c0392b"]),
        "description": st.sampled_from(["", "words"]),
    },
)
_allowed = st.one_of(
    st.just({"inheritSystem": True}),
    st.fixed_dictionaries(
        {"ids": st.lists(_cves, unique=True)},
        optional={"expiresAt": st.just("2030-01-01T00:00:00.5Z")},
    ),
)


def _listed(rows: Strategy, *, by: tuple[str, ...], most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(rows, max_size=most, unique_by=lambda row: tuple(row[key] for key in by))


def setting_fields(*, strangers: bool = False) -> dict[str, st.SearchStrategy[Any]]:
    """Each setting that a spec and a tenant rule's defaults can both state.

    Args:
        strangers: Whether members may be named that Harbor refuses.
    """
    people = st.one_of(_users, _groups, *([_strangers] if strangers else []))
    return {
        "visibility": st.sampled_from(["Private", "Public"]),
        "storageQuota": st.sampled_from(["1Ki", "50Gi", "Unlimited", 4096]),
        "scanning": fields(
            onPush=_switches, sbomOnPush=_switches, scanner=st.sampled_from([*SCANNERS, "Gone"])
        ),
        "pullRestrictions": fields(
            blockSeverity=st.sampled_from(["None", "Low", "High", "Critical"]),
            requireCosignSignature=_switches,
            requireNotationSignature=_switches,
            allowedCVEs=_allowed,
        ),
        "members": _listed(people, by=("kind", "name")),
        "membersPolicy": st.sampled_from(["Additive", "Exact"]),
        "retention": st.fixed_dictionaries(
            {"rules": st.lists(_retention_rules, max_size=3)}, optional={"schedule": _crons}
        ),
        "immutableTags": st.lists(_reaches, max_size=3),
        "labels": _listed(_labels, by=("name",)),
    }


_FIELDS = {
    "metadata": ("visibility", "scanning", "pullRestrictions", "proxyCache"),
    "allowedCVEs": ("pullRestrictions",),
    "scanner": ("scanning",),
    "members": ("members", "membersPolicy"),
}
"""The fields of the spec that a block reads; of all others the one that bears its name."""


def specs_of(block: str) -> st.SearchStrategy[ProjectSpec]:
    """Any spec that states a block, by the block's name."""
    parts = _parts(strangers=False)
    stated = {name: parts[name] for name in _FIELDS.get(block, (block,))}
    return st.fixed_dictionaries(stated).map(ProjectSpec.model_validate)


def specs(*, strangers: bool = False) -> st.SearchStrategy[ProjectSpec]:
    """Any valid spec.

    Args:
        strangers: Whether members may be named that Harbor refuses.
    """
    return fields(**_parts(strangers=strangers)).map(ProjectSpec.model_validate)


def _parts(*, strangers: bool) -> dict[str, st.SearchStrategy[Any]]:
    return {
        **setting_fields(strangers=strangers),
        "webhooks": _listed(_webhooks, by=("name",)),
        "proxyCache": st.fixed_dictionaries(
            {"registry": st.sampled_from(list(REGISTRIES))},
            optional={"bandwidthKBps": st.sampled_from([100, "Unlimited"])},
        ),
        "adoptionPolicy": st.sampled_from(["Never", "IfUnclaimed"]),
    }


def project_settings() -> st.SearchStrategy[ProjectSettings]:
    """Any defaults of a tenant rule."""
    return fields(**setting_fields()).map(ProjectSettings.model_validate)


@st.composite
def seen_by(draw: st.DrawFn, spec: ProjectSpec, blocks: Collection[str]) -> Mapping[str, Any]:
    """Whatever Harbor may have of an existing project, which may be a proxy cache.

    Args:
        draw: Draws from a strategy.
        spec: The spec, which says what the project should be.
        blocks: The blocks that are looked at.
    """
    wanted_id = REGISTRIES[spec.proxy_cache.registry] if spec.proxy_cache else None
    registry_id = draw(st.sampled_from([None, 1]))
    settings = seen_settings(registry_id=registry_id, wanted_id=wanted_id)
    return {name: draw(settings[name]) for name in blocks}


def _typed(row: MemberSeen) -> MemberSeen:
    ldap = "=" in row.name
    return MemberSeen(
        row.id,
        row.kind,
        row.name,
        row.role,
        group_type=GroupType.LDAP if ldap else GroupType.OIDC,
        distinguished_name=row.name if ldap else "",
    )


_seen_reaches = st.builds(
    Reach,
    st.builds(Pattern, _globs, _switches),
    st.builds(Pattern, _globs, _switches),
)
_seen_rules = st.builds(
    Rule,
    st.sampled_from(["latestPushedK", "nDaysSinceLastPull", "bogus"]),
    st.none() | st.integers(1, 3),
    _seen_reaches,
    _switches,
)
_seen_members = st.builds(
    MemberSeen,
    id=st.integers(2, 9),
    kind=st.just(MemberKind.USER),
    name=st.sampled_from(["alice", "bob", "carol"]),
    role=st.sampled_from([1, 2, 3, 4, 5]),
) | st.builds(
    MemberSeen,
    id=st.integers(2, 9),
    kind=st.just(MemberKind.GROUP),
    name=st.sampled_from(["devs", "cn=devs,dc=x"]),
    role=st.sampled_from([1, 2, 3]),
).map(_typed)
_seen_hooks = st.builds(
    Hook,
    name=st.sampled_from(["ci", "chat", "forgotten"]),
    address=st.sampled_from(["https://hooks.example.com/a", "https://elsewhere.example/"]),
    events=st.frozensets(st.sampled_from(["PUSH_ARTIFACT", "REPLICATION"]), min_size=1),
    format=st.sampled_from(["Default", "Slack"]),
    auth=st.none() | st.sampled_from([Secret("older"), HEADERS["hook", "token"]]),
    enabled=_switches,
    skip_tls=_switches,
    description=st.sampled_from(["", "older"]),
)


def _numbered(rows: st.SearchStrategy[Any], by: str) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(
        rows, max_size=3, unique_by=(lambda row: row.id, lambda row: getattr(row, by))
    ).map(tuple)


_hooks = st.lists(_seen_hooks, max_size=3, unique_by=lambda hook: hook.name).map(
    lambda hooks: tuple(HookSeen(number, hook) for number, hook in enumerate(hooks, 1))
)
_metadata = st.dictionaries(
    st.sampled_from(sorted(KEYS)), st.sampled_from(["true", "false", "perhaps", "high", "100"])
)


def seen_settings(
    *, registry_id: int | None, wanted_id: int | None
) -> Mapping[str, st.SearchStrategy[Any]]:
    """Whatever Harbor may have of each block of a project.

    Args:
        registry_id: The upstream that the project has; None: it is no proxy cache.
        wanted_id: The upstream that the spec wants.
    """
    return {
        "proxyCache": st.just(UpstreamSeen(registry_id, wanted_id)),
        "metadata": _metadata.map(
            lambda metadata: MetadataSeen(metadata, proxy=registry_id is not None)
        ),
        "storageQuota": st.sampled_from([Quota(9, -1, 0), Quota(9, 1024, 5)]),
        "allowedCVEs": st.builds(
            AllowedCVEs,
            inherit=_switches,
            ids=st.frozensets(_cves),
            expires_at=st.none() | st.just(FAR),
        ),
        "scanner": st.sampled_from([ScannersSeen("Trivy", SCANNERS), ScannersSeen(None, SCANNERS)]),
        "members": _numbered(_seen_members, "name").map(lambda rows: (CREATOR, *rows)),
        "immutableTags": st.lists(
            st.builds(RuleSeen, st.integers(1, 9), st.none() | _seen_reaches, _switches),
            max_size=4,
            unique_by=lambda rule: rule.id,
        ).map(tuple),
        "retention": st.none()
        | st.builds(
            PolicySeen,
            id=st.just(1),
            schedule=st.sampled_from(["", "0 0 3 * * *"]),
            rules=st.frozensets(_seen_rules, max_size=2),
            unreadable=st.sampled_from([0, 1]),
        )
        | st.just(PolicySeen(1, dangling=True)),
        "labels": st.lists(
            st.builds(
                LabelSeen,
                st.integers(1, 9),
                st.sampled_from(["stable", "broken", "older"]),
                st.sampled_from(["#FFFFFF", "#c0392b", "redd"]),
                st.sampled_from(["", "words"]),
            ),
            max_size=3,
            unique_by=(lambda label: label.id, lambda label: label.name),
        ).map(tuple),
        "webhooks": _hooks.map(
            lambda hooks: WebhooksSeen(hooks, secrets=HEADERS, allowed_hosts=HOSTS)
        ),
    }
