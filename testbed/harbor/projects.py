"""Projects: create, list, read, update, delete, and whether a project may be deleted."""

import re
from dataclasses import replace
from datetime import datetime

from aiohttp import web

from testbed.harbor.allowlists import ids_of
from testbed.harbor.audit import record
from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.callers import (
    RobotCaller,
    UserCaller,
    covers_all_projects,
    may_on_system,
)
from testbed.harbor.clock import ZERO_TIME, rfc3339
from testbed.harbor.costs import Cost
from testbed.harbor.errors import (
    bad_request,
    conflict,
    forbidden,
    precondition_failed,
    unprocessable,
)
from testbed.harbor.models import METADATA_KEYS, CVEAllowlist, ProjectMetadata, ProjectReq
from testbed.harbor.paging import Column, Keyword
from testbed.harbor.permissions import ROLE_STRENGTH
from testbed.harbor.proxy_caches import kept_metadata, validate_creation, validate_filter
from testbed.harbor.quotas import add_quota, validate_limit
from testbed.harbor.retentions import add_default_policy, remove_retentions_of
from testbed.harbor.state import (
    PROJECT_ADMIN_ROLE,
    Allowlist,
    HarborState,
    Member,
    Project,
)

NAME_PATTERN = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
MAX_NAME_LENGTH = 255
PROXY_CACHE_DAYS = 7
"""How long a new proxy cache keeps what nobody pulls."""
_SEVERITIES = frozenset({"none", "low", "medium", "high", "critical"})
_NOT_EMPTY = "the project contains repositories, can not be deleted"
_RETENTION_ID_GIVEN = (
    "the retention_id in the request's payload when creating a project should be omitted, "
    "alternatively passing an empty string"
)
_RETENTION_ID_CHANGED = (
    "the retention_id in the request's payload when updating a project should be omitted, "
    "alternatively passing the one that has already been associated to this project"
)


async def create_project(call: Call) -> web.StreamResponse:
    """POST /projects. `cve_allowlist` is ignored, like unknown metadata keys."""
    body = await call.body(ProjectReq, "project")
    if len(body.project_name) > MAX_NAME_LENGTH:
        raise unprocessable(
            "validation failure list:\n"
            f"project_name in body should be at most {MAX_NAME_LENGTH} chars long"
        )
    call.require_authenticated()
    manages_projects = may_on_system(call.caller, "create", "project")
    _require_creation(call, body, manages_projects=manages_projects)
    limit = body.storage_limit
    if not limit or not manages_projects:
        limit = call.core.setting("storage_per_project")
    metadata = _metadata_of_creation(body)
    validate_creation(call.state, body)
    validate_limit(limit, "bad request: ")
    _validate_name(body.project_name)
    project = add_project(
        call.state,
        call.now,
        name=body.project_name,
        owner_id=_owner_of_creation(call),
        metadata=metadata,
    )
    if call.state.configuration["quota_per_project_enable"]:
        add_quota(call.state, call.now, project.project_id, limit)
    if body.registry_id is not None:
        project.registry_id = body.registry_id
        add_default_policy(call.state, call.now, project, days=PROXY_CACHE_DAYS)
    record(call, "create", "project", project.name, project_id=project.project_id)
    by_name = call.request.headers.get("X-Resource-Name-In-Location", "").lower() == "true"
    return call.created(project.name if by_name else project.project_id)


def _require_creation(call: Call, body: ProjectReq, *, manages_projects: bool) -> None:
    if isinstance(call.caller, RobotCaller) and call.caller.robot.project_id:
        raise forbidden("Only system level robot can create project")
    restriction = call.state.configuration["project_creation_restriction"]
    if restriction == "adminonly" and not manages_projects:
        raise forbidden("Only system admin can create project")
    if body.registry_id is not None and not manages_projects:
        raise forbidden("Only system admin can create proxy cache project")


def _metadata_of_creation(body: ProjectReq) -> dict[str, str]:
    given = (body.metadata or ProjectMetadata()).given()
    if given.pop("retention_id", ""):
        raise bad_request(_RETENTION_ID_GIVEN)
    public = given.get("public") or ("true" if body.public else "false")
    if public not in {"true", "false"}:
        raise bad_request(f"metadata.public should only be 'true' or 'false', but got: '{public}'")
    is_proxy = body.registry_id is not None
    return kept_metadata(given, is_proxy=is_proxy) | {"public": public}


def _validate_name(name: str) -> None:
    if not name:
        raise bad_request(
            f"Project name {name} is illegal in length. (greater than 255 or less than 1)"
        )
    if not NAME_PATTERN.fullmatch(name):
        raise bad_request("project name is not in lower case or contains illegal characters")


