"""Says in the operator's kinds what objects of rkthtrifork/harbor-operator say. Pure.

The manifests change nothing by themselves: projects observe, and robots are suspended.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from harbor_operator.api.base import API_VERSION
from harbor_operator.api.project import PROJECTS, ManagementPolicy
from harbor_operator.api.resources import CustomResource
from harbor_operator.api.robot import MAX_LIFETIME_DAYS, NEVER, ROBOTS
from harbor_operator.api.validation import problems_of
from harbor_operator.cli.exporting.composing import Exported
from harbor_operator.core.project.blocks.metadata import METADATA, MetadataSeen
from harbor_operator.core.project.statement import nested
from harbor_operator.kube.resources import JsonObject

GROUP: Final = "harbor.harbor-operator.io"
PROJECT: Final = "Project"
ROBOT: Final = "Robot"
MEMBER: Final = "Member"
CLAIM: Final = "UserGroupClaim"
_ROLES: Final = {
    "admin": "ProjectAdmin",
    "maintainer": "Maintainer",
    "developer": "Developer",
    "guest": "Guest",
}
_HANDLED: Final = {
    PROJECT: {"public", "metadata", "cve_allowlist", "storage_limit"},
    ROBOT: {"level", "permissions", "disable", "duration"},
}
_LEFT: Final = {
    "harborConnectionRef": "make a ClusterHarborConnection and name it by connectionRef",
    "creationPolicy": "a project is taken over by adoptionPolicy, a robot never",
    "deletionPolicy": "projects are retained by default, robots are not",
    "driftDetectionInterval": "drift is looked for by the connection's own interval",
    "owner": "Harbor's owner of a project cannot be stated",
    "registryRef": "a proxy cache states proxyCache with an upstream registry of the connection",
    "description": "the operator writes its mark there",
    "secretRef": "the operator's Secret has the keys username, password, registry and url:"
    " choose a secretName that is free",
    "reconcileNonce": "kubectl harbor reconcile asks for a look",
}
"""What becomes of fields that have no counterpart of their own."""


_NOT_TRANSLATED: Final = (
    "is not translated: kubectl harbor export writes what it has made of a project in Harbor"
)
_ORPHAN: Final = "Orphan"
_GROUP_TYPES: Final = {1: "LDAP", 2: "HTTP", 3: "OIDC"}


@dataclass(frozen=True, slots=True)
class Translation:
    """Manifests, and what none says.

    Attributes:
        objects: The manifests, each with what it does not say.
        notes: What was left out altogether.
    """

    objects: tuple[Exported, ...]
    notes: tuple[str, ...] = field(default=())


def translated(bodies: Iterable[JsonObject]) -> Translation:
    """Translate objects of all kinds.

    Args:
        bodies: The objects, each with its kind.
    """
    found = list(bodies)
    members = [body for body in found if body["kind"] == MEMBER]
    claims = {_name(body): body["spec"] for body in found if body["kind"] == CLAIM}
    objects, notes = [], []
    for body in sorted(found, key=lambda body: (body["kind"] != PROJECT, _name(body))):
        match body["kind"]:
            case "Project":
                exported = _project(body, members, claims)
            case "Robot":
                exported = _robot(body)
            case "Member" | "UserGroupClaim":
                continue
            case kind:
                notes.append(f"{kind} {_name(body)} {_NOT_TRANSLATED}")
                continue
        kind_here = PROJECTS if body["kind"] == PROJECT else ROBOTS
        problems = problems_of(kind_here, exported.body)
        if problems:
            notes.append(f"{body['kind']} {_name(body)} is left out: {problems[0]}")
        else:
            objects.append(exported)
    return Translation(tuple(objects), (*notes, *_members_left(members, found, claims)))


def _project(
    body: JsonObject, members: list[JsonObject], claims: Mapping[str, JsonObject]
) -> Exported:
    spec = body.get("spec") or {}
    metadata = {key: str(value) for key, value in (spec.get("metadata") or {}).items()}
    metadata.setdefault("public", str(bool(spec.get("public"))).lower())
    proxy = "registryRef" in spec
    stated = METADATA.state(MetadataSeen(metadata, proxy)).fields
    kept = {path: value for path, value in stated.items() if METADATA.usual.get(path) != value}
    fields = nested(kept | _allowed(spec, metadata))
    within = [member for member in members if _is_in(member, body)]
    people = [known for member in within if (known := _member(member, claims)) is not None]
    limit = int(spec.get("storage_limit") or 0)
    said = {
        "managementPolicy": ManagementPolicy.OBSERVE.value,
        **fields,
        **({"storageQuota": limit} if limit > 0 else {}),
        **({"members": people} if people else {}),
    }
    return _exported(PROJECTS, body, said)


def _allowed(spec: Mapping[str, Any], metadata: Mapping[str, str]) -> dict[str, Any]:
    """The list of tolerated vulnerabilities, which Harbor asks only where the system's is not."""
    if metadata.get("reuse_sys_cve_allowlist") != "false":
        return {}
    listed = spec.get("cve_allowlist") or {}
    ids = [str(item.get("cve_id", "")) for item in listed.get("items") or ()]
    path, expiry = "pullRestrictions.allowedCVEs", int(listed.get("expires_at") or 0)
    until = datetime.fromtimestamp(expiry, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        f"{path}.inheritSystem": False,
        f"{path}.ids": ids,
        **({f"{path}.expiresAt": until} if expiry > 0 else {}),
    }


