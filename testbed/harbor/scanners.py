"""Scanners: registering them, and choosing one for a project."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from aiohttp import web

from testbed.harbor.call import Call, Route, answer, done, without_empty
from testbed.harbor.clock import rfc3339
from testbed.harbor.core import Core
from testbed.harbor.errors import (
    HarborError,
    bad_request,
    conflict,
    forbidden,
    internal_error,
    not_found,
)
from testbed.harbor.paging import Column, Keyword, ListQuery
from testbed.harbor.policy_models import IsDefault, ProjectScanner, ScannerRegistrationReq
from testbed.harbor.policy_state import Scanner
from testbed.harbor.scanner_adapters import AdapterMetadata, ask_adapter
from testbed.harbor.state import HarborState, Project
from testbed.harbor.urls import normalized_url

METADATA_KEY = "projectScanner"
"""Where a project keeps its scanner's uuid; `GET /projects/{project}` does not show it."""
RESERVED_NAME = "Trivy"
"""The scanner that Harbor brings along, so nobody else may use its name."""
AUTHENTICATIONS = ("Basic", "Bearer", "X-ScannerAdapter-API-Key")
_RESOURCE = "scanner"


async def create_scanner(call: Call) -> web.StreamResponse:
    """POST /scanners: its adapter must answer; the first one becomes the default."""
    body = await call.body(ScannerRegistrationReq, "registration")
    call.require_on_system("create", _RESOURCE)
    scanner = _new_scanner(body, call.now)
    _validate(scanner)
    if await ask_adapter(call.core, scanner.url) is None:
        raise internal_error()
    scanner.is_default = not call.state.scanners
    _require_free(call.state, scanner)
    call.state.scanners[scanner.uuid] = scanner
    return call.created(scanner.uuid)


def _new_scanner(body: ScannerRegistrationReq, now: datetime) -> Scanner:
    return Scanner(
        uuid=str(uuid4()),
        name=body.name,
        description=body.description,
        url=body.url,
        auth=body.auth,
        access_credential=body.access_credential,
        skip_cert_verify=body.skip_certVerify,
        use_internal_addr=body.use_internal_addr,
        disabled=body.disabled,
        is_default=False,
        built_in=False,
        created=now,
        updated=now,
    )


def install_scanner(state: HarborState, now: datetime, *, name: str, url: str) -> Scanner:
    """Adds a scanner as an installer does, built in and under any name; the default if the first.

    Raises:
        HarborError: 409 when the name or the URL is taken.
    """
    scanner = replace(
        _new_scanner(ScannerRegistrationReq(name, url), now),
        built_in=True,
        is_default=not state.scanners,
    )
    _require_free(state, scanner)
    state.scanners[scanner.uuid] = scanner
    return scanner


def _validate(scanner: Scanner) -> None:
    if not scanner.name:
        raise bad_request("missing registration name")
    try:
        scanner.url = normalized_url(scanner.url)
    except HarborError as error:
        raise bad_request(f"scanner registration validate: {error.message}") from error
    if scanner.auth and scanner.auth not in AUTHENTICATIONS:
        raise bad_request(f"auth type {scanner.auth} is not supported")
    if scanner.auth and not scanner.access_credential:
        raise bad_request(f"access_credential is required for auth type {scanner.auth}")
    if scanner.name == RESERVED_NAME:
        raise bad_request(f'name "{scanner.name}" is reserved, please try a different name')


def _is_taken(state: HarborState, scanner: Scanner) -> bool:
    others = (other for other in state.scanners.values() if other.uuid != scanner.uuid)
    return any(other.name == scanner.name or other.url == scanner.url for other in others)


def _require_free(state: HarborState, scanner: Scanner) -> None:
    if _is_taken(state, scanner):
        raise conflict("registration name or url already exists")


_COLUMNS: dict[str, Column[Scanner]] = {
    "uuid": lambda scanner: scanner.uuid,
    "name": lambda scanner: scanner.name,
    "url": lambda scanner: scanner.url,
    "description": lambda scanner: scanner.description,
    "is_default": lambda scanner: scanner.is_default,
    "create_time": lambda scanner: scanner.created,
}


async def list_scanners(call: Call) -> web.StreamResponse:
    """GET /scanners, the default first."""
    call.require_on_system("list", _RESOURCE)
    query = call.list_query()
    keywords = dict(query.keywords)
    for name in ("name", "description", "url"):
        if call.parameter(name):
            keywords[name] = Keyword(call.parameter(name), fuzzy=True)
    for name in ("name", "url"):
        if call.parameter(f"ex_{name}"):
            keywords[name] = Keyword(call.parameter(f"ex_{name}"))
    return await _page(call, replace(query, keywords=keywords))


async def _page(call: Call, query: ListQuery) -> web.StreamResponse:
    scanners = call.state.scanners.values()
    views = {scanner.uuid: await _view(call.core, scanner) for scanner in scanners}
    return call.page(
        scanners,
        replace(query, sorting=query.sorting or ("-is_default", "-create_time")),
        columns=_COLUMNS,
        order="uuid",
        view=lambda scanner: views[scanner.uuid],
    )


async def _view(core: Core, scanner: Scanner, *, detailed: bool = False) -> dict[str, object]:
    adapter = await ask_adapter(core, scanner.url)
    view: dict[str, object] = {
        "auth": scanner.auth,
        "create_time": rfc3339(scanner.created),
        "description": scanner.description,
        "disabled": scanner.disabled,
        "is_default": scanner.is_default,
        "name": scanner.name,
        "skip_certVerify": scanner.skip_cert_verify,
        "update_time": rfc3339(scanner.updated),
        "url": scanner.url,
        "use_internal_addr": scanner.use_internal_addr,
        "uuid": scanner.uuid,
        # The credential is always printed and always empty.
        "access_credential": "",
    }
    if adapter is not None:
        view["capabilities"] = adapter.capabilities
    return view | (_health(adapter) if detailed else {})