def _owner_of_creation(call: Call) -> int:
    if isinstance(call.caller, UserCaller):
        return call.caller.user.user_id
    # A robot cannot own a project: the administrator with the lowest id does.
    return min(user.user_id for user in call.state.users.values() if user.sysadmin)


def add_project(
    state: HarborState, now: datetime, *, name: str, owner_id: int, metadata: dict[str, str]
) -> Project:
    """Stores a project and makes its owner a member.

    Raises:
        HarborError: 409 when the name is taken; the number of the attempt is lost.
    """
    project_id = state.next_id("project")
    if name in state.project_ids:
        raise conflict(f"The project named {name} already exists")
    project = Project(
        project_id=project_id,
        name=name,
        owner_id=owner_id,
        allowlist=Allowlist(state.next_id("allowlist")),
        metadata=metadata,
        created=now,
        updated=now,
    )
    state.projects[project_id] = project
    state.project_ids[name] = project_id
    member = Member(state.next_id("member"), project_id, owner_id, PROJECT_ADMIN_ROLE)
    state.members[member.id] = member
    return project


async def list_projects(call: Call) -> web.StreamResponse:
    """GET /projects: everything for administrators, else what the caller belongs to and public."""
    query = call.list_query()
    detailed = call.parameter("with_detail").lower() != "false"
    keywords = dict(query.keywords)
    if call.parameter("name"):
        keywords["name"] = Keyword(call.parameter("name"), fuzzy=True)
    for exact in ("owner", "public"):
        if call.parameter(exact):
            keywords[exact] = Keyword(call.parameter(exact))
    query = replace(query, keywords=keywords)
    visible = [project for project in call.state.projects.values() if is_listed_for(call, project)]
    response = call.page(
        visible,
        query,
        columns=_columns(call.state),
        order="name",
        view=lambda project: project_view(call, project, detailed=detailed),
    )
    await call.core.costs.pay(Cost.LISTED_PROJECT, min(len(visible), query.page_size))
    return response


def is_listed_for(call: Call, project: Project) -> bool:
    """Whether the caller sees a project, and its repositories, in lists of all."""
    caller = call.caller
    if project.public or may_on_system(caller, "list", "project"):
        return True
    match caller:
        case UserCaller():
            return bool(call.state.roles_of(caller.user.user_id, project.project_id))
        case RobotCaller():
            scope = f"/project/{project.project_id}"
            held = any(permission.scope == scope for permission in caller.robot.permissions)
            return held or covers_all_projects(caller.robot)
        case _:
            return False


def _columns(state: HarborState) -> dict[str, Column[Project]]:
    columns: dict[str, Column[Project]] = {
        "project_id": lambda project: project.project_id,
        "name": lambda project: project.name,
        "owner_id": lambda project: project.owner_id,
        "owner": lambda project: state.users[project.owner_id].username,
        "public": lambda project: project.public,
        "registry_id": lambda project: project.registry_id,
        "creation_time": lambda project: project.created,
        "update_time": lambda project: project.updated,
    }
    return columns | {"ProjectID": columns["project_id"], "Name": columns["name"]}


def project_view(call: Call, project: Project, *, detailed: bool = True) -> dict[str, object]:
    """A project as the API shows it to this caller."""
    view: dict[str, object] = {
        "creation_time": rfc3339(project.created),
        "current_user_role_ids": None,
        "cve_allowlist": _allowlist_view(project if detailed else None),
        "name": project.name,
        "owner_id": project.owner_id,
        "project_id": project.project_id,
        "repo_count": len(call.state.repositories_of(project.project_id)),
        "update_time": rfc3339(project.updated),
    }
    if project.is_proxy:
        view["registry_id"] = project.registry_id
    if detailed:
        view["metadata"] = _metadata_view(project.metadata)
        view["owner_name"] = call.state.users[project.owner_id].username
    if isinstance(call.caller, UserCaller):
        roles = _roles_shown(call, call.caller, project)
        view["current_user_role_ids"] = roles or None
        view |= {"current_user_role_id": min(roles, key=ROLE_STRENGTH.index)} if roles else {}
    return view


def _roles_shown(call: Call, caller: UserCaller, project: Project) -> list[int]:
    roles = call.state.roles_of(caller.user.user_id, project.project_id)
    if caller.user.sysadmin and PROJECT_ADMIN_ROLE not in roles:
        roles.append(PROJECT_ADMIN_ROLE)
    return [role for role in roles if role in ROLE_STRENGTH]


