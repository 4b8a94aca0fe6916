"""The vulnerabilities that Harbor tolerates: the system's list, and whose list counts where."""

from aiohttp import web

from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.clock import ZERO_TIME, rfc3339
from testbed.harbor.errors import internal_error
from testbed.harbor.models import CVEAllowlist
from testbed.harbor.state import Allowlist, HarborState, Project

_REUSE = "reuse_sys_cve_allowlist"


def allowlist_in_force(state: HarborState, project: Project) -> Allowlist:
    """The list that counts in a project: the system's, unless it says that it has its own."""
    own = _REUSE in project.metadata and not project.is_on(_REUSE)
    return project.allowlist if own else state.system_allowlist


def ids_of(body: CVEAllowlist) -> list[str]:
    """The ids in a list that is written.

    Raises:
        HarborError: 500, one of them is blank or there twice.
    """
    items = [item.cve_id for item in body.items]
    if len(set(items)) != len(items) or not all(item.strip() for item in items):
        raise internal_error()
    return items


async def get_system_allowlist(call: Call) -> web.StreamResponse:
    """GET /system/CVEAllowlist, for anybody who is known."""
    call.require_authenticated()
    allowlist = call.state.system_allowlist
    written = rfc3339(allowlist.written) if allowlist.written else ZERO_TIME
    view: dict[str, object] = {
        "creation_time": written,
        "items": [{"cve_id": item} for item in allowlist.items],
        "update_time": written,
    }
    if allowlist.id:
        view["id"] = allowlist.id
    if allowlist.expires_at is not None:
        view["expires_at"] = allowlist.expires_at
    return answer(view)


async def set_system_allowlist(call: Call) -> web.StreamResponse:
    """PUT /system/CVEAllowlist: replaces it."""
    body = await call.body(CVEAllowlist, "allowlist")
    call.require_on_system("update", "configuration")
    items = ids_of(body)
    number = call.state.next_id("allowlist")
    call.state.system_allowlist = Allowlist(
        id=call.state.system_allowlist.id or number,
        items=items,
        expires_at=body.expires_at,
        written=call.now,
    )
    return done()


ROUTES = (
    Route("GET", "/system/CVEAllowlist", get_system_allowlist),
    Route("PUT", "/system/CVEAllowlist", set_system_allowlist),
)
