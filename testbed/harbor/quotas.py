"""Storage quotas of projects."""

import sys
from datetime import datetime

from aiohttp import web

from testbed.harbor.call import Call, Route, answer, done
from testbed.harbor.clock import ZERO_TIME, rfc3339
from testbed.harbor.errors import bad_request, not_found
from testbed.harbor.models import QuotaUpdateReq
from testbed.harbor.paging import Column, Keyword
from testbed.harbor.state import HarborState, Quota

UNLIMITED = -1
MAX_LIMIT_BYTES = 1024 << 40
"""1024 TiB, the largest limit that Harbor takes."""


def validate_limit(limit: int, prefix: str = "") -> None:
    """Refuses a limit that Harbor refuses; `prefix` starts the message.

    Raises:
        HarborError: 400.
    """
    if limit <= 0 and limit != UNLIMITED:
        raise bad_request(f"{prefix}invalid non-positive value for quota limit, value={limit}")
    if limit > MAX_LIMIT_BYTES:
        raise bad_request(
            f"{prefix}exceeded 1024TB, which is {MAX_LIMIT_BYTES} Bytes, value={limit}"
        )


def add_quota(state: HarborState, now: datetime, project_id: int, hard: int) -> None:
    """Gives a new project its quota."""
    number = state.next_id("quota")
    state.quotas[number] = Quota(number, project_id, hard, 0, now, now)


def _view(call: Call, quota: Quota) -> dict[str, object]:
    return {
        "creation_time": rfc3339(quota.created),
        "hard": {"storage": quota.hard},
        "id": quota.id,
        "ref": {
            "id": quota.project_id,
            "name": call.state.projects[quota.project_id].name,
            "owner_name": "",
        },
        "update_time": rfc3339(quota.updated) if quota.updated else ZERO_TIME,
        "used": {"storage": quota.used},
    }


_COLUMNS: dict[str, Column[Quota]] = {
    "id": lambda quota: quota.id,
    "reference_id": lambda quota: quota.project_id,
    "hard.storage": lambda quota: sys.maxsize if quota.hard == UNLIMITED else quota.hard,
    "used.storage": lambda quota: quota.used,
}


async def list_quotas(call: Call) -> web.StreamResponse:
    """GET /quotas, all or those of one project (`reference_id`)."""
    call.require_on_system("list", "quota")
    reference = call.parameter("reference_id")
    query = call.list_query()
    conditions = {"reference_id": Keyword(reference)} if reference else {}
    rows = list(call.state.quotas.values())
    if call.parameter("reference") not in {"", "project"}:
        rows = []
    return call.page(
        rows,
        type(query)(conditions, query.sorting, query.page, query.page_size),
        columns=_COLUMNS,
        order="id",
        view=lambda quota: _view(call, quota),
    )


def _existing(call: Call) -> Quota:
    number = call.number("id")
    quota = call.state.quotas.get(number)
    if quota is None:
        raise not_found(f"quota {number} not found")
    return quota


async def get_quota(call: Call) -> web.StreamResponse:
    """GET /quotas/{id}."""
    call.require_on_system("read", "quota")
    return answer(_view(call, _existing(call)))


async def update_quota(call: Call) -> web.StreamResponse:
    """PUT /quotas/{id}: the hard limit, which may lie below what is used."""
    body = await call.body(QuotaUpdateReq, "hard")
    call.require_on_system("update", "quota")
    if not body.hard:
        raise bad_request("hard required in body")
    quota = _existing(call)
    unknown = next((resource for resource in body.hard if resource != "storage"), None)
    if unknown is not None:
        raise bad_request(f"resource {unknown} not support")
    validate_limit(body.hard["storage"])
    quota.hard = body.hard["storage"]
    # Harbor's update blanks the time of the row that it claims to have updated, and the database
    # moves an updated row to the end.
    quota.updated = None
    call.state.quotas[quota.id] = call.state.quotas.pop(quota.id)
    return done()


ROUTES = (
    Route("GET", "/quotas", list_quotas),
    Route("GET", "/quotas/{id}", get_quota),
    Route("PUT", "/quotas/{id}", update_quota),
)