def _allowlist_view(project: Project | None) -> dict[str, object]:
    view: dict[str, object] = {"creation_time": ZERO_TIME, "items": None, "update_time": ZERO_TIME}
    if project is None:
        return view
    allowlist = project.allowlist
    view |= {
        "id": allowlist.id,
        "items": [{"cve_id": item} for item in allowlist.items],
        "project_id": project.project_id,
    }
    return view | ({"expires_at": allowlist.expires_at} if allowlist.expires_at else {})


def _metadata_view(metadata: dict[str, str]) -> dict[str, str]:
    # Keys that the model does not name, such as the chosen scanner, are not shown here.
    shown = {key: value for key, value in metadata.items() if key in METADATA_KEYS}
    if "severity" in shown:
        severity = shown["severity"].lower().replace("negligible", "none")
        shown["severity"] = severity if severity in _SEVERITIES else "unknown"
    return shown


async def head_project(call: Call) -> web.StreamResponse:
    """HEAD /projects?project_name=: whether a project exists, for anybody who is known."""
    name = call.parameter("project_name")
    if not name:
        raise unprocessable("project_name in query is required")
    call.require_authenticated()
    call.existing_project(name)
    return done()


async def get_project(call: Call) -> web.StreamResponse:
    """GET /projects/{project}."""
    return answer(project_view(call, call.project("read")))


async def update_project(call: Call) -> web.StreamResponse:
    """PUT /projects/{project}: merges metadata, replaces the allowlist, ignores the rest."""
    body = await call.body(ProjectReq, "project")
    project = call.project("update")
    if body.cve_allowlist is not None and body.cve_allowlist.project_id not in {
        0,
        project.project_id,
    }:
        raise bad_request(
            f"project_id in cve_allowlist must be {project.project_id} "
            f"but it's {body.cve_allowlist.project_id}"
        )
    metadata = body.metadata or ProjectMetadata()
    if project.is_proxy:
        validate_filter(metadata)
    given = metadata.given()
    retention = given.get("retention_id")
    if retention is not None and retention != project.metadata.get("retention_id"):
        raise bad_request(_RETENTION_ID_CHANGED)
    if body.cve_allowlist is not None:
        _replace_allowlist(call.state, project, body.cve_allowlist)
    project.metadata |= kept_metadata(given, is_proxy=project.is_proxy)
    return done()


def _replace_allowlist(state: HarborState, project: Project, body: CVEAllowlist) -> None:
    items = ids_of(body)
    # Harbor writes by "insert or update", which draws a number even for an update.
    state.next_id("allowlist")
    project.allowlist.items = items
    project.allowlist.expires_at = body.expires_at


async def delete_project(call: Call) -> web.StreamResponse:
    """DELETE /projects/{project}, while it holds no repository."""
    project = call.project("delete")
    if call.state.repositories_of(project.project_id):
        raise precondition_failed(f"precondition failed: {_NOT_EMPTY}")
    remove_retentions_of(call.state, project.project_id)
    call.state.remove_project(project.project_id)
    scope = f"/project/{project.project_id}"
    for robot in call.state.robots.values():
        robot.permissions = [entry for entry in robot.permissions if entry.scope != scope]
    record(call, "delete", "project", project.name, project_id=project.project_id)
    return done()


async def deletable(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/_deletable."""
    project = call.project("delete")
    if call.state.repositories_of(project.project_id):
        return answer({"message": _NOT_EMPTY})
    return answer({"deletable": True})


async def summary(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/summary: quota and members, as far as the caller may see them."""
    project = call.project("read")
    view: dict[str, object] = {"repo_count": len(call.state.repositories_of(project.project_id))}
    quota = call.state.quota_of(project.project_id)
    if quota is not None and call.may_in_project(project, "read", "quota"):
        view["quota"] = {"hard": {"storage": quota.hard}, "used": {"storage": quota.used}}
    if call.may_in_project(project, "list", "member"):
        view |= _member_counts(call.state, project)
    return answer(view)


def _member_counts(state: HarborState, project: Project) -> dict[str, int]:
    names = {
        1: "project_admin_count",
        2: "developer_count",
        3: "guest_count",
        4: "maintainer_count",
        5: "limited_guest_count",
    }
    members = [m for m in state.members.values() if m.project_id == project.project_id]
    counts = {name: sum(m.role_id == role for m in members) for role, name in names.items()}
    return {name: count for name, count in counts.items() if count}


ROUTES = (
    Route("POST", "/projects", create_project),
    Route("GET", "/projects", list_projects),
    Route("HEAD", "/projects", head_project),
    Route("GET", "/projects/{project}", get_project),
    Route("PUT", "/projects/{project}", update_project),
    Route("DELETE", "/projects/{project}", delete_project),
    Route("GET", "/projects/{project}/_deletable", deletable),
    Route("GET", "/projects/{project}/summary", summary),
)
