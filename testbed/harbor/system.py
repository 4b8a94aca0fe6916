"""The installation itself: liveness, health, information, settings, statistics."""

from aiohttp import web

from testbed.harbor.binding import bind_mapping
from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.callers import is_authenticated
from testbed.harbor.clock import rfc3339
from testbed.harbor.configuration import AUTH_MODE, validate_change
from testbed.harbor.core import COMPONENTS
from testbed.harbor.costs import Cost
from testbed.harbor.errors import bad_request, not_found
from testbed.harbor.release import Difference
from testbed.harbor.state import ADMIN_USER_ID


async def ping(call: Call) -> web.StreamResponse:
    """GET /ping: touches nothing."""
    await call.core.costs.pay(Cost.PING)
    return web.Response(body=b"Pong", headers={"Content-Type": "text/plain"})


async def health(call: Call) -> web.StreamResponse:
    """GET /health: always 200, the verdict is in the body."""
    errors = call.core.component_errors
    components = [
        {"error": errors[name], "name": name, "status": "unhealthy"}
        if name in errors
        else {"name": name, "status": "healthy"}
        for name in COMPONENTS
    ]
    return answer({"components": components, "status": "unhealthy" if errors else "healthy"})


async def system_info(call: Call) -> web.StreamResponse:
    """GET /systeminfo: anybody learns how to log in, whoever is known learns the version too."""
    settings = call.state.configuration
    info: dict[str, object] = {
        "auth_mode": settings["auth_mode"],
        "banner_message": settings["banner_message"],
        "oidc_provider_name": settings["oidc_name"],
        "primary_auth_mode": settings["primary_auth_mode"],
        "self_registration": settings["self_registration"],
    }
    known = is_authenticated(call.caller)
    if known or call.does(Difference.OPEN_VERSION):
        info["harbor_version"] = call.core.release.version
    if known:
        info |= {
            "current_time": rfc3339(call.now),
            "external_url": call.core.url,
            "has_ca_root": False,
            "notification_enable": settings["notification_enable"],
            "project_creation_restriction": settings["project_creation_restriction"],
            "read_only": call.core.read_only,
            "registry_storage_provider_name": "filesystem",
            "registry_url": call.core.registry_host,
        }
    return answer(info)


async def get_certificate(call: Call) -> web.StreamResponse:
    """GET /systeminfo/getcert: no certificate authority is offered for download."""
    del call
    raise not_found("cert is not found")


async def get_configurations(call: Call) -> web.StreamResponse:
    """GET /configurations, for administrators."""
    call.require_on_system("read", "configuration")
    settings: dict[str, object] = {
        name: {"editable": name != AUTH_MODE or _may_change_mode(call), "value": value}
        for name, value in call.state.configuration.items()
    }
    return answer(settings | {"scan_all_policy": {}})


async def update_configurations(call: Call) -> web.StreamResponse:
    """PUT /configurations: the settings given, possible even in read-only mode."""
    body = await bind_mapping(call.request, "configurations")
    call.require_on_system("update", "configuration")
    changes = {key: validate_change(key, value) for key, value in body.items()}
    mode = call.state.configuration[AUTH_MODE]
    if changes.get(AUTH_MODE, mode) != mode and not _may_change_mode(call):
        raise bad_request(
            "the auth mode cannot be modified as new users have been inserted into database"
        )
    call.state.configuration |= {k: value for k, value in changes.items() if value is not None}
    return done()


def _may_change_mode(call: Call) -> bool:
    return call.state.users.keys() == {ADMIN_USER_ID}


async def statistics(call: Call) -> web.StreamResponse:
    """GET /statistics: counts over all projects, for administrators."""
    call.require_authenticated()
    projects = call.state.projects.values()
    public = {project.project_id for project in projects if project.public}
    repositories = call.state.repositories.values()
    public_repositories = sum(repo.project_id in public for repo in repositories)
    return answer(
        {
            "private_project_count": len(projects) - len(public),
            "private_repo_count": len(repositories) - public_repositories,
            "public_project_count": len(public),
            "public_repo_count": public_repositories,
            "total_project_count": len(projects),
            "total_repo_count": len(repositories),
            "total_storage_consumption": sum(call.state.blobs.values()),
        }
    )


async def version(call: Call) -> web.StreamResponse:
    """GET /api/version: the API's version, not the product's."""
    del call
    return web.Response(
        body=b'{"version":"v2.0"}', headers={"Content-Type": "text/plain; charset=utf-8"}
    )


ROUTES = (
    Route("GET", "/ping", ping),
    Route("GET", "/health", health),
    Route("GET", "/systeminfo", system_info),
    Route("GET", "/systeminfo/getcert", get_certificate),
    Route("GET", "/configurations", get_configurations),
    Route("PUT", "/configurations", update_configurations),
    Route("GET", "/statistics", statistics),
)
ROOT_ROUTES = (Route("GET", "/api/version", version),)