def _health(adapter: AdapterMetadata | None) -> dict[str, object]:
    if adapter is None:
        return {"health": "unhealthy"}
    shown = {"adapter": adapter.name, "vendor": adapter.vendor, "version": adapter.version}
    return without_empty({**shown, "health": "healthy"})


def _existing(call: Call, *, change: str = "") -> Scanner:
    uuid = call.text("uuid")
    scanner = call.state.scanners.get(uuid)
    if scanner is None:
        raise not_found(f"scanner {uuid} not found")
    if change and scanner.built_in:
        raise forbidden(
            f"registration {scanner.name} is not allowed to {change} as it is immutable: "
            f"scanner API: {change}"
        )
    return scanner


async def get_scanner(call: Call) -> web.StreamResponse:
    """GET /scanners/{uuid}."""
    call.require_on_system("read", _RESOURCE)
    return answer(await _view(call.core, _existing(call)))


async def get_scanner_metadata(call: Call) -> web.StreamResponse:
    """GET /scanners/{uuid}/metadata: what its adapter says."""
    call.require_on_system("read", _RESOURCE)
    adapter = await ask_adapter(call.core, _existing(call).url)
    if adapter is None:
        raise internal_error()
    return answer(adapter.document())


async def update_scanner(call: Call) -> web.StreamResponse:
    """PUT /scanners/{uuid}: everything but the credential, which an empty one keeps."""
    body = await call.body(ScannerRegistrationReq, "registration")
    call.require_on_system("update", _RESOURCE)
    old = _existing(call, change="update")
    kept = old.access_credential if body.auth else ""
    scanner = replace(
        _new_scanner(body, call.now),
        uuid=old.uuid,
        is_default=old.is_default,
        created=old.created,
        access_credential=body.access_credential or kept,
    )
    _validate(scanner)
    if scanner.is_default and scanner.disabled:
        raise internal_error()
    if _is_taken(call.state, scanner):
        raise internal_error()
    call.state.scanners[scanner.uuid] = scanner
    return done()


async def delete_scanner(call: Call) -> web.StreamResponse:
    """DELETE /scanners/{uuid}: answers with what was removed."""
    call.require_on_system("delete", _RESOURCE)
    scanner = _existing(call, change="delete")
    del call.state.scanners[scanner.uuid]
    return answer(await _view(call.core, scanner))


async def set_default(call: Call) -> web.StreamResponse:
    """PATCH /scanners/{uuid}: makes it the default one."""
    body = await call.body(IsDefault, "payload")
    call.require_on_system("update", _RESOURCE)
    if body.is_default:
        chosen = call.state.scanners.get(call.text("uuid"))
        if chosen is None or chosen.disabled:
            raise not_found(f"registration {call.text('uuid')} not found")
        for scanner in call.state.scanners.values():
            scanner.is_default = scanner is chosen
    return done()


def default_scanner(scanners: Iterable[Scanner]) -> Scanner | None:
    """The scanner of projects that chose none."""
    return next((scanner for scanner in scanners if scanner.is_default), None)


async def get_project_scanner(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/scanner: its own, else the default, else nothing."""
    call.require_authenticated()
    project = call.project("read", _RESOURCE)
    scanner = scanner_of(call.state, project)
    if scanner is None:
        return web.Response(headers={"Content-Type": "application/json"})
    return answer(await _view(call.core, scanner, detailed=True))


def scanner_of(state: HarborState, project: Project) -> Scanner | None:
    """The scanner that a project uses: its own, else the default, else none."""
    chosen = state.scanners.get(project.metadata.get(METADATA_KEY, ""))
    if chosen is None:
        # Harbor forgets a scanner that no longer exists as soon as somebody asks.
        project.metadata.pop(METADATA_KEY, None)
    return chosen or default_scanner(state.scanners.values())


async def set_project_scanner(call: Call) -> web.StreamResponse:
    """PUT /projects/{project}/scanner: any uuid but none."""
    body = await call.body(ProjectScanner, "payload")
    call.require_authenticated()
    project = call.project("create", _RESOURCE)
    if not body.uuid:
        raise internal_error()
    project.metadata[METADATA_KEY] = body.uuid
    return done()


async def list_candidates(call: Call) -> web.StreamResponse:
    """GET /projects/{project}/scanner/candidates: all scanners."""
    call.require_authenticated()
    call.project("create", _RESOURCE)
    return await _page(call, call.list_query())


_PROJECT_SCANNER = "/projects/{project}/scanner"

ROUTES = (
    Route("POST", "/scanners", create_scanner),
    Route("GET", "/scanners", list_scanners),
    Route("GET", "/scanners/{uuid}", get_scanner),
    Route("GET", "/scanners/{uuid}/metadata", get_scanner_metadata),
    Route("PUT", "/scanners/{uuid}", update_scanner),
    Route("DELETE", "/scanners/{uuid}", delete_scanner),
    Route("PATCH", "/scanners/{uuid}", set_default),
    Route("GET", _PROJECT_SCANNER, get_project_scanner),
    Route("PUT", _PROJECT_SCANNER, set_project_scanner),
    Route("GET", _PROJECT_SCANNER + "/candidates", list_candidates),
)
