"""The control API: steering the simulator from another process, on a port of its own.

Plain HTTP, JSON in and out, no authentication, loopback only.

    GET    /requests                      {"total", "reads", "writes", "counts": [{"method",
                                          "template", "status", "count"}]}
    DELETE /requests                      starts counting from zero
    GET    /faults                        {"read_only", "down", "rules": {number: rule}}
    POST   /faults                        adds a rule and answers {"number"}. A rule is {"kind":
                                          "latency" | "status" | "drop" | "truncate" | "mistype",
                                          "method": "*", "path": "*", "remaining": null or how
                                          many requests, "seconds", "status", "retry_after",
                                          "after_effect"}; only the kind is a must
    DELETE /faults                        ends all trouble, the two modes included
    DELETE /faults/{number}               takes one rule out of force
    PUT    /modes                         {"read_only": bool, "down": bool}, both optional
    PUT    /health                        {component: message} of what is unhealthy
    POST   /restart                       forgets sessions and locked names, keeps the database
    POST   /snapshots                     copies the database and answers {"number"}
    POST   /snapshots/{number}/restore    goes back to that copy, and restarts
    GET    /clock                         {"now", "offset_seconds"}
    PUT    /clock                         {"offset_seconds"}: how far ahead of real time
    PUT    /configuration                 {setting: value}, for example robot_name_prefix, or
                                          auth_mode, whatever users there are
    PUT    /directory                     {"users": [{"username", "password", "email", "realname",
                                          "groups": [DN or name]}], "groups": [{"dn", "name"}]}:
                                          whom LDAP or the authentication proxy knows from now on
    POST   /logins                        {"username", "email", "realname", "groups": [name]}: a
                                          login through OIDC, after which Harbor knows the user;
                                          answers {"user_id"}
    POST   /scanners                      {"name", "url"}: a scanner that was installed together
                                          with Harbor, such as Trivy; answers {"uuid"}
    PUT    /scans                         {"seconds", "pending_seconds"}, both optional: how long
                                          scans run, and how long they wait before
    PUT    /findings                      {"digest" or "repository": "project/path", or neither
                                          for all others, "fails": bool, "vulnerabilities": [{"id",
                                          "package", "version", "fix_version", "severity",
                                          "status", "description", "links", "cwe_ids", "cvss":
                                          {"nvd": {"V3Score", "V3Vector"}}}]}: what scans that
                                          start from now on find; what has no such entry is clean
    DELETE /findings                      makes everything clean
    PUT    /unreachable                   {"urls": [url]} of registries and scanners that do not
                                          answer; those on loopback are really called, all others
                                          answer if they are not in this list
    GET    /projects                      [{"project_id", "name", "metadata", "repo_count"}]
    GET    /secrets                       [{"kind", "value", "holder"}]: every secret that was ever
                                          issued or told, the wrong ones included
    GET    /robots                        [{"id", "name", "level", "project_id", "disabled",
                                          "expires_at", "creator_ref"}], names with the prefix

Every other answer is {}. A request that makes no sense gets 400 with {"error"}.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.typedefs import Handler

from testbed.harbor.clock import rfc3339
from testbed.harbor.configuration import validate_change
from testbed.harbor.directory import DirectoryGroup, DirectoryUser
from testbed.harbor.errors import HarborError
from testbed.harbor.faults import Fault, FaultKind
from testbed.harbor.known_secrets import SecretKind
from testbed.harbor.onboarding import log_in
from testbed.harbor.scan_plans import ANYTHING, read_outcome
from testbed.harbor.scanners import install_scanner
from testbed.harbor.urls import normalized_url

if TYPE_CHECKING:
    from testbed.harbor.server import HarborSimulator
    from testbed.harbor.state import HarborState


@web.middleware
async def _explain_mistakes(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (KeyError, TypeError, ValueError, HarborError) as error:
        return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)


def control_application(simulator: "HarborSimulator") -> web.Application:
    """The web application that serves the control API of a simulator."""
    application = web.Application(middlewares=[_explain_mistakes])
    control = _Control(simulator)
    application.add_routes(
        [
            web.get("/requests", control.show_requests),
            web.delete("/requests", control.reset_requests),
            web.get("/faults", control.show_faults),
            web.post("/faults", control.add_fault),
            web.delete("/faults", control.clear_faults),
            web.delete("/faults/{number}", control.remove_fault),
            web.put("/modes", control.set_modes),
            web.put("/health", control.set_health),
            web.post("/restart", control.restart),
            web.post("/snapshots", control.take_snapshot),
            web.post("/snapshots/{number}/restore", control.restore_snapshot),
            web.get("/clock", control.show_clock),
            web.put("/clock", control.set_clock),
            web.put("/configuration", control.configure),
            web.put("/directory", control.fill_directory),
            web.post("/logins", control.log_in),
            web.post("/scanners", control.install_scanner),
            web.put("/scans", control.set_scan_times),
            web.put("/findings", control.plant_findings),
            web.delete("/findings", control.clear_findings),
            web.put("/unreachable", control.set_unreachable),
            web.get("/projects", control.list_projects),
            web.get("/robots", control.list_robots),
            web.get("/secrets", control.list_secrets),
        ]
    )
    return application


def _directory_user(fields: dict[str, Any]) -> DirectoryUser:
    return DirectoryUser(**{**fields, "groups": tuple(fields.get("groups", ()))})


class _Control:
    """The endpoints; their paths and bodies are described at the top."""

    def __init__(self, simulator: "HarborSimulator") -> None:
        self._simulator = simulator
        self._snapshots: list[HarborState] = []

    async def show_requests(self, _: web.Request) -> web.Response:
        log = self._simulator.requests
        counts = [{**kind._asdict(), "count": n} for kind, n in sorted(log.counts.items())]
        total = log.counts.total()
        return web.json_response(
            {"total": total, "reads": log.reads, "writes": log.writes, "counts": counts}
        )

    async def reset_requests(self, _: web.Request) -> web.Response:
        self._simulator.requests.reset()
        return web.json_response({})

    async def show_faults(self, _: web.Request) -> web.Response:
        faults = self._simulator.faults
        rules = {number: asdict(fault) for number, fault in faults.in_force().items()}
        return web.json_response(
            {"read_only": faults.read_only, "down": faults.down, "rules": rules}
        )

    async def add_fault(self, request: web.Request) -> web.Response:
        body = await request.json()
        fault = Fault(**{**body, "kind": FaultKind(body["kind"])})
        return web.json_response({"number": self._simulator.faults.add(fault)})

    async def clear_faults(self, _: web.Request) -> web.Response:
        self._simulator.faults.clear()
        return web.json_response({})

    async def remove_fault(self, request: web.Request) -> web.Response:
        self._simulator.faults.remove(int(request.match_info["number"]))
        return web.json_response({})

    async def set_modes(self, request: web.Request) -> web.Response:
        body = await request.json()
        faults = self._simulator.faults
        faults.read_only = bool(body.get("read_only", faults.read_only))
        faults.down = bool(body.get("down", faults.down))
        return web.json_response({})

    async def set_health(self, request: web.Request) -> web.Response:
        errors = await request.json()
        self._simulator.component_errors.clear()
        self._simulator.component_errors.update({str(k): str(v) for k, v in errors.items()})
        return web.json_response({})

    async def restart(self, _: web.Request) -> web.Response:
        self._simulator.restart()
        return web.json_response({})

    async def take_snapshot(self, _: web.Request) -> web.Response:
        self._snapshots.append(self._simulator.snapshot())
        return web.json_response({"number": len(self._snapshots)})

    async def restore_snapshot(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        if not 0 < number <= len(self._snapshots):
            raise ValueError(f"there is no snapshot {number}")
        self._simulator.restore(self._snapshots[number - 1])
        return web.json_response({})

    async def show_clock(self, _: web.Request) -> web.Response:
        clock = self._simulator.clock
        return web.json_response(
            {"now": rfc3339(clock.now()), "offset_seconds": clock.offset_seconds}
        )

    async def set_clock(self, request: web.Request) -> web.Response:
        self._simulator.clock.offset_seconds = float((await request.json())["offset_seconds"])
        return web.json_response({})

    async def configure(self, request: web.Request) -> web.Response:
        body = await request.json()
        changes = {key: validate_change(key, value) for key, value in body.items()}
        unknown = [key for key, value in changes.items() if value is None]
        if unknown:
            raise ValueError(f"not settings that can be changed: {unknown}")
        kept = {key: value for key, value in changes.items() if value is not None}
        self._simulator.state.configuration |= kept
        return web.json_response({})

    async def fill_directory(self, request: web.Request) -> web.Response:
        body = await request.json()
        self._simulator.core.directory.replace(
            [_directory_user(user) for user in body.get("users", [])],
            [DirectoryGroup(**group) for group in body.get("groups", [])],
        )
        for user in self._simulator.core.directory.users.values():
            self._simulator.core.secrets.add(SecretKind.PASSWORD, user.password, user.username)
        return web.json_response({})

    async def log_in(self, request: web.Request) -> web.Response:
        user = log_in(self._simulator.core, _directory_user(await request.json()))
        return web.json_response({"user_id": user.user_id})

    async def install_scanner(self, request: web.Request) -> web.Response:
        body = await request.json()
        simulator = self._simulator
        scanner = install_scanner(
            simulator.state, simulator.clock.now(), name=body["name"], url=body["url"]
        )
        return web.json_response({"uuid": scanner.uuid})

    async def set_scan_times(self, request: web.Request) -> web.Response:
        self._simulator.core.scan_plan.update(await request.json())
        return web.json_response({})

    async def plant_findings(self, request: web.Request) -> web.Response:
        body = await request.json()
        place = body.get("digest") or body.get("repository") or ANYTHING
        self._simulator.core.scan_plan.outcomes[place] = read_outcome(body)
        return web.json_response({})

    async def clear_findings(self, _: web.Request) -> web.Response:
        self._simulator.core.scan_plan.outcomes.clear()
        return web.json_response({})

    async def set_unreachable(self, request: web.Request) -> web.Response:
        urls = (await request.json())["urls"]
        self._simulator.core.unreachable = {normalized_url(url) for url in urls}
        return web.json_response({})

    async def list_projects(self, _: web.Request) -> web.Response:
        state = self._simulator.state
        return web.json_response(
            [
                {
                    "project_id": project.project_id,
                    "name": project.name,
                    "metadata": project.metadata,
                    "repo_count": len(state.repositories_of(project.project_id)),
                }
                for project in state.projects.values()
            ]
        )

    async def list_secrets(self, _: web.Request) -> web.Response:
        return web.json_response([asdict(secret) for secret in self._simulator.core.secrets])

    async def list_robots(self, _: web.Request) -> web.Response:
        prefix = self._simulator.core.robot_prefix
        return web.json_response(
            [
                {
                    "id": robot.id,
                    "name": f"{prefix}{robot.name}",
                    "level": robot.level,
                    "project_id": robot.project_id,
                    "disabled": robot.disabled,
                    "expires_at": robot.expires_at,
                    "creator_ref": robot.creator_ref,
                }
                for robot in self._simulator.state.robots.values()
            ]
        )