def _is_in(member: JsonObject, project: JsonObject) -> bool:
    ref = (member.get("spec") or {}).get("projectRef") or {}
    namespace = ref.get("namespace") or member["metadata"]["namespace"]
    metadata = project["metadata"]
    return (ref.get("name"), namespace) == (metadata["name"], metadata["namespace"])


def _member(body: JsonObject, claims: Mapping[str, JsonObject]) -> dict[str, Any] | None:
    """Who may do what; None for a group of which nobody can say where Harbor knows it from.

    A user has the name of its object, a group that in its claim.
    """
    spec = body.get("spec") or {}
    role = _ROLES.get(str(spec.get("role")), str(spec.get("role")))
    if "memberGroup" not in spec:
        name = ((spec.get("memberUser") or {}).get("userRef") or {}).get("name", "")
        return {"kind": "User", "name": name, "role": role}
    claim = _claim_of(body, claims)
    kind = _GROUP_TYPES.get(claim.get("groupType", 0))
    if kind is None:
        return None
    name = claim.get("ldapGroupDN") or claim.get("groupName")
    return {"kind": "Group", "groupType": kind, "name": name, "role": role}


def _claim_of(body: JsonObject, claims: Mapping[str, JsonObject]) -> JsonObject:
    ref = (body["spec"].get("memberGroup") or {}).get("groupClaimRef") or {}
    namespace = ref.get("namespace") or body["metadata"]["namespace"]
    return claims.get(f"{namespace}/{ref.get('name')}", {})


def _robot(body: JsonObject) -> Exported:
    spec = body.get("spec") or {}
    rows = spec.get("permissions") or []
    access = [_access(row, body) for row in rows if row.get("kind") != "system"]
    system = [grant for row in rows if row.get("kind") == "system" for grant in _grants(row)]
    days = int(spec.get("duration") or -1)
    said = {
        **({"access": access} if access else {}),
        **({"system": system} if system else {}),
        "lifetimeDays": NEVER if days < 0 else min(days, MAX_LIFETIME_DAYS),
        **({"disabled": True} if spec.get("disable") else {}),
        "secretName": f"{body['metadata']['name']}-login",
        "suspend": True,
    }
    return _exported(ROBOTS, body, said)


def _access(row: Mapping[str, Any], body: JsonObject) -> dict[str, Any]:
    ref = row.get("projectRef")
    if not ref:
        return {"allProjects": True, "permissions": _grants(row)}
    elsewhere = ref.get("namespace") not in {None, body["metadata"]["namespace"]}
    place = {"namespace": ref["namespace"]} if elsewhere else {}
    return {"projectRef": {"name": ref["name"], **place}, "permissions": _grants(row)}


def _grants(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    by_resource: dict[str, list[str]] = {}
    for access in row.get("access") or ():
        by_resource.setdefault(str(access.get("resource")), []).append(str(access.get("action")))
    return [
        {"resource": resource, "actions": sorted(set(actions))}
        for resource, actions in sorted(by_resource.items())
    ]


def _exported(
    kind: CustomResource[Any, Any], body: JsonObject, said: Mapping[str, Any]
) -> Exported:
    metadata = body["metadata"]
    made = {
        "apiVersion": API_VERSION,
        "kind": kind.kind,
        "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
        "spec": dict(said),
    }
    source = f"{body['kind']} {_name(body)}"
    return Exported(source, made, tuple(_left_out(body)), origin="In place of")


def _left_out(body: JsonObject) -> Iterator[str]:
    handled, spec = _HANDLED[body["kind"]], body.get("spec") or {}
    if spec.get("deletionPolicy") != _ORPHAN:
        yield (
            "before you delete the old object, set its spec.deletionPolicy to Orphan: what it has"
            " made in Harbor goes with it otherwise"
        )
    for name in sorted(spec.keys() - handled):
        yield f"{name} is not taken over: {_LEFT.get(name, 'it has no counterpart')}"


def _members_left(
    members: list[JsonObject], found: list[JsonObject], claims: Mapping[str, JsonObject]
) -> Iterator[str]:
    projects = [body for body in found if body["kind"] == PROJECT]
    for member in members:
        if not any(_is_in(member, project) for project in projects):
            yield f"Member {_name(member)} is left out: its Project is not among those read"
        elif _member(member, claims) is None:
            yield f"Member {_name(member)} is left out: its UserGroupClaim is not among those read"


def _name(body: JsonObject) -> str:
    return f"{body['metadata']['namespace']}/{body['metadata']['name']}"
